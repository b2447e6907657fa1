"""Law 14: an answer with status 200 that is none of the vendor's is told as such; nothing is known from it.

A proxy's page to sign in, or another product at that address, is no empty list, no absent object, and no write that
was done.
"""

from __future__ import annotations

import pytest

from integrations.core.errors import IntegrationError, Rejected, Uncertain
from tests.conformance.cases import CASES
from tests.conformance.laws import SLOW, applies, sampled
from tests.conformance.state import differences
from tests.conformance.test_law_08_faults import hasty

ANSWERS = {
    "page": ("<html><body>Sign in to go on</body></html>", "text/html"),
    "page without a type": ("<html><body>Sign in to go on</body></html>", "application/json"),
    "empty object": ("{}", "application/json"),
    "empty list": ("[]", "application/json"),
    "null": ("null", "application/json"),
    "text": ('"ok"', "application/json"),
    "another product": ('{"data": [{"type": "user", "attributes": {}}], "status": "ok"}', "application/json"),
}
TURNS = 10
"""Of the answers, the usual run has one for each case, and the next one for the next."""
LIKE_THEIRS = {
    "empty list": frozenset({"user.search", "search_read", "read", "get_metadata", "property.put"}),
    "empty object": frozenset({"fields_get", "property.put"}),
    "null": frozenset({"property.put"}),
    "text": frozenset({"property.put"}),
    "page without a type": frozenset({"property.put"}),
    "another product": frozenset({"fields_get", "property.put"}),
}
"""By the last words of an operation: those that the vendor itself answers so, or of whose answer it says nothing."""


def crossed(law_name):
    """Every case and answer; the usual run has some of the answers for each case, and others for the next."""
    return pytest.mark.parametrize(
        ("case", "answer"),
        [
            pytest.param(case, answer, id=f"{case.name}-{answer}", marks=SLOW if (number + place) % TURNS else ())
            for number, case in enumerate(CASES)
            if applies(law_name, case)
            for place, answer in sampled(case, enumerate(ANSWERS))
        ],
    )


def strange(bench, answer, operation, skip):
    body, media_type = ANSWERS[answer]
    bench.fault("status", status=200, body=body, media_type=media_type, operation=operation, skip=skip)


def counted(operations):
    """Each with how many of the same there were before it: of those at the same time, it may be any."""
    return [(operation, operations[:place].count(operation)) for place, operation in enumerate(operations)]


def is_like_theirs(answer, operation):
    return any(operation.endswith(words) for words in LIKE_THEIRS.get(answer, ()))


def operations(bench, *, writes):
    return [entry["operation"] for entry in bench.requests() if entry["writes"] is writes]


def check(error, kind, side):
    assert isinstance(error, kind), error
    assert f"something else than {side.system.title} answered at {side.system.http.url}" in error.message
    assert error.next
    assert error.who


@crossed("faults of reads")
@pytest.mark.parametrize("exists", [False, True])
def test_no_read_takes_it_for_an_answer(bench, case, answer, exists):
    """Whichever of the reads it is that gets it: never absent, never made, and in words."""
    wanted = case.want(1)
    bench.traps(jira_index_lag=0)  # or the first look would need one read more than those after it
    if exists:
        bench.established(wanted)
    before = bench.state()
    bench.forget_requests()
    ledger = "ledger" if exists else "other"
    hasty(bench, ledger=ledger).plan(wanted)
    reads = operations(bench, writes=False)
    assert reads
    for operation, before_it in counted(reads):
        strange(bench, answer, operation, before_it)
        side = hasty(bench, ledger=ledger)
        (change,) = side.plan(wanted).changes
        bench.fix()
        if not is_like_theirs(answer, operation):
            check(change.error, Rejected, side)
            assert change.action == "blocked"
        assert change.error is None or isinstance(change.error, IntegrationError)
    assert differences(before, bench.state()) == set()


@crossed("faults of writes")
def test_no_write_takes_it_for_done(bench, case, answer):
    """It may have been done, by whatever stands behind: it is looked for, and there is one in the end."""
    wanted = case.want(1)
    for place, (operation, before_it) in enumerate(counted(case.writes)):
        bench.control("POST", "reset")
        case.arrange(bench)
        side = hasty(bench, ledger=f"ledger-{place}", machine=f"machine-{place}")
        plan = side.plan(wanted)
        strange(bench, answer, operation, before_it)
        (result,) = side.apply(plan).results.values()
        bench.fix()
        is_noted_afterwards = operation == "project.property.put" and result.status == "done"
        if not is_like_theirs(answer, operation) and not is_noted_afterwards:
            check(result.error, Uncertain, side)
            assert result.status == "waiting"
        again = bench.side(ledger=f"ledger-{place}", machine=f"machine-{place}")
        assert [result.status for result in again.run(wanted)] in (["done"], ["kept"])
        state = bench.state()
        assert len(case.marked(state, wanted.key)) == 1
        assert state["duplicates"] == []


@crossed("faults of reads")
def test_check_tells_it_of_every_call(bench, case, answer):
    kinds = frozenset({case.kind})
    bench.side().system.check(kinds)
    reads = operations(bench, writes=False)
    for operation, before_it in counted(reads):
        if is_like_theirs(answer, operation):
            continue
        strange(bench, answer, operation, before_it)
        side = hasty(bench)
        try:
            report = side.system.check(kinds)
        except IntegrationError as error:
            check(error, Rejected, side)
        else:
            assert any("answered at" in finding.text for finding in report.faults), (operation, report)
        bench.fix()
