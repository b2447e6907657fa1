"""`closedwon contacts sync`, as its user meets it; and the people who follow a set-up."""

from __future__ import annotations

import re

import pytest

from tests.cli.place import Ended, Place
from tests.limits import options

PLAN = re.compile(r"Plan ([0-9a-f]{8})\.")
COUNTS = {"create", "update", "archive", "keep", "conflict", "rejected", "unknown"}


def sync(place: Place, *arguments: str) -> Ended:
    """Run `closedwon contacts sync`."""
    return place.run("contacts", "sync", *arguments)


@pytest.fixture
def customer(place: Place) -> Place:
    """Customer 101 is set up, and none of its people is a member yet."""
    without = place.settings.read_text(encoding="utf-8")
    place.without_people()
    place.setup("42", "--yes")
    place.settings.write_text(without, encoding="utf-8")
    place.requests()
    return place


@pytest.fixture
def in_step(place: Place) -> Place:
    """Customer 101 is set up with its people."""
    place.setup("42", "--yes")
    place.requests()
    return place


def shown_plan(ended: Ended) -> str:
    found = PLAN.search(ended.out)
    assert found is not None
    return found[1]


def test_without_a_terminal_and_without_yes_the_plan_is_shown_and_nothing_is_written(customer: Place) -> None:
    ended = sync(customer)
    assert ended.code == 3
    assert ended.out.splitlines()[:2] == ["Reto Frei", "  Müller & Söhne AG (101)"]
    assert "    + Jonas Keller   Jira, Panel, Wiki: technical" in ended.out
    assert "6 people new in 3 systems." in ended.out
    assert f"closedwon contacts sync --yes      or   --plan {shown_plan(ended)}" in ended.err
    assert sync(customer, "-n").out == ended.out
    assert customer.nothing_was_written()


def test_with_yes_people_are_in_and_the_second_run_has_nothing_to_do(customer: Place) -> None:
    first = sync(customer, "--yes")
    assert (first.code, first.err) == (0, "")
    assert re.search(r"^Contacts: 6 people new in 3 systems; 1 customer, .* s\.$", first.out, re.MULTILINE)
    assert customer.requests(writing=True)
    second = sync(customer, "--yes", "101")
    assert (second.code, second.out) == (0, "Contacts: nothing to do; 12 in step.\n")
    assert customer.nothing_was_written()


def test_the_plan_that_was_shown_is_done_by_its_id_and_no_other(customer: Place) -> None:
    plan = shown_plan(sync(customer, "101"))
    customer.erp("res.partner", "write", ids=[411], vals={"name": "Nadja Brunner-Weber"})
    customer.requests()
    other = sync(customer, "customer:101", "--plan", plan)
    assert other.code == 5
    assert f"the plan is not {plan} any more" in other.said
    assert "Nadja Brunner-Weber" in other.out
    assert customer.nothing_was_written()
    assert sync(customer, "101", "--plan", shown_plan(sync(customer, "101"))).code == 0


def test_one_document_is_printed_and_words_go_elsewhere(customer: Place) -> None:
    ended = sync(customer, "--json", "--full")
    document = ended.document
    assert ended.code == 3
    assert set(document) == {
        "format",
        "run",
        "trigger",
        "by",
        "outcome",
        "since",
        "counts",
        "changes",
        "requests",
        "seconds",
        "plan",
        "error",
        "failed",
        "unread",
    }
    assert set(document["counts"]) == COUNTS
    assert (document["outcome"], document["counts"]["create"]) == ("planned", 12)
    assert f"--full --yes      or   --plan {document['plan']}" in ended.err
    assert customer.nothing_was_written()


def test_a_system_that_wants_a_person_is_not_written_with_yes_alone(customer: Place) -> None:
    customer.system("jira", 'mode = "ask"')
    ended = sync(customer, "101", "--yes")
    assert ended.code == 4
    assert "waits for a yes" in ended.said
    approve = re.search(r"closedwon contacts sync 101 --plan ([0-9a-f]{8})", ended.said)
    assert approve is not None
    again = sync(customer, "101")
    assert f"closedwon contacts sync 101 --plan {shown_plan(again)}" in again.err
    assert "--yes" not in again.err
    assert sync(customer, "101", "--plan", shown_plan(again)).code == 0


def test_whoever_leaves_stays_for_the_days_of_grace_and_is_then_taken_out_with_the_reason(in_step: Place) -> None:
    in_step.erp("res.partner", "write", ids=[411], vals={"active": False})
    assert "nothing to do" in sync(in_step, "101", "--yes").out
    in_step.edit("[erp]", "[contacts]\ngrace_days = 0\n\n[erp]")
    ended = sync(in_step, "101", "--yes")
    assert ended.code == 0
    assert "    - Nadja Brunner  Jira, Panel, Wiki: archived in the ERP" in ended.out
    assert "Contacts: 1 person taken out (archived in the ERP), 9 in step" in ended.said


def test_more_than_a_safety_limit_is_refused_and_it_is_told_how_to_look_and_how_to_allow_it(customer: Place) -> None:
    customer.edit("creates = 100000", "creates = 3")
    ended = sync(customer, "--yes")
    assert ended.code == 6
    assert "over a safety limit" in ended.said
    assert "with -n" in ended.said
    assert customer.nothing_was_written()
    assert sync(customer, "--yes", "--limit", "updates=100").code == 6
    assert customer.nothing_was_written()
    assert sync(customer, "--yes", *options(ended.said)).code == 0


