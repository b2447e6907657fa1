from __future__ import annotations

import threading
from typing import Any

import pytest

from integrations.core.errors import Ambiguous, AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import Live, Lookup
from integrations.jira.project import Project, api
from integrations.jira.project.store import proposed_keys
from tests.data import same
from tests.jira.site import Site, find, put, reach

MUELLER = Project(key="customer:101", former=("deal:42",), name="Customer: Müller & Söhne AG")
ZURICH = Project(key="customer:103", name="Customer: Alpina Treuhand AG")
CHUR = Project(key="customer:104", name="Customer: Alpina Treuhand AG")
BY_HAND = {
    "key": "MSAG",
    "name": "Customer: Müller & Söhne AG",
    "projectTypeKey": "business",
    "leadAccountId": None,
}


def by_hand(site: Site, **changed: Any) -> None:
    """A project that somebody made in Jira."""
    lead = site.call("GET", "/rest/api/3/myself")["accountId"]
    site.call("POST", "/rest/api/3/project", {**BY_HAND, "leadAccountId": lead, **changed})
    site.operations()


def keys(site: Site) -> list[str]:
    return [project["key"] for project in site.objects("project")[4:]]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Customer: Müller & Söhne AG", "MSAG"),
        ("Customer: Rhône Logistique SA", "RLSA"),
        ("Customer: Żółta Łódź Sp. z o.o.", "ZLSZ"),
        ("Wolkenhandel", "WOLK"),
        ("3M Schweiz", "SCHW"),
        ("Customer: شركة الخليج", "SLKH"),
        ("Customer: Ромашка ООО", "ROOO"),
        ("Customer: ★ ★", "C"),
        ("Customer: X", "C"),
    ],
)
def test_keys_come_from_names_and_are_always_valid(name: str, key: str) -> None:
    proposals = [
        key for city in ("", "St. Gallen") for key in proposed_keys(Project(key="customer:7", name=name).named(city))
    ]
    assert proposals[0].startswith(key)
    for proposed in proposals:
        assert proposed.isascii()
        assert proposed.isalnum()
        assert proposed[0].isalpha()
        assert proposed == proposed.upper()
        assert 2 <= len(proposed) <= 10
    assert len(set(proposals)) == len(proposals)


def test_an_unknown_one_is_absent_and_looking_writes_nothing(site: Site) -> None:
    assert find(site.system(), MUELLER) is None
    assert site.writes() == []


def test_one_is_created_marked_and_found_again(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    assert made.id == "MSAG"
    assert made.state.project_key == "MSAG"
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert found == made
    assert (found.state.name, found.state.project_type) == (MUELLER.name, "business")
    assert site.objects("project")[4]["description"] == "closedwon: customer:101"


def test_a_creation_takes_as_few_requests_as_it_can(site: Site) -> None:
    reach(site.system(), MUELLER)
    assert site.operations() == ["project.search", "permission.mine", "user.myself", "project.create"]
    find(site.system(), MUELLER, id="MSAG")
    assert site.operations() == ["project.get"]


def test_who_leads_it_is_looked_up_by_e_mail(site: Site) -> None:
    reach(site.system(project_lead="reto.frei@acme.example"), MUELLER)
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert found.state.lead == "reto.frei@acme.example"
    answer = find(site.system(), ZURICH.model_copy(update={"lead": "nobody@acme.example"}))
    assert isinstance(answer, Rejected)
    assert answer.field == "lead"


def test_a_template_may_be_named(site: Site) -> None:
    template = "com.atlassian.servicedesk:simplified-external-service-desk"
    reach(site.system(), MUELLER.model_copy(update={"template": template, "project_type": "service_desk"}))
    assert site.objects("project")[4]["projectTemplateKey"] == template


def test_a_template_of_another_type_is_refused_with_its_field(site: Site) -> None:
    answer = put(site.system(), MUELLER.model_copy(update={"project_type": "software"}), None)
    assert isinstance(answer, Rejected)
    assert answer.field == "projectTemplateKey"


def test_two_namesakes_stay_two(site: Site) -> None:
    system = site.system()
    first, second = reach(system, ZURICH), reach(system, CHUR)
    assert (first.id, second.id) == ("ATAG", "ATAG2")
    assert second.state.name == "Customer: Alpina Treuhand AG (2)"
    for resource, live in ((ZURICH, first), (CHUR, second)):
        found = find(site.system(), resource)
        assert isinstance(found, Live)
        assert found.id == live.id


def test_two_runs_and_two_namesakes_at_once_make_one_of_each(site: Site) -> None:
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda customer=customer: answers.append(reach(site.system(), customer)))
        for customer in (ZURICH, CHUR, ZURICH, CHUR)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({answer.id for answer in answers}) == 2
    assert len(keys(site)) == 2
    assert site.duplicates() == []


