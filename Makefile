# Everything runs in a virtual environment of the project's own; only Python 3.11+, make and the
# package registry are needed. PYTHON picks another interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Each worker reads all tests, and many tests start the command: what was compiled once is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench crash chaos clean

demo: $(INSTALLED)
	@$(BIN)/closedwon demo

test: $(INSTALLED)
	$(BIN)/python -m pytest -q -n 3 --dist worksteal tests

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)
	@$(BIN)/python -m benchmarks

crash: $(INSTALLED)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/crash tests/flows/contacts/test_machine.py \
		tests/flows/invoicing/test_machine.py tests/flows/test_shown.py tests/identity tests/jira/test_claims.py \
		tests/cli/test_ledger_faults.py tests/conformance tests/serve --every-boundary

# Rounds of faults, kills, pauses and two machines; a round is repeated by its seed: make chaos SEED=17 ROUNDS=1
SEED ?= 1
ROUNDS ?= 200

chaos: $(INSTALLED)
	@$(BIN)/python -m tests.chaos --seed $(SEED) --rounds $(ROUNDS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "closedwon needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[check]'
	@touch $@