def test_a_system_that_is_down_holds_up_its_own_people_only(customer: Place) -> None:
    customer.system("panel", "patience = 0.1")
    customer.fault(system="panel", do="status", status=503, times=1000)
    ended = sync(customer, "--yes")
    assert ended.code == 1
    assert "to be tried again" in ended.said
    customer.fixed()
    assert sync(customer, "--yes").code == 0


@pytest.mark.parametrize("name", ["9999", "x", "../101", "4\x1b[31m2"])
def test_an_unknown_customer_is_named_and_nothing_is_written(place: Place, name: str) -> None:
    ended = sync(place, name, "--yes")
    assert ended.code == 4
    assert "has no organization or page that closedwon knows of" in ended.said
    assert place.nothing_was_written()


@pytest.mark.parametrize(
    "arguments",
    [
        ("-n", "--yes"),
        ("-n", "--plan", "x"),
        ("--yes", "--plan", "x"),
        ("--limit", "creates=-1"),
        ("--limit", "80"),
        ("",),
        ("--x",),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_contacted(
    place: Place, arguments: tuple[str, ...]
) -> None:
    ended = sync(place, *arguments)
    assert ended.code == 2
    assert "Usage: closedwon contacts sync" in ended.err
    assert place.requests() == []


def test_without_a_system_that_has_contacts_nothing_is_contacted(place: Place) -> None:
    place.edit('adapter = "odoo"', 'adapter = "none"')
    for name in ("project", "consulting", "service"):
        place.write(f"playbooks/{name}.toml", '[ticket]\nresource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\n')
    ended = sync(place, "--yes")
    assert ended.code == 2
    assert "no system here has contacts" in ended.said
    assert place.requests() == []


def test_the_people_of_a_customer_who_is_set_up_follow_at_once(place: Place) -> None:
    ended = place.setup("42", "--yes")
    assert ended.code == 0
    assert ended.out.index("6 of 6 done") < ended.out.index("Contacts: 6 people new in 3 systems")
    assert "Contacts" not in place.setup("42", "--yes").out


def test_people_who_can_not_be_told_before_their_customer_is_made_are_a_plan_of_their_own(place: Place) -> None:
    shown = place.setup("43", "-n")
    approved = place.setup("43", "--plan", shown_plan(shown))
    (lead,) = place.erp("crm.lead", "read", ids=[43], fields=["partner_id"])
    assert f"Its people follow with: closedwon contacts sync {lead['partner_id'][0]}" in approved.err
    assert place.state()["panel"]["invitation"] == []


def test_the_people_of_a_customer_that_the_set_up_itself_made_follow_and_are_told_in_its_document(place: Place) -> None:
    document = place.set_up("43", "--yes")
    assert document["outcome"] == "done"
    assert document["contacts"]["create"] > 0


def test_people_follow_from_a_machine_that_did_not_make_their_customer(place: Place) -> None:
    """What was made before the ERP knew the customer bears the deal's mark; a new ledger learns that from the ERP."""
    assert place.setup("43", "--yes").code == 0
    for path in (place.folder / ".closedwon").glob("ledger.*"):
        path.unlink()
    (lead,) = place.erp("crm.lead", "read", ids=[43], fields=["partner_id"])
    company = lead["partner_id"][0]
    person = {"name": "Ueli Neu", "email": "ueli.neu@kaeserei.example", "parent_id": company, "category_id": [5]}
    place.erp("res.partner", "create", vals_list=[{**person, "type": "contact"}])
    document = place.set_up("43", "--yes")
    assert document["outcome"] == "done"
    ended = sync(place, str(company), "--yes")
    assert (ended.code, "1 to fix" in ended.said) == (0, False)
    state = place.state()
    accounts = {user["accountId"]: user["email"] for user in state["jira"]["user"]}
    members = {accounts[user] for found in state["jira"]["organization"] for user in found["users"]}
    assert person["email"] in members
    assert person["email"] in {invitation["spec"]["email"] for invitation in state["panel"]["invitation"]}
    assert any(person["email"] in page["body"] for page in state["wiki"]["page"])


def test_people_who_can_not_follow_are_no_silence(place: Place) -> None:
    """Those of several deals together may be more than the limit, where those of each are not."""
    place.edit("creates = 100000", "creates = 6")
    ended = place.setup("42", "44", "--yes")
    assert "2 deals: 2 done" in ended.out
    assert (ended.code, "over a safety limit" in ended.err) == (6, True)


def test_all_won_deals_have_one_sync_for_all_their_people(place: Place) -> None:
    ended = place.setup("--won", "--yes")
    assert ended.out.count("Contacts: ") == 1
    assert re.search(r"Contacts: 23 people new in 3 systems, .*1 to fix; \d customers", ended.said)


def test_a_refused_token_is_told_once_for_all_people_and_names_our_account(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.setup("42", "--yes")
    monkeypatch.setenv("REFUSED", "not-the-token")
    text = place.settings.read_text(encoding="utf-8")
    head, section, remainder = text.partition("[jira]")
    jira, more, others = remainder.partition("\n[")
    kept = [line for line in jira.splitlines() if not line.startswith("token")]
    refused = "\n".join([*kept, 'token = { env = "REFUSED" }', ""])
    place.settings.write_text(head + section + refused + more + others, encoding="utf-8")
    ended = place.run("contacts", "sync", "101", "--yes")
    assert ended.code == 4
    assert ended.said.count("not accepted") == 1
    assert "people cannot be brought in step" in ended.said
    assert "this address" not in ended.said
    assert "closedwon check jira" in ended.said
