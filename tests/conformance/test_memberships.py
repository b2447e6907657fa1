"""What `MemberStore.memberships` answers without a ledger: where an address is a member, as the system shows it."""

from __future__ import annotations

import pytest

from integrations.core.errors import IntegrationError, Unavailable
from integrations.core.member import Member, Membership
from tests.conformance.cases import CASES

OF_PEOPLE = [case for case in CASES if issubclass(type(case.want(1)), Member)]
PEOPLE = [pytest.param(case, id=case.name) for case in OF_PEOPLE]
NUMBERS = (1, 2, 3)


@pytest.fixture
def there(bench, case):
    """Some people, each let in by us."""
    bench.traps(jira_index_lag=0)
    wants = [case.want(number) for number in NUMBERS]
    bench.established(*wants)
    return wants


def seen(listed):
    """What was shown: place, whose it is, address."""
    assert not [membership for membership in listed if not isinstance(membership, Membership)]
    return [(membership.place, membership.subject, membership.email) for membership in listed]


def membership(wanted, listed):
    """The wanted one among these, under whichever key the place is marked."""
    subjects = {key.partition("/")[0] for key in (wanted.key, *wanted.former)}
    return [
        membership
        for membership in seen(listed)
        if membership[::2] == (wanted.place, wanted.email) and membership[1] in subjects
    ]


@pytest.mark.parametrize("case", PEOPLE)
def test_an_address_is_found_where_it_is_and_nowhere_else_by_who_remembers_nothing(bench, there):
    """Nothing is written for it, and every page is read."""
    bench.traps(page_size=2)
    store = bench.side("another").store
    bench.forget_requests()
    for wanted in there:
        listed = store.memberships(wanted.email)
        assert len(listed) == len(membership(wanted, listed)) == 1
        assert listed[0].title
    everybody = store.memberships()
    assert all(len(membership(wanted, everybody)) == 1 for wanted in there)
    assert store.memberships("nobody@nowhere.example") == []
    assert bench.writes() == []


@pytest.mark.parametrize("case", PEOPLE)
def test_who_was_taken_out_is_in_no_place_any_more(bench, there):
    gone = there[0].model_copy(update={"active": False})
    bench.side().run(gone)
    store = bench.side("another").store
    assert store.memberships(gone.email) == []
    assert not membership(gone, store.memberships())


@pytest.mark.parametrize(
    ("case", "right"),
    [pytest.param(case, right, id=f"{case.name}-{right}") for case in OF_PEOPLE for right in case.hiding],
)
def test_what_may_not_be_seen_is_never_taken_for_nobody(bench, right, there):
    bench.forbid(*right.split("+"))
    for email in (there[0].email, ""):
        try:
            listed = bench.side("another").store.memberships(email)
        except IntegrationError:
            continue
        assert [membership for membership in listed if isinstance(membership, IntegrationError)]


@pytest.mark.parametrize("case", PEOPLE)
def test_a_system_that_is_down_raises(bench, there):
    bench.fault("status", status=503, times=999)
    for email in (there[0].email, ""):
        with pytest.raises(Unavailable):
            bench.side("another", patience=0.0).store.memberships(email)


@pytest.mark.parametrize("case", PEOPLE)
def test_a_place_that_lost_our_mark_is_none_of_ours(bench, case, there):
    wanted = there[0]
    table = {"jira": "organization", "panel": "organization", "wiki": "page"}[case.system]
    places = bench.sandbox.server.world.state.table(case.system, table)
    found = dict(places[wanted.place])
    unmarked = {
        "jira": {"properties": {}},
        "panel": {"metadata": {**found.get("metadata", {}), "annotations": {}}},
        "wiki": {"body": str(found.get("body")).replace('ac:name="closedwon"', 'ac:name="theirs"')},
    }[case.system]
    places[wanted.place] = {**found, **unmarked}
    store = bench.side("another").store
    assert store.memberships(wanted.email) == []
    assert not membership(wanted, store.memberships())