@pytest.mark.parametrize("most", [api.MOST, 2])
def test_a_project_that_reads_the_same_is_never_made_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """However somebody spelled it, on a site of one page of projects or of many."""
    monkeypatch.setattr(api, "MOST", most)
    by_hand(site, name="ALPINA TREUHAND G.m.b.H.", key="FIDUCIARY")
    spellings = [
        *same("names", "blanks in front, behind, doubled, and of other kinds"),
        *same("names", "what nobody sees"),
        *same("legal_forms", "Switzerland, German"),
    ]
    wants = [Project(key=f"customer:{number}", name=f"Customer: {name}") for number, name in enumerate(spellings, 700)]
    answers = site.system().stores["project"].find([Lookup(want) for want in wants])
    assert len(wants) > 20
    asked = [answer for answer in answers.values() if isinstance(answer, Ambiguous)]
    assert len(asked) == len(wants)
    assert {candidate.id for answer in asked for candidate in answer.candidates} == {"FIDUCIARY"}
    assert not isinstance(find(site.system(), wants[0], new=True), Ambiguous)


@pytest.mark.parametrize("most", [api.MOST, 2])
def test_ours_is_found_by_its_mark_whatever_people_call_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """With the ledger lost; and what had the mark when the list was read and has it no more is not ours."""
    monkeypatch.setattr(api, "MOST", most)
    made = reach(site.system(), MUELLER)
    site.call("PUT", f"/rest/api/3/project/{made.id}", {"name": "Umbau 2027"})
    system, called_so = site.system(), MUELLER.model_copy(update={"name": "Customer: Elektro Brunner AG"})
    found = find(system, called_so)
    assert isinstance(found, Live)
    assert found.id == made.id
    site.call("PUT", f"/rest/api/3/project/{made.id}", {"description": ""})
    assert not isinstance(find(system, called_so), Live)


def test_a_key_that_meets_a_strangers_by_chance_is_not_asked_about(site: Site) -> None:
    """Three or four letters meet easily where hundreds of projects were made by hand."""
    by_hand(site, name="Microservices and gateways")
    made = reach(site.system(), MUELLER)
    assert made.id == proposed_keys(MUELLER)[1]
    assert find(site.system(), MUELLER) is not None
    assert keys(site) == sorted(["MSAG", made.id])


@pytest.mark.parametrize("changed", [{}, {"key": "OTHER"}, {"name": "Mueller and sons"}])
def test_what_has_the_name_or_key_without_a_mark_is_a_persons_choice(site: Site, changed: dict[str, str]) -> None:
    by_hand(site, **changed)
    for answer in (find(site.system(), MUELLER), put(site.system(), MUELLER, None)):
        assert isinstance(answer, Ambiguous)
        assert [candidate.id for candidate in answer.candidates] == [changed.get("key", "MSAG")]
    assert len(keys(site)) == 1


def test_a_new_one_beside_it_gets_a_key_and_name_of_its_own(site: Site) -> None:
    by_hand(site)
    made = reach(site.system(), MUELLER, new=True)
    assert made.id == proposed_keys(MUELLER)[1]
    assert find(site.system(), MUELLER, new=True) is not None
    assert len(keys(site)) == 2


def test_a_chosen_one_is_adopted_and_keeps_its_description(site: Site) -> None:
    by_hand(site, key="OLD", description="Since 2019.")
    system = site.system()
    answer = find(system, MUELLER, id="OLD", chosen=True)
    assert isinstance(answer, Live)
    assert not answer.ours
    put(system, MUELLER, answer)
    assert site.objects("project")[4]["description"] == "Since 2019.\n\nclosedwon: customer:101"
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert (found.id, found.ours) == ("OLD", True)


