"""pytest plugin: the checker for other tests, and the table of what was checked at the run's end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts import documents
from tests.contracts.checker import CHECKED, Checker, Coverage

COVERAGE: pytest.StashKey[Coverage] = pytest.StashKey()
SENT = "contract_coverage"


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty table."""
    config.stash[COVERAGE] = Counter()


@pytest.fixture
def contract_checker(request: pytest.FixtureRequest) -> Iterator[Checker]:
    """Fails the test if anything that went over the wire during it is against a vendor's contract.

    `contract_checker.listen(sandbox.server)` is all that a test does with it. Where the documents are absent
    nothing is checked, and the table says so; the test itself still counts.
    """
    checker = Checker()
    yield checker
    checker.leave()
    problems = checker.problems()
    request.config.stash[COVERAGE].update(checker.coverage)
    if problems:
        listed = "\n".join(str(problem) for problem in problems)
        pytest.fail(f"{len(problems)} against the vendors' contracts:\n{listed}", pytrace=False)


@pytest.fixture
def contract_documents() -> None:
    """Skips the test where the vendors' documents are absent."""
    absence = documents.absence()
    if absence is not None:
        pytest.skip(absence)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist sends its part of the table to the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[SENT] = [[*key, count] for key, count in session.config.stash[COVERAGE].items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001  (pytest calls it by these names)
    """Take over what a worker of pytest-xdist has seen."""
    for system, operation, state, count in getattr(node, "workeroutput", {}).get(SENT, ()):
        node.config.stash[COVERAGE][system, operation, state] += count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, where any operation was seen."""
    coverage = config.stash[COVERAGE]
    if not coverage:
        return
    terminalreporter.section("vendor contracts")
    for line in table(coverage):
        terminalreporter.line(line)


def table(coverage: Coverage) -> list[str]:
    """A line for each operation: system, how often, operation, `checked` or why not; then a line that counts."""
    rows = [(system, str(count), operation, state) for (system, operation, state), count in sorted(coverage.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{system:<{widths[0]}}  {count:>{widths[1]}} x  {operation:<{widths[2]}}  {state}"
        for system, count, operation, state in rows
    ]
    checked = sum(1 for row in rows if row[3] == CHECKED)
    return [*lines, f"{checked} of {len(rows)} operations checked against the vendors' documents"]
