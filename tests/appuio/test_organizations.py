"""Organizations against the pretend control panel, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.appuio.organization import MARK, Organization
from integrations.core.errors import Ambiguous, AuthError, Conflict, Rejected, Unavailable
from integrations.core.resource import PLACEHOLDER, Live, Lookup, Taken
from integrations.sandbox.thread import Running
from tests.appuio.conftest import Connect
from tests.appuio.people import Panel, change, customer, is_settled
from tests.data import same

NAME = "rhone-logistique"


def made(store: Any, wanted: Organization, **more: Any) -> Live[Organization]:
    live = store.put([change(wanted, **more)])[wanted.key]
    assert isinstance(live, Live), live
    return live


def found(store: Any, wanted: Organization, **lookup: Any) -> Any:
    return store.find([Lookup(wanted, **lookup)])[wanted.key]


def test_what_nobody_made_is_absent_and_what_was_put_is_found_equal(store: Any) -> None:
    wanted = customer(billing_contact="302")
    assert found(store, wanted) is None
    live = made(store, wanted)
    assert (live.id, live.state.name) == (NAME, NAME)
    assert is_settled(wanted, live)
    assert is_settled(wanted, found(store, wanted, id=NAME))


def test_finding_sends_no_writing_request(store: Any, panel: Panel) -> None:
    store.find([Lookup(customer()), Lookup(customer("110", "x"), id="lac-noir", chosen=True)])
    assert not [request for request in panel.requests() if request["writes"]]


def test_a_lost_ledger_finds_what_bears_the_mark_under_any_name(connect: Connect, store: Any, panel: Panel) -> None:
    made(store, customer())
    panel.change(NAME, {"spec": {"displayName": "Quite different"}})
    live = found(connect().stores["organization"], customer())
    assert (live.id, live.ours, live.state.display_name) == (NAME, True, "Quite different")


def test_a_label_that_people_removed_hides_nothing(store: Any, panel: Panel) -> None:
    made(store, customer())
    panel.change(NAME, {"metadata": {"labels": None}})
    assert found(store, customer(), id=NAME).ours


def test_an_alias_finds_what_bears_the_older_key_and_it_stays(store: Any, panel: Panel) -> None:
    made(store, customer().model_copy(update={"key": "deal:43"}))
    wanted = customer().model_copy(update={"former": ("deal:43",)})
    live = found(store, wanted)
    assert (live.ours, live.state.key) == (True, wanted.key)
    panel.change(NAME, {"spec": {"displayName": "Old"}})
    assert is_settled(wanted, store.put([change(wanted, found(store, wanted))])[wanted.key])
    assert panel.organizations()[NAME]["metadata"]["annotations"][MARK] == "deal:43"


def test_what_is_billed_to_the_customers_own_contact_is_the_customers(store: Any, panel: Panel) -> None:
    """The ERP, as the system of record, points to it: no name needs to be alike."""
    wanted = customer("110", "Stiftung Schwarzsee", contact="310", billing_contact="310")
    live = found(store, wanted)
    assert (live.id, live.ours) == ("lac-noir", False)
    adopted = store.put([change(wanted, live, fields=())])[wanted.key]
    assert adopted.ours
    assert panel.organizations()["lac-noir"]["spec"]["displayName"] == "Fondation Lac Noir"
    assert found(store, wanted).ours


def test_several_that_are_billed_to_it_are_a_choice(store: Any, panel: Panel) -> None:
    panel.make("lac-noir-test", "Something", "310")
    answer = found(store, customer("110", "Stiftung", contact="310"))
    assert isinstance(answer, Ambiguous)
    assert {candidate.id for candidate in answer.candidates} == {"lac-noir", "lac-noir-test"}


@pytest.mark.parametrize("name", ["Bäckerei Seeland AG", "GLACIER LABS", "Lac Noir"])
def test_a_like_name_without_a_mark_is_a_choice_with_its_day(store: Any, name: str) -> None:
    answer = found(store, customer("999", name))
    assert isinstance(answer, Ambiguous)
    assert len(answer.candidates[0].made) == len("2023-05-02")


def test_an_organization_whose_name_reads_the_same_is_never_made_again(store: Any, panel: Panel) -> None:
    """However somebody spelled it: by its name for people, or by the one that the API has."""
    panel.make("at-alpina", "ALPINA TREUHAND A.G.")
    panel.make("muensterbau-soehne", "x")
    panel.make("seilbahnneu", "x")
    spellings = [
        *same("names", "blanks in front, behind, doubled, and of other kinds"),
        *same("names", "what nobody sees"),
    ]
    spellings += [
        *same("legal_forms", "Switzerland, German"),
        "Münsterbau und Söhne",
        "MUENSTERBAU & SOEHNE GmbH",
        "Seilbahn Neu",
    ]
    wants = [customer(str(number), name) for number, name in enumerate(spellings, 700)]
    answers = store.find([Lookup(want) for want in wants])
    assert len(wants) > 20
    assert [want.display_name for want in wants if not isinstance(answers[want.key], Ambiguous)] == []
    others = ["Alpine Treuhand", "Alpina", "Alpina Bern", "Münster Bau Huber"]
    assert [found(store, customer("999", name)) for name in others] == [None] * len(others)


def test_new_sees_no_look_alike_and_takes_another_name_if_it_must(store: Any, panel: Panel) -> None:
    wanted = customer("999", "Glacier Labs").named("")
    there = found(store, wanted, new=True)
    assert isinstance(there, Taken)
    assert [(holder.field, holder.name, holder.title, holder.mark) for holder in there.holders] == [
        ("name", "glacier-labs", "Glacier Labs", "")
    ]
    assert isinstance(store.put([change(wanted, new=True)])[wanted.key], Conflict)
    live = made(store, wanted.named("2"), new=True)
    assert live.id == "glacier-labs-2"
    assert is_settled(wanted, found(store, wanted))
    assert "annotations" not in panel.organizations()["glacier-labs"]["metadata"]


def test_a_name_decided_later_is_not_looked_by(store: Any) -> None:
    assert found(store, customer("999", PLACEHOLDER, billing_contact=PLACEHOLDER)) is None


def test_a_name_that_somebody_took_meanwhile_is_a_choice(store: Any, panel: Panel) -> None:
    panel.make(NAME, "Rhône")
    assert isinstance(store.put([change(customer())])["customer:102"], Ambiguous)


def test_two_customers_of_one_name_get_two_organizations(store: Any) -> None:
    alpina, other = customer("103", "Alpina Treuhand AG"), customer("104", "Alpina Treuhand AG")
    first = made(store, alpina)
    there = found(store, other.named(""))
    assert isinstance(there, Taken)
    assert [(holder.id, holder.mark) for holder in there.holders] == [("alpina-treuhand", "customer:103")]
    assert isinstance(store.put([change(other.named(""))])[other.key], Conflict)
    assert found(store, other.named("Chur")) is None
    second = made(store, other.named("Chur"))
    assert (first.id, second.id) == ("alpina-treuhand", "alpina-treuhand-chur")
    answers = store.find([Lookup(alpina), Lookup(other)])
    assert (answers[alpina.key].id, answers[other.key].id) == (first.id, second.id)


def test_a_name_that_could_not_be_proposed_is_the_first_that_is_free(store: Any) -> None:
    """What it is called depended on another step, so the plan could not show it."""
    numbers = ("103", "104", "105")
    ids = [made(store, customer(number, "Alpina Treuhand AG")).id for number in numbers]
    assert ids == ["alpina-treuhand", "alpina-treuhand-2", "alpina-treuhand-3"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_name_that_is_free_again_when_it_is_looked_at_is_taken(store: Any, panel: Panel, times: int) -> None:
    """A name stays for good, so one passing refusal must not give the customer another."""
    panel.control("faults", {"operation": "organization.create", "do": "status", "status": 409, "times": times})
    assert made(store, customer()).id == NAME


def test_while_a_name_is_refused_and_nobody_has_it_nothing_is_made_and_then_it_is_tried_anew(
    store: Any, panel: Panel
) -> None:
    """A person may say `new` to have another name at once."""
    before = set(panel.organizations())
    panel.control("faults", {"operation": "organization.create", "do": "status", "status": 409, "times": 3})
    answer = store.put([change(customer())])["customer:102"]
    assert isinstance(answer, Ambiguous)
    assert (answer.candidates, "say `new`" in answer.next) == ((), True)
    assert set(panel.organizations()) == before
    assert made(store, customer()).id == NAME
    panel.control("faults", {"operation": "organization.create", "do": "status", "status": 409, "times": 3})
    assert made(store, customer("103", "Alpina Treuhand AG"), new=True).id == "alpina-treuhand-2"


@pytest.mark.parametrize("mark", [{}, {MARK: "customer:102"}, {MARK: "customer:999"}])
def test_the_name_of_what_is_being_deleted_is_waited_for(
    store: Any, panel: Panel, server: Running, mark: dict[str, str]
) -> None:
    """Whosever it is: it is gone soon, and its name is free."""
    panel.make(NAME, "Gone", annotations=mark)
    table = server.server.world.state.table("panel", "organization")
    table[NAME]["metadata"]["deletionTimestamp"] = "2026-11-30T12:00:00Z"
    assert isinstance(store.put([change(customer())])["customer:102"], Unavailable)
    del table[NAME]
    assert made(store, customer()).id == NAME


@pytest.mark.parametrize("name", ["Default AG", "kube-public", "OpenShift GmbH", "東京商事", "Appuio Control API"])
def test_names_that_belong_to_the_cluster_or_have_no_letters_are_told_apart(store: Any, name: str) -> None:
    live = made(store, customer("999", name))
    assert live.state.display_name == name
    assert found(store, customer("999", name)).id == live.id


@pytest.mark.parametrize("do", ["drop_before", "drop_after"])
def test_a_lost_answer_never_makes_a_second_organization(store: Any, panel: Panel, do: str) -> None:
    before = len(panel.organizations())
    panel.control("faults", {"system": "panel", "method": "POST", "do": do})
    store.put([change(customer())])
    live = found(store, customer()) or made(store, customer())
    assert is_settled(customer(), live)
    assert len(panel.organizations()) == before + 1


def test_a_lost_answer_to_a_change_is_no_conflict(store: Any, panel: Panel) -> None:
    live, wanted = made(store, customer()), customer(billing_contact="302")
    panel.control("faults", {"system": "panel", "method": "PATCH", "do": "drop_after"})
    assert is_settled(wanted, store.put([change(wanted, live)])[wanted.key])


def test_two_runs_at_once_make_one_organization(connect: Connect, panel: Panel) -> None:
    before = len(panel.organizations())
    stores = [connect().stores["organization"] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        lives = list(pool.map(lambda store: made(store, customer()), stores))
    assert {live.id for live in lives} == {NAME}
    assert len(panel.organizations()) == before + 1


def test_what_was_changed_since_it_was_read_is_not_overwritten(store: Any, panel: Panel) -> None:
    live, wanted = made(store, customer()), customer(name="New name")
    panel.change(NAME, {"spec": {"displayName": "Theirs"}})
    assert isinstance(store.put([change(wanted, live)])[wanted.key], Conflict)
    assert panel.organizations()[NAME]["spec"]["displayName"] == "Theirs"


def test_two_customers_that_adopt_one_organization_at_once_do_not_both_get_it(store: Any) -> None:
    first, other = customer("110", "A", contact="310"), customer("111", "B", contact="310")
    lives = store.find([Lookup(first), Lookup(other)])
    answers = store.put([change(first, lives[first.key], fields=()), change(other, lives[other.key], fields=())])
    assert answers[first.key].ours
    assert isinstance(answers[other.key], Conflict)


def test_an_update_touches_no_field_that_it_was_not_asked_to_set(store: Any, panel: Panel) -> None:
    panel.make("by-hand", "By hand", "310", labels={"team": "red"}, annotations={"note": "keep"})
    wanted = customer("110", "Other name", billing_contact="302")
    live = found(store, wanted, id="by-hand", chosen=True)
    store.put([change(wanted, live, fields=("billing_contact",))])
    item = panel.organizations()["by-hand"]
    assert item["spec"] == {"displayName": "By hand", "billingEntityRef": "be-302"}
    assert item["metadata"]["labels"]["team"] == "red"
    assert item["metadata"]["annotations"]["note"] == "keep"


@pytest.mark.parametrize("chosen", ["not-there", "../users/chloe", "lac noir"])
def test_a_chosen_organization_that_is_not_there_is_refused(store: Any, chosen: str) -> None:
    answer = found(store, customer("999", "Nobody"), id=chosen, chosen=True)
    assert isinstance(answer, Rejected)


def test_a_chosen_organization_of_another_customer_is_refused_and_says_whose(store: Any) -> None:
    made(store, customer())
    answer = found(store, customer("999", "Nobody"), id=NAME, chosen=True)
    assert isinstance(answer, Rejected)
    assert "customer:102" in answer.message


@pytest.mark.parametrize("right", ["list", "create", "patch"])
def test_a_missing_right_is_never_absence(store: Any, panel: Panel, right: str) -> None:
    live = made(store, customer())
    panel.control("rights", {"system": "panel", "missing": [f"{right}:organizations"]})
    answer = {
        "list": lambda: store.find([Lookup(customer())]),
        "create": lambda: store.put([change(customer("999", "x"))]),
        "patch": lambda: store.put([change(customer(name="y"), live)]),
    }[right]
    if right == "list":
        with pytest.raises(AuthError, match="may not list the organizations"):
            answer()
    else:
        (error,) = answer().values()
        assert isinstance(error, AuthError)
        assert error.who == "an APPUiO administrator"


def test_every_part_of_the_list_is_read(store: Any, panel: Panel) -> None:
    wanted = [customer(str(500 + number), f"Customer number {number}") for number in range(5)]
    for organization in wanted:
        made(store, organization)
    panel.control("traps", {"page_size": 2})
    answers = store.find([Lookup(organization) for organization in wanted])
    assert all(is_settled(organization, answers[organization.key]) for organization in wanted)


def test_an_unknown_payer_is_refused_with_the_field_named_and_fails_alone(store: Any) -> None:
    bad, good = customer("103", "Alpina", billing_contact="424242"), customer()
    answers = store.put([change(bad), change(good)])
    assert isinstance(answers[bad.key], Rejected)
    assert answers[bad.key].field == "billing_contact"
    assert is_settled(good, answers[good.key])


@pytest.mark.parametrize("name", ["Zoë 😀", "شركة", "A" * 300, "<script>alert(1)</script>", "\"Q\" 'q'", "a\nb"])
def test_strange_names_survive(store: Any, name: str) -> None:
    wanted = customer("999", name)
    assert is_settled(wanted, made(store, wanted))
    assert is_settled(wanted, found(store, wanted))


def test_a_reference_of_another_form_is_shown_as_it_is(connect: Connect, store: Any) -> None:
    made(store, customer(billing_contact="302"))
    other = connect(billing_prefix="entity-").stores["organization"]
    assert found(other, customer(), id=NAME).state.billing_contact == "be-302"


def test_a_set_up_takes_one_list_and_one_creation_and_a_second_run_one_list(connect: Connect, panel: Panel) -> None:
    store = connect().stores["organization"]
    found(store, customer())
    made(store, customer())
    assert [request["method"] for request in panel.requests()] == ["GET", "POST"]
    panel.forget_requests()
    assert found(connect().stores["organization"], customer(), id=NAME).ours
    assert [request["method"] for request in panel.requests()] == ["GET"]


def test_links_lead_to_the_portal_for_people(connect: Connect) -> None:
    store = connect(portal_url="https://portal.example/").stores["organization"]
    live = made(store, customer())
    assert live.url == f"https://portal.example/organizations/{NAME}"


def test_an_organization_is_never_archived_but_somebody_is_named(store: Any, panel: Panel) -> None:
    live = made(store, customer())
    answer = store.put([change(customer(), live, "archive")])["customer:102"]
    assert isinstance(answer, Rejected)
    assert NAME in panel.organizations()


def test_a_panel_that_is_down_makes_unknown(connect: Connect, panel: Panel) -> None:
    panel.control("faults", {"system": "panel", "do": "status", "status": 503, "times": 100})
    with pytest.raises(Unavailable):
        found(connect(patience=0).stores["organization"], customer())


def test_a_wrong_token_is_named_but_never_shown(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANEL_TOKEN", "very-secret")
    with pytest.raises(AuthError) as caught:
        found(connect().stores["organization"], customer())
    assert "very-secret" not in f"{caught.value!r} {vars(caught.value)}"