def test_a_chosen_one_that_is_missing_or_anothers_is_refused(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    assert isinstance(find(site.system(), ZURICH, id="NONE", chosen=True), Rejected)
    answer = find(site.system(), ZURICH, id=made.id, chosen=True)
    assert isinstance(answer, Rejected)
    assert "customer:101" in answer.message


def test_the_key_of_a_deleted_project_stays_taken(site: Site) -> None:
    by_hand(site)
    site.call("DELETE", "/rest/api/3/project/MSAG")
    made = reach(site.system(), MUELLER)
    assert made.id == proposed_keys(MUELLER)[1]


def test_our_own_in_the_trash_is_a_persons_choice(site: Site) -> None:
    reach(site.system(), MUELLER)
    site.call("DELETE", "/rest/api/3/project/MSAG")
    answer = find(site.system(), MUELLER)
    assert isinstance(answer, Ambiguous)
    assert "MSAG" in answer.message
    assert reach(site.system(), MUELLER, new=True).id == proposed_keys(MUELLER)[1]


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_project(site: Site, do: str) -> None:
    site.fault(operation="project.create", do=do)
    assert isinstance(put(site.system(), MUELLER, None), Uncertain)
    assert reach(site.system(), MUELLER).id == "MSAG"
    assert keys(site) == ["MSAG"]


def test_what_may_not_be_seen_is_never_created_again(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    for place in ("", ":MSAG"):
        site.lose_rights("Administer Jira", f"Administer Projects{place}", f"Browse Projects{place}")
        for known in ({}, {"id": made.id}):
            assert isinstance(find(site.system(), MUELLER, **known), AuthError)
    assert isinstance(put(site.system(), MUELLER, None), AuthError)
    assert keys(site) == ["MSAG"]


def test_what_may_be_administered_but_not_browsed_is_found_all_the_same(site: Site) -> None:
    made = reach(site.system(), MUELLER)
    site.lose_rights("Browse Projects:MSAG")
    for known in ({}, {"id": made.id}):
        found = find(site.system(), MUELLER, **known)
        assert isinstance(found, Live)
        assert found.id == "MSAG"
    again = put(site.system(), MUELLER, None)
    assert isinstance(again, Live)
    assert again.id == "MSAG"
    assert keys(site) == ["MSAG"]


def test_renamed_by_people_and_the_ledger_lost_it_is_still_the_same(site: Site) -> None:
    reach(site.system(), MUELLER)
    site.call("PUT", "/rest/api/3/project/MSAG", {"name": "Müller Holding"})
    found = find(site.system(), MUELLER)
    assert isinstance(found, Live)
    assert (found.id, found.state.name) == ("MSAG", "Müller Holding")


def test_archiving_happens_once(site: Site) -> None:
    reach(site.system(), MUELLER)
    gone = MUELLER.model_copy(update={"active": False})
    system = site.system()
    found = find(system, gone)
    assert isinstance(found, Live)
    put(system, gone, found, action="archive")
    found = find(site.system(), gone)
    assert isinstance(found, Live)
    assert not found.state.active
    assert put(site.system(), gone, found, action="archive") == found


TAKERS = {
    "key": {"name": "Müll, Sack & Abfuhr Genossenschaft"},
    "name": {"key": "HAND9"},
    "both": {},
}
"""Another customer's project, which has our key or our name."""


def _vanishes(site: Site, taker: dict[str, Any]) -> None:
    """Its project is deleted for good right after it was in the way, before we look for it."""
    path = f"/rest/api/3/project/{taker.get('key', 'MSAG')}?enableUndo=false"
    request = {"method": "DELETE", "path": path}
    site.fault(operation="project.search", do="meanwhile", request=request)


@pytest.mark.parametrize("what", TAKERS)
def test_a_key_or_name_that_is_free_again_when_it_is_looked_at_is_taken(site: Site, what: str) -> None:
    """A key stays for good, so one passing refusal must not give the customer another."""
    taker = TAKERS[what]
    by_hand(site, **taker)
    _vanishes(site, taker)
    made = put(site.system(), MUELLER, None)
    assert isinstance(made, Live)
    assert (made.id, made.state.name) == ("MSAG", MUELLER.name)


def test_while_a_key_is_refused_and_no_project_has_it_none_is_made_and_then_it_is_tried_anew(site: Site) -> None:
    taker = TAKERS["key"]
    by_hand(site, **taker)
    _vanishes(site, taker)
    lead = site.call("GET", "/rest/api/3/myself")["accountId"]
    again = {"method": "POST", "path": "/rest/api/3/project", "body": {**BY_HAND, "leadAccountId": lead, **taker}}
    site.fault(operation="project.create", do="meanwhile", skip=1, request=again)
    _vanishes(site, taker)
    answer = put(site.system(), MUELLER, None)
    assert isinstance(answer, Unavailable)
    assert keys(site) == []
    assert reach(site.system(), MUELLER).id == "MSAG"


def test_every_page_is_read(site: Site) -> None:
    wanted = [Project(key=f"customer:{n}", name=f"Customer: Kunde {chr(65 + n)}") for n in range(5)]
    for project in wanted:
        reach(site.system(), project)
    site.traps(page_size=2)
    answers = site.system().stores["project"].find([Lookup(project) for project in wanted])
    assert [isinstance(answers[project.key], Live) for project in wanted] == [True] * 5


@pytest.mark.parametrize("name", ["x" * 300, "Żółta 🚤", "شركة الخليج", "<script>\"&'", "zwei\nZeilen"])
def test_names_of_every_kind_survive(site: Site, name: str) -> None:
    wanted = Project(key="customer:7", name=name)
    made = reach(site.system(), wanted)
    found = find(site.system(), wanted)
    assert isinstance(found, Live)
    assert (found.id, found.state.name) == (made.id, wanted.name)


def test_without_the_right_to_create_the_right_is_named(site: Site) -> None:
    site.lose_rights("Administer Jira")
    for answer in (find(site.system(), MUELLER), put(site.system(), MUELLER, None)):
        assert isinstance(answer, IntegrationError)
        assert answer.type == "AuthError"
        assert 'closedwon@acme.example lacks "Administer Jira"' in answer.message
        assert answer.who == "a Jira administrator"
