"""Law 13: every request fits the vendor's own contract, and so does every answer of the sandbox.

The fixture `contract_checker` watches every test of this folder; here is only that it sees all there is.
"""

from __future__ import annotations

import pytest

from tests.conformance.laws import law
from tests.contracts.checker import BY_HAND, CHECKED, Checker


@law("contracts")
@pytest.mark.usefixtures("contract_documents")
def test_every_operation_that_we_use_is_checked(bench, case):
    checker = Checker()
    checker.listen(bench.sandbox.server)
    try:
        bench.side().system.check(frozenset({case.kind}))
        bench.established(case.want(1), case.want(2))
        if "updates" not in case.exempt:
            bench.established(case.update.change(case.want(1)))
        if "archiving" not in case.exempt:
            bench.side().run(case.want(2).model_copy(update={"active": False}))
        assert checker.problems() == []
    finally:
        checker.leave()
    assert checker.coverage
    unchecked = {operation: state for _, operation, state in checker.coverage if state != CHECKED}
    assert case.system in BY_HAND or unchecked == {}
