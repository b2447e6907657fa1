from __future__ import annotations

import threading
from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import Live, Lookup
from integrations.jira.organization import Organization
from tests.data import same
from tests.jira.site import Site, change, find, put, reach

MUELLER = Organization(key="customer:101", former=("deal:42",), name="Müller & Söhne AG")
ZURICH = Organization(key="customer:103", name="Alpina Treuhand AG")
CHUR = Organization(key="customer:104", name="Alpina Treuhand AG")
BY_HAND = Organization(key="customer:110", name="Fondation Lac Noir")


def named(site: Site, name: str) -> list[dict[str, Any]]:
    return [organization for organization in site.objects("organization") if organization["name"] == name]


def test_an_unknown_one_is_absent_and_looking_writes_nothing(site: Site) -> None:
    assert find(site.system(), MUELLER) is None
    assert site.writes() == []


def test_one_is_created_marked_and_linked_and_then_there_is_nothing_to_do(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert found == made
    assert found.ours
    assert found.state.name == MUELLER.name
    assert change(MUELLER, found).action == "keep"
    stored = named(site, MUELLER.name)
    assert [(organization["properties"]["closedwon"], organization["servicedesks"]) for organization in stored] == [
        ({"key": "customer:101"}, ["1"])
    ]
    assert found.url.endswith(f"/jira/servicedesk/projects/SUP/organization/{stored[0]['id']}")


def test_a_creation_takes_as_few_requests_as_it_can(site: Site) -> None:
    reach(site.system(register_project="SUP", settle=120), MUELLER)
    assert site.operations() == [
        "organization.list",
        "organization.list",
        "project.get",
        "project.property.put",
        "organization.create",
        "organization.property.get",
        "organization.property.put",
        "servicedesk.organization.add",
        "servicedesk.get",
    ]


def test_with_the_ledgers_hint_it_is_verified_by_its_mark(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    site.operations()
    assert find(site.system(), MUELLER, id=made.id) == made
    assert site.operations() == ["organization.property.get", "servicedesk.organization.list", "servicedesk.get"]


def test_a_hint_that_leads_elsewhere_is_not_believed(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    assert find(site.system(), MUELLER, id="1") == made
    assert find(site.system(), MUELLER, id="4711") == made
    assert find(site.system(), MUELLER, id="nonsense") == made


def test_it_is_found_by_any_key_of_its_customer(site: Site) -> None:
    early = Organization(key="deal:42", name=MUELLER.name)
    made = reach(site.system(), early)
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert (found.id, found.ours, found.state.key) == (made.id, True, MUELLER.key)


def test_of_two_with_our_mark_the_first_counts_and_one_that_the_desk_does_not_serve_is_done_with(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    second = site.call("POST", "/rest/servicedeskapi/organization", {"name": MUELLER.name})
    site.call("PUT", f"/rest/servicedeskapi/organization/{second['id']}/property/closedwon", {"key": MUELLER.key})
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert (found.id, found.twins, found.state.duplicates) == (made.id, (), "none")
    site.call("POST", "/rest/servicedeskapi/servicedesk/1/organization", {"organizationId": int(second["id"])})
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert (found.id, found.state.duplicates) == (made.id, second["id"])


@pytest.mark.parametrize("trap", ["duplicate", "existing"])
def test_two_namesakes_stay_two(site: Site, trap: str) -> None:
    site.traps(jira_organization_name=trap)
    system = site.system()
    first, second = reach(system, ZURICH), reach(system, CHUR)
    assert first.id != second.id
    assert second.state.name == "Alpina Treuhand AG (2)"
    for resource, live in ((ZURICH, first), (CHUR, second)):
        assert find(site.system(), resource) == live


@pytest.mark.parametrize("trap", ["duplicate", "existing"])
def test_two_runs_and_two_namesakes_at_once_make_one_of_each(site: Site, trap: str) -> None:
    site.traps(jira_organization_name=trap)
    answers: list[Any] = []

    def run(resource: Organization) -> None:
        answers.append(reach(site.system(), resource))

    threads = [threading.Thread(target=run, args=(customer,)) for customer in (ZURICH, CHUR, ZURICH, CHUR)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({answer.id for answer in answers}) == 2
    marks = [
        organization["properties"].get("closedwon", {}).get("key") for organization in site.objects("organization")
    ]
    assert sorted(filter(None, marks)) == ["customer:103", "customer:104"]


SPELLINGS = [
    *same("names", "blanks in front, behind, doubled, and of other kinds"),
    *same("names", "what nobody sees"),
    *same("legal_forms", "Switzerland, German"),
]


def test_an_organization_whose_name_reads_the_same_is_never_made_again(site: Site) -> None:
    """However somebody spelled it; `new` makes it all the same, and its choice is never asked again."""
    made = site.call("POST", "/rest/servicedeskapi/organization", {"name": "ALPINA TREUHAND G.m.b.H."})
    system = site.system()
    wants = [Organization(key=f"customer:{number}", name=name) for number, name in enumerate(SPELLINGS, 700)]
    assert len(wants) > 20
    found = system.stores["organization"].find([Lookup(want) for want in wants])
    assert [want.name for want in wants if not isinstance(found[want.key], Ambiguous)] == []
    site.writes()
    answers = [put(system, want, None) for want in wants[:2]]
    assert all(isinstance(answer, Ambiguous) for answer in answers)
    assert "organization.create" not in site.writes()
    chosen = find(system, wants[0], id=made["id"], chosen=True)
    assert isinstance(chosen, Live)
    assert find(system, wants[0], new=True) is None
    assert find(system, Organization(key="customer:900", name="Alpina Treuhand Chur AG")) is None


@pytest.mark.parametrize("added", ["53c6d1", "Chur", "2"])
def test_a_customer_whose_name_was_taken_is_found_by_any_of_its_keys(site: Site, added: str) -> None:
    """It has got another key since, and the ledger is lost; the first releases added a hash of the key."""
    reach(site.system(), ZURICH)
    early = Organization(key="deal:46", name=CHUR.name)
    made = reach(site.system(), early.named(added))
    assert made.state.name == f"Alpina Treuhand AG ({added})"
    found = find(site.system(), CHUR.model_copy(update={"former": ("deal:46",)}))
    assert isinstance(found, Live)
    assert found.id == made.id


@pytest.mark.parametrize("trap", ["duplicate", "existing"])
def test_a_like_name_without_a_mark_is_a_persons_choice(site: Site, trap: str) -> None:
    site.traps(jira_organization_name=trap)
    answer = find(site.system(), BY_HAND)
    assert isinstance(answer, Ambiguous)
    assert [candidate.id for candidate in answer.candidates] == ["1"]
    answer = put(site.system(), BY_HAND, None)
    assert isinstance(answer, Ambiguous), "it appeared after the plan was made"
    assert "organization.create" not in site.writes()


@pytest.mark.parametrize("trap", ["duplicate", "existing"])
def test_a_new_one_beside_a_like_name_gets_a_name_of_its_own(site: Site, trap: str) -> None:
    site.traps(jira_organization_name=trap)
    made = reach(site.system(), BY_HAND, new=True)
    assert made.state.name.startswith("Fondation Lac Noir (")
    assert site.objects("organization")[0]["properties"] == {}
    assert find(site.system(), BY_HAND, new=True) == made


def test_a_chosen_one_is_adopted_marked_and_linked(site: Site) -> None:
    site.call("DELETE", "/rest/servicedeskapi/servicedesk/1/organization", {"organizationId": 1})
    system = site.system()
    answer = find(system, BY_HAND, id="1", chosen=True)
    assert isinstance(answer, Live)
    assert not answer.ours
    reach(system, BY_HAND, id="1", chosen=True)
    found = find(site.system(), BY_HAND)
    assert isinstance(found, Live)
    assert (found.id, found.ours, found.state.in_service_desk) == ("1", True, True)


def test_a_chosen_one_that_is_missing_or_anothers_is_refused(site: Site) -> None:
    other = reach(site.system(), MUELLER)
    for choice in ("4711", "nonsense"):
        assert isinstance(find(site.system(), BY_HAND, id=choice, chosen=True), Rejected)
    answer = find(site.system(), BY_HAND, id=other.id, chosen=True)
    assert isinstance(answer, Rejected)
    assert "customer:101" in answer.message


def test_adopting_one_that_was_marked_meanwhile_is_a_conflict(site: Site) -> None:
    system = site.system()
    answer = find(system, BY_HAND, id="1", chosen=True)
    assert isinstance(answer, Live)
    site.call("PUT", "/rest/servicedeskapi/organization/1/property/closedwon", {"key": "customer:999"})
    written = put(system, BY_HAND, answer)
    assert isinstance(written, IntegrationError)
    assert written.type == "Conflict"


LOST = ["organization.create", "project.property.put", "organization.property.put", "servicedesk.organization.add"]


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
@pytest.mark.parametrize("operation", LOST)
@pytest.mark.parametrize("trap", ["duplicate", "existing"])
def test_a_lost_answer_never_makes_a_second_organization(site: Site, operation: str, do: str, trap: str) -> None:
    """Nor does a kill at that place: the next run is a new process."""
    site.traps(jira_organization_name=trap)
    site.fault(operation=operation, do=do, times=50)
    answer = put(site.system(), MUELLER, None)
    assert isinstance(answer, Unavailable)
    site.call_off_faults()
    reach(site.system(), MUELLER)
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert change(MUELLER, found).action == "keep"
    assert len(named(site, MUELLER.name)) == 1
    assert site.duplicates() == []


def test_a_namesake_does_not_take_what_a_crash_left_behind(site: Site) -> None:
    site.fault(operation="organization.create", do="drop_after")
    assert isinstance(put(site.system(), ZURICH, None), Uncertain)
    answer = find(site.system(), CHUR)
    assert isinstance(answer, Ambiguous)
    first = reach(site.system(), ZURICH)
    second = reach(site.system(), CHUR)
    assert first.id != second.id


def test_a_refused_creation_leaves_no_claim(site: Site) -> None:
    site.lose_rights("Create Organizations")
    answer = put(site.system(), MUELLER, None)
    assert isinstance(answer, AuthError)
    assert "Administer Jira" in answer.message
    assert [project["properties"] for project in site.objects("project")] == [{}] * 4


def test_renamed_by_people_and_the_ledger_lost_it_is_still_the_same(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    renamed = Organization(key=MUELLER.key, name="Müller Holding AG")
    again = reach(site.system(), renamed)
    assert again.id == made.id
    assert again.state.name == MUELLER.name


def test_unlinked_it_is_linked_again_and_nothing_else_is_touched(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    site.call("DELETE", "/rest/servicedeskapi/servicedesk/1/organization", {"organizationId": int(made.id)})
    system = site.system()
    found = find(system, MUELLER)
    assert isinstance(found, Live)
    assert not found.state.in_service_desk
    site.writes()
    assert put(system, MUELLER, found) == made
    assert site.writes() == ["servicedesk.organization.add"]


def test_archiving_takes_it_off_the_service_desk_once(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    gone = MUELLER.model_copy(update={"active": False})
    system = site.system()
    found = find(system, gone, id=made.id)
    assert isinstance(found, Live)
    assert found.state.active
    put(system, gone, found, action="archive")
    found = find(site.system(), gone, id=made.id)
    assert isinstance(found, Live)
    assert not found.state.active
    assert len(named(site, MUELLER.name)) == 1


def test_who_may_not_see_organizations_does_not_think_them_absent(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    site.lose_rights("Service Desk Agent")
    for known in ({}, {"id": made.id}):
        answer = find(site.system(), MUELLER, **known)
        assert isinstance(answer, AuthError)
        assert "Service Desk Agent" in answer.message


def test_every_page_is_read(site: Site) -> None:
    made = [reach(site.system(), Organization(key=f"customer:{n}", name=f"Kunde {n}")) for n in range(5)]
    site.traps(page_size=2)
    system = site.system()
    assert [find(system, Organization(key=f"customer:{n}", name=f"Kunde {n}")) for n in range(5)] == made


def test_what_others_made_meanwhile_is_seen(site: Site) -> None:
    """A listing is kept, but every look brings it up to date: also when something left its middle."""
    system = site.system()
    assert find(system, MUELLER) is None
    made = reach(site.system(), MUELLER)
    assert find(system, MUELLER) == made
    site.call("DELETE", "/rest/servicedeskapi/organization/2")
    other = reach(site.system(), ZURICH)
    assert find(system, ZURICH) == other


NASTY = [
    "x" * 300,
    "Żółta Łódź 🚤 Sp. z o.o.",
    "شركة الخليج",
    '<script>alert("1")</script> & Söhne \\ "AG"',
    "zwei\nZeilen\tund\u202emehr",
]


@pytest.mark.parametrize("name", NASTY)
def test_names_of_every_kind_survive(site: Site, name: str) -> None:
    wanted = Organization(key="customer:7", name=name)
    made = reach(site.system(), wanted)
    assert made.state.name == wanted.name
    assert find(site.system(), wanted) == made


def test_one_bad_row_fails_alone(site: Site) -> None:
    wanted = [MUELLER, BY_HAND, ZURICH]
    answers = site.system().stores["organization"].find([Lookup(organization) for organization in wanted])
    assert [type(answers[organization.key]).__name__ for organization in wanted] == [
        "NoneType",
        "Ambiguous",
        "NoneType",
    ]


@pytest.mark.parametrize(
    ("status", "expected"), [(401, "AuthError"), (403, "AuthError"), (503, "Uncertain"), (400, "Rejected")]
)
def test_each_status_becomes_the_right_error(site: Site, status: int, expected: str) -> None:
    site.fault(operation="organization.create", do="status", status=status, retry_after=60 if status == 503 else None)
    answer = put(site.system(), MUELLER, None)
    assert isinstance(answer, IntegrationError)
    assert answer.type == expected
    assert "sandbox-token" not in answer.message + answer.next


@pytest.mark.parametrize("do", ["hang_before", "hang_after"])
def test_a_site_that_hangs_is_given_up_and_looked_at_later(site: Site, do: str) -> None:
    site.fault(operation="organization.create", do=do)
    assert isinstance(put(site.system(timeout=0.3), MUELLER, None), Uncertain)
    reach(site.system(), MUELLER)
    assert len(named(site, MUELLER.name)) == 1
