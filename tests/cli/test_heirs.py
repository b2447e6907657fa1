"""A customer that is gone: what it had is its heir's once that is proven, or a person has said so."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import Any

import pytest
import requests

from integrations.flows.setup import flow
from integrations.sandbox.panel.invitations import register
from integrations.sandbox.pretend import ACCOUNT, COLLEAGUE_TOKEN, TOKEN
from tests.cli.place import Place
from tests.cli.test_corrected import another_deal, ids, made_then, people, places, step
from tests.cli.test_typed_anew import everything

OLD, HEIR = "101", "105"
"""The customer of deals 42 and 53, who has people, and another."""
PEOPLE = "nadja.brunner@mueller-soehne.example"


def delete(place: Place) -> None:
    """Merge it, and let nothing tell of that: somebody has done away with the message."""
    merge(place)
    messages = place.erp("mail.message", "search", domain=[["model", "=", "res.partner"], ["res_id", "=", int(HEIR)]])
    place.erp("mail.message", "unlink", ids=messages, key=COLLEAGUE_TOKEN)


def below(place: Place) -> None:
    """Put the old customer below the other, as a part of it that is no company of its own."""
    place.erp("res.partner", "write", ids=[int(OLD)], vals={"parent_id": int(HEIR), "is_company": False})


def merge(place: Place) -> None:
    place.merge(OLD, HEIR)


def syncs(place: Place) -> None:
    """The runs of some days: full ones, and one that reads what changed."""
    for options in ((), ("--full",), ("--full",)):
        assert place.run("contacts", "sync", "--yes", *options).code == 0


def marked(place: Place, key: str) -> list[str]:
    """The ids of all objects that bear this customer's key, in every system."""
    state = place.state()
    jira = [
        str(organization["id"])
        for organization in state["jira"]["organization"]
        if f"'{key}'" in str(organization["properties"])
    ]
    panel = [
        organization["metadata"]["name"]
        for organization in state["panel"]["organization"]
        if (organization["metadata"].get("annotations") or {}).get("closedwon.io/key") == key
    ]
    wiki = [str(page["id"]) for page in state["wiki"]["page"] if f"{key}/" in page["body"] or f"{key}<" in page["body"]]
    return sorted([*jira, *panel, *wiki])


def members(place: Place, before: dict[Any, Any]) -> dict[Any, set[str]]:
    """Return the people in each of the places that there were."""
    return {key: people(place) for key, place in places(place).items() if key in before}


@pytest.fixture
def own(place: Place) -> tuple[Place, dict[str, str]]:
    """The old customer is set up, with its people, who would leave without a day of grace; with its objects."""
    place.edit("[erp]", "[contacts]\ngrace_days = 0\n\n[erp]")
    made = ids(place.set_up("42", "--yes"))
    place.run("contacts", "sync", "--yes")
    return place, made


@pytest.mark.parametrize("becomes", [merge, below])
def test_what_a_customer_had_is_its_heirs_once_that_is_proven(own: Any, becomes: Any) -> None:
    """Merged by the ERP's wizard, or put below another company: nothing twice, nobody out, found again from cron."""
    place, made = own
    before = places(place)
    becomes(place)
    syncs(place)
    assert members(place, before) == {key: people(place) for key, place in before.items()}
    known = place.run("contacts", "problems").said
    assert f"customer {OLD} is gone from the ERP, and {HEIR} took its place" in known
    assert "closedwon setup 42" in known
    dry = place.set_up("42", "-n")
    assert {step(dry, name)["action"] for name in ("organization", "panel", "page", "ticket")} == {"adopt"}
    assert f"The customer {OLD} is gone from the ERP, and {HEIR} took its place" in place.setup("42", "-n").said
    place.setup("--won", "--yes")
    after = ids(place.set_up("42", "--yes"))
    assert {**after, "customer": ""} == {**made, "customer": ""}
    assert after["customer"] == HEIR
    assert marked(place, f"customer:{OLD}") == []
    assert set(marked(place, f"customer:{HEIR}")) == {made["organization"], made["panel"], made["page"]}
    syncs(place)
    assert all(people(former) <= members(place, before)[key] for key, former in before.items())
    assert OLD not in place.run("contacts", "problems").said
    assert "GONE" not in place.run("status").out
    place.requests()
    assert place.set_up("42", "--yes")["outcome"] == "done"
    syncs(place)
    assert place.nothing_was_written()


def test_what_we_wrote_for_a_gone_customer_is_no_change_by_people(own: Any) -> None:
    """Its panel organization gets the heir's name: how we last wrote it is known."""
    place, _ = own
    merge(place)
    panel = step(place.set_up("42", "--yes"), "panel")
    assert (panel["action"], panel["theirs"]) == ("adopt", [])
    (there,) = [
        organization
        for organization in place.state()["panel"]["organization"]
        if organization["metadata"]["name"] == panel["id"]
    ]
    assert there["spec"]["displayName"] == "Nordlicht Holding SE"


def test_until_somebody_says_who_took_its_place_nobody_is_out_and_nothing_is_made(own: Any) -> None:
    """The question shows the reasons for each; somebody who is revoked is out all the same."""
    place, made = own
    place.set_up("44", "--yes")  # an ERP that shows nobody at all is another matter
    place.run("contacts", "sync", "--yes")
    before, first = places(place), everything(place)
    delete(place)
    place.requests()
    syncs(place)
    asked = place.setup("42", "--yes")
    assert asked.code == 4
    assert f"closedwon link {OLD} heir='{HEIR}|none'" in asked.said
    assert f"{HEIR} “Nordlicht Holding SE” (the deal 42 is its now" in asked.said
    assert place.set_up("53", "--yes")["error"]["type"] == "Rejected"
    assert place.nothing_was_written()
    assert {**everything(place), "companies": 0} == {**first, "companies": 0}
    for text in (place.run("contacts", "problems").said, place.run("status").said):
        assert f"closedwon link {OLD} heir=" in text
    (gone,) = place.run("status", "--json").document["gone"]
    assert (gone["customer"], gone["heir"], len(gone["left"])) == (OLD, None, 3)
    assert place.run("contacts", "revoke", PEOPLE, "--yes").code == 0
    assert PEOPLE not in str(place.state()["wiki"]["page"])
    out = {who for key, former in before.items() for who in people(former) - members(place, before)[key]}
    assert len(out) == 1
    assert place.run("link", OLD, f"heir={HEIR}", "--reason", "they bought it").code == 0
    assert place.run("status").said.endswith(f". If nobody did: closedwon link {OLD} heir=none")
    assert {**ids(place.set_up("42", "--yes")), "customer": OLD} == {**made, "customer": OLD}
    place.run("contacts", "sync", "--yes", "--full")
    assert {who for key, former in before.items() for who in people(former) - members(place, before)[key]} == out
    assert OLD not in place.run("contacts", "problems").said


def test_what_nobody_took_over_is_left_as_it_is_and_listed_and_its_people_leave(own: Any) -> None:
    place, made = own
    delete(place)
    before = places(place)
    assert place.run("link", OLD, "heir=none", "--reason", "closed down").code == 0
    document = place.set_up("42", "--yes")
    new = ids(document)
    assert not {new[name] for name in ("organization", "panel", "page")} & set(made.values())
    for _ in range(2):
        assert people(places(place)[made["organization"]]) == people(before[made["organization"]]) != set()
        place.run("contacts", "sync", "--yes", "--full", "--limit", "archives=50")
    assert people(places(place)[made["organization"]]) == set()
    text = place.run("status").said
    assert "whose place nobody took. Left of it: " in text
    assert text.endswith(f". If somebody did: closedwon link {OLD} heir=ID")
    assert place.run("status", "--json").document["gone"][0]["next"] == f"closedwon link {OLD} heir=ID"
    assert sorted(marked(place, f"customer:{OLD}")) == sorted(made[kind] for kind in ("organization", "panel", "page"))


def test_an_heir_with_its_own_keeps_it_and_a_person_says_which_counts(own: Any) -> None:
    """The people of the other stay until then, and nothing of it is taken or changed."""
    place, made = own
    mine = ids(place.set_up(another_deal(place, HEIR), "--yes"))
    place.run("contacts", "sync", "--yes")
    before = places(place)
    merge(place)
    syncs(place)
    assert ids(place.set_up("42", "--yes")) == mine
    assert f"closedwon link 42 organization={made['organization']}" in place.setup("42", "--yes").said
    syncs(place)
    assert all(people(former) <= members(place, before)[key] for key, former in before.items())
    assert marked(place, f"customer:{OLD}") == sorted(made[kind] for kind in ("organization", "panel", "page"))
    known = place.run("contacts", "problems").said
    assert "which has its own in" in known
    assert f"closedwon link {OLD} heir=none" in known
    assert place.run("link", "42", f"organization={made['organization']}").code == 0
    assert step(place.set_up("42", "--yes"), "organization")["id"] == made["organization"]


def ledger(place: Place, files: dict[str, bytes]) -> dict[str, bytes]:
    """Put this ledger in the place of the one that is there (none: a new machine), and give that one back."""
    folder = place.folder / ".closedwon"
    there = {file.name: file.read_bytes() for file in folder.glob("ledger*") if file.is_file()}
    for name in there:
        (folder / name).unlink()
    for name, content in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
    return there


@pytest.mark.parametrize("knows", ["both", "the other alone"])
def test_what_was_chosen_for_a_gone_customer_is_no_choice_for_an_heir_with_its_own(own: Any, knows: str) -> None:
    """Its organization was taken by hand, its page never wanted: the heir's own count, wherever the ledger has them."""
    place, made = own
    chosen = [f"organization={made['organization']}", f"panel={made['panel']}", "links=never"]
    assert place.run("link", "42", *chosen).code == 0
    place.set_up("42", "--yes")
    first = ledger(place, {}) if knows != "both" else {}
    deal = another_deal(place, HEIR)
    mine = ids(place.set_up(deal, "--yes"))
    if first:
        ledger(place, first)
    merge(place)
    for number in ("42", deal):
        document = place.set_up(number, "--yes")
        assert ids(document) == mine
        assert step(document, "links")["id"] == mine["page"]
    assert set(marked(place, f"customer:{HEIR}")) == {mine["organization"], mine["panel"], mine["page"]}


def test_what_people_renamed_is_taken_over_with_the_plan_and_never_instead_of_a_creation(own: Any) -> None:
    """With the ledger lost, and the heir unlike it: the approval says what is done."""
    place, made = own
    ledger(place, {})
    organizations = place.sandbox.server.world.state.table("jira", "organization")
    organizations[made["organization"]] = {**organizations[made["organization"]], "name": "XYZ Extern"}
    merge(place)
    shown = step(place.set_up("42", "-n"), "organization")
    assert (shown["action"], shown["id"]) == ("adopt", made["organization"])
    assert ids(place.set_up("42", "--yes"))["organization"] == made["organization"]


def test_what_two_gone_customers_had_are_no_twins_though_one_heir_inherits_both(place: Place) -> None:
    """People are in either: none is unlinked from the service desk, and nobody is advised to do away with one."""
    place.without_people()
    place.erp("res.partner", "write", ids=[102], vals={"name": "Müller & Söhne AG", "vat": False})
    place.set_up("42", "--yes")
    other = ids(place.set_up("44", "--yes"))
    place.merge(OLD, HEIR)
    place.merge("102", HEIR)
    place.erp("res.partner", "write", ids=[int(HEIR)], vals={"name": "Müller & Söhne AG"})
    text = place.setup("42", "--yes").said
    assert "do away with" not in text
    (left,) = [
        organization
        for organization in place.state()["jira"]["organization"]
        if str(organization["id"]) == other["organization"]
    ]
    assert left["servicedesks"]
    assert other["organization"] in marked(place, "customer:102")
    assert other["panel"] in marked(place, "customer:102")


@pytest.mark.parametrize("knows", ["both", "one alone"])
def test_what_another_machine_took_over_for_an_heir_is_the_heirs_own(place: Place, knows: str) -> None:
    """Called as the gone one was; this machine knows what another gone one had, which stays beside it."""
    place.without_people()
    made = ids(place.set_up("44", "--yes"))
    there = ledger(place, {})
    if knows == "both":
        ledger(place, there)
    other = ids(place.set_up("42", "--yes"))
    place.merge(OLD, HEIR)
    place.merge("102", HEIR)
    here = ledger(place, there)
    assert ids(place.set_up("44", "--yes"))["organization"] == made["organization"]
    ledger(place, here)
    assert ids(place.set_up("42", "--yes"))["organization"] == made["organization"]
    assert len(marked(place, f"customer:{HEIR}")) == 3
    assert other["organization"] in marked(place, f"customer:{OLD}")


def test_what_a_gone_customer_had_may_be_chosen_on_a_machine_that_never_knew_it(own: Any) -> None:
    """An heir with its own: `problems` names the way, and the ERP says whose heir it is."""
    place, made = own
    for file in (place.folder / ".closedwon").glob("ledger*"):
        file.unlink()
    deal = another_deal(place, HEIR)
    place.set_up(deal, "--yes")
    merge(place)
    assert place.run("link", deal, f"organization={made['organization']}").code == 0
    assert ids(place.set_up(deal, "--yes"))["organization"] == made["organization"]


def test_what_a_gone_customer_had_is_named_until_a_person_chooses(own: Any) -> None:
    """The heir's own is an answer, too."""
    place, _ = own
    deal = another_deal(place, HEIR)
    heirs = ids(place.set_up(deal, "--yes"))
    merge(place)
    assert "stays beside this one" in place.setup(deal, "--yes").said
    assert place.run("link", deal, *(f"{step}={heirs[step]}" for step in ("organization", "panel", "page"))).code == 0
    assert "stays beside this one" not in place.setup(deal, "--yes").said


def test_the_parts_of_a_page_follow_the_one_that_a_person_chose(own: Any) -> None:
    """The page is named once, and chosen once."""
    place, made = own
    deal = another_deal(place, HEIR)
    place.set_up(deal, "--yes")
    merge(place)
    assert f"link {deal} page={made['page']}" in place.setup(deal, "-n").said
    assert place.run("link", deal, f"page={made['page']}").code == 0
    place.setup(deal, "--yes")
    found = {step["step"]: step["id"] for step in place.set_up(deal, "--yes")["steps"]}
    assert (found["page"], found["links"]) == (made["page"], made["page"])
    place.requests()
    place.setup(deal, "--yes")
    assert place.nothing_was_written()


def test_a_merge_between_plan_and_yes_is_a_plan_of_its_own(own: Any) -> None:
    """An approval for one customer covers nothing of its heir's."""
    place, _ = own
    place.erp("res.partner", "write", ids=[int(OLD)], vals={"name": "Müller & Söhne Holding AG"})
    plan = place.set_up("42", "-n")["plan"]
    merge(place)
    place.requests()
    ended = place.setup("42", "--plan", plan)
    assert ended.code == 5
    assert place.nothing_was_written()


def test_who_is_said_to_be_an_heir_is_proven_by_looking(own: Any) -> None:
    place, _ = own
    lives = place.run("link", OLD, f"heir={HEIR}")
    assert (lives.code, f"still has the customer {OLD}" in lives.said) == (4, True)
    delete(place)
    for heir in ("999999", OLD, "206"):
        refused = place.run("link", OLD, f"heir={heir}")
        assert refused.code == 4
        assert f"{heir} is no customer of its own" in refused.said
    assert place.run("link", OLD, f"heir={HEIR}", "panel=x").code == 2


@pytest.mark.parametrize("lost", ["everything", "the ledger of another machine"])
@pytest.mark.parametrize("becomes", [merge, below])
def test_a_machine_that_never_knew_the_customer_finds_what_it_had(own: Any, becomes: Any, lost: str) -> None:
    """With no ledger at all, or one in which only the heir's other deal was set up before."""
    place, made = own
    before = places(place)
    files = list((place.folder / ".closedwon").glob("ledger*"))
    for file in files:
        file.unlink()
    if lost != "everything":
        place.set_up("48", "--yes")
    becomes(place)
    assert {**ids(place.set_up("42", "--yes")), "customer": OLD} == {**made, "customer": OLD}
    syncs(place)
    assert all(people(former) <= members(place, before)[key] for key, former in before.items())
    assert set(marked(place, f"customer:{HEIR}")) == {made["organization"], made["panel"], made["page"]}


LAKE, DRAFT = "110", "draft-too-old"
"""A customer with an invoice that waits, and the rule that finds it."""


def waiting(place: Place, *options: str) -> Any:
    """The one exception about that invoice, whoever's it is."""
    document = place.run("invoices", "check", "--json", *options).document
    (found,) = [
        finding for finding in document["findings"] if finding["rule"] == DRAFT and finding["state"] != "resolved"
    ]
    return found


def tickets(place: Place) -> list[Any]:
    return [issue for issue in place.state()["jira"]["issue"] if "finding:" in str(issue["properties"])]


@pytest.mark.parametrize("seen", ["first under the heir", "at once"])
def test_what_was_found_and_said_of_a_customers_invoices_goes_on_as_its_heirs(place: Place, seen: str) -> None:
    """The same exception with the same fingerprint: still acknowledged, without a second ticket."""
    before = waiting(place, "--flag", "--yes")
    place.run("invoices", "ack", before["fingerprint"], "--reason", "as agreed", "--until", "2999-12-31")
    place.run("invoices", "check", "--flag", "--yes")
    earlier = tickets(place)
    assert earlier
    place.merge(LAKE, HEIR)
    if seen != "at once":
        place.run("invoices", "check", HEIR)  # the pass that reads what changed need not see that the other is gone
    for _ in range(2):
        after = waiting(place, "--full", "--flag", "--yes")
        assert (after["fingerprint"], after["state"]) == (before["fingerprint"], "acknowledged")
        assert after["customer"] == "Nordlicht Holding SE"
    assert [ticket["key"] for ticket in tickets(place)] == [ticket["key"] for ticket in earlier]


def test_what_was_said_of_an_exception_under_the_heir_holds_for_the_one_that_is_kept(place: Place) -> None:
    """It was found again under the heir, and acknowledged there, before a full pass told that the other was gone."""
    before = waiting(place, "--flag", "--yes")
    place.merge(LAKE, HEIR)
    place.run("invoices", "check", HEIR)
    (own,) = [
        finding
        for finding in findings(place)
        if finding["rule"] == DRAFT and finding["customer"] == "Nordlicht Holding SE"
    ]
    assert own["fingerprint"] != before["fingerprint"]
    place.run("invoices", "ack", own["fingerprint"], "--reason", "as agreed", "--until", "2999-12-31")
    for _ in range(2):
        after = waiting(place, "--full", "--flag", "--yes")
        assert (after["fingerprint"], after["state"]) == (before["fingerprint"], "acknowledged")


def test_what_was_found_of_a_customer_waits_until_somebody_says_who_took_its_place(place: Place) -> None:
    """Open as it was, and said so; of one whose place nobody took: gone after two looks."""
    place.run("invoices", "check")
    place.merge(LAKE, HEIR)
    message = place.erp("mail.message", "search", domain=[["model", "=", "res.partner"], ["res_id", "=", int(HEIR)]])
    place.erp("mail.message", "unlink", ids=message, key=COLLEAGUE_TOKEN)
    for _ in range(3):
        text = place.run("invoices", "check", "--full").said
        assert f"closedwon link {LAKE} heir=" in text
        states = {(finding["customer"], finding["state"]) for finding in findings(place)}
        assert (LAKE, "open") in states
    assert place.run("link", LAKE, "heir=none").code == 0
    for _ in range(2):
        place.run("invoices", "check", "--full")
    assert LAKE not in {finding["customer"] for finding in findings(place)}


def findings(place: Place) -> list[Any]:
    found: list[Any] = place.run("invoices", "check", "--json").document["findings"]
    return [finding for finding in found if finding["state"] != "resolved"]


def test_a_deal_that_lost_its_customer_gets_no_second_one(place: Place) -> None:
    """The company was deleted, and the opportunity names nobody but in words."""
    (company,) = place.erp("res.partner", "create", vals_list=[{"name": "Kurzlebig AG", "is_company": True}])
    deal = another_deal(place, str(company))
    made = ids(place.set_up(deal, "--yes"))
    place.erp("crm.lead", "write", ids=[int(deal)], vals={"partner_id": False, "partner_name": "Kurzlebig AG"})
    place.erp("res.partner", "unlink", ids=[company], key=COLLEAGUE_TOKEN)
    place.requests()
    asked = place.setup(deal, "--yes")
    assert (asked.code, place.nothing_was_written()) == (4, True)
    assert f"closedwon link {company} heir=" in asked.said
    assert place.run("link", str(company), f"heir={HEIR}", "--reason", "bought").code == 0
    ended = place.setup(deal, "--yes")
    assert (ended.code, "Give the deal its customer in the CRM" in ended.said) == (4, True)
    place.erp("crm.lead", "write", ids=[int(deal)], vals={"partner_id": int(HEIR)})
    assert {**ids(place.set_up(deal, "--yes")), "customer": ""} == {**made, "customer": ""}


def test_a_merge_in_the_middle_of_a_set_up_leaves_nothing_twice(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came after the deal was read and planned: what was then made bears the old key, until the next run."""
    place.without_people()
    begin = flow._Deal.begin

    def merged(deal: Any, shown: Any) -> None:
        if shown.deal.id == "42":
            monkeypatch.setattr(flow._Deal, "begin", begin)
            merge(place)
        begin(deal, shown)

    monkeypatch.setattr(flow._Deal, "begin", merged)
    place.setup("42", "--yes")
    made = marked(place, f"customer:{OLD}")
    assert made
    for _ in range(2):
        place.setup("--won", "--yes")
    assert (marked(place, f"customer:{OLD}"), set(made) <= set(marked(place, f"customer:{HEIR}"))) == ([], True)
    assert len(marked(place, f"customer:{HEIR}")) == 3


def test_what_an_earlier_release_made_for_a_deal_of_one_that_is_gone_is_its_heirs_too(place: Place) -> None:
    """Its marks say the deal alone, and the heir was asked about its own deals long before."""
    place.without_people()
    made = ids(place.set_up("43", "--yes"))
    heirs = another_deal(place, HEIR)
    with contextlib.closing(sqlite3.connect(place.folder / ".closedwon" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("insert into meta (name, value) values (?, '')", [f"former erp {HEIR}"])
    as_deals(place, "organization", made["organization"], "deal:43")
    made_then(place)
    place.merge(made["customer"], HEIR)
    assert step(place.set_up("43", "--yes"), "organization")["id"] == made["organization"]
    assert step(place.set_up(heirs, "--yes"), "organization")["id"] == made["organization"]
    assert made["organization"] in marked(place, f"customer:{HEIR}")


def as_deals(place: Place, kind: str, number: str, mark: str) -> None:
    """Mark one of Jira's objects as the first release did."""
    requests.put(
        f"{place.sandbox.url}/jira/rest/servicedeskapi/{kind}/{number}/property/closedwon",
        json={"key": mark},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    ).raise_for_status()


JONAS, PETER = 414, 412
"""Contacts of the old customer."""


def inside(place: Place, made: dict[str, str]) -> dict[str, set[str]]:
    """By step, the addresses of all but us who are in these objects: members, invited, rows of the contact table."""
    state = place.state()
    address = {user["accountId"]: user["email"] for user in state["jira"]["user"]}
    (organization,) = [
        organization
        for organization in state["jira"]["organization"]
        if str(organization["id"]) == made["organization"]
    ]
    (page,) = [page for page in state["wiki"]["page"] if str(page["id"]) == made["page"]]
    emails = {user["metadata"]["name"]: user["status"]["email"] for user in state["panel"]["user"]}
    logins = {user: email for user, email in emails.items() if "acme" not in email}
    panel = {
        logins[user["name"]]
        for members in state["panel"]["organizationmembers"]
        if members["metadata"]["namespace"] == made["panel"]
        for user in members["spec"].get("userRefs") or ()
        if user["name"] in logins
    }
    panel |= {
        invitation["spec"]["email"]
        for invitation in state["panel"]["invitation"]
        if made["panel"] in {target.get("namespace") for target in invitation["spec"]["targetRefs"]}
    }
    rows = set(re.findall(r"[\w.]+@[\w.-]+\.example", page["body"].partition("<h2>Contacts</h2>")[2]))
    return {"organization": {address[user] for user in organization["users"]}, "panel": panel, "page": rows}


def passes(place: Place) -> None:
    """The full runs of some days, however many they take out."""
    for _ in range(3):
        assert place.run("contacts", "sync", "--yes", "--full", "--limit", "archives=50").code == 0


@pytest.fixture
def both(place: Place) -> tuple[Place, dict[str, str], dict[str, str]]:
    """The heir has objects and people of its own; nobody has answered which count, and there is no day of grace.

    Of the old customer's people one has an account in the panel: its id is the same in either organization.
    """
    place.edit("[erp]", "[contacts]\ngrace_days = 0\n\n[erp]")
    register(place.sandbox.server.world, "jonas", "jonas.keller@mueller-soehne.example", "Jonas Keller")
    made = ids(place.set_up("42", "--yes"))
    mine = ids(place.set_up(another_deal(place, HEIR), "--yes"))
    place.run("contacts", "sync", "--yes")
    merge(place)
    syncs(place)
    return place, made, mine


def leave(place: Place) -> set[str]:
    """One is archived in the ERP, one deleted, who had two addresses."""
    place.erp("res.partner", "write", ids=[JONAS], vals={"active": False})
    place.erp("res.partner", "unlink", ids=[PETER], key=COLLEAGUE_TOKEN)
    return {f"{name}@mueller-soehne.example" for name in ("jonas.keller", "peter.graf", "buchhaltung")}


def test_who_left_while_the_question_was_open_is_out_of_the_place_that_is_chosen_then(both: Any) -> None:
    """Nobody is out before, but for whom a person revokes; then all who belong are in it, and the heir's is empty."""
    place, made, mine = both
    before, old = inside(place, mine), inside(place, made)
    out = leave(place)
    passes(place)
    assert inside(place, made) == old
    remaining = {name: people - out for name, people in before.items()}
    assert inside(place, mine) == remaining
    assert all(people & out for people in old.values())
    assert place.run("contacts", "revoke", PEOPLE, "--yes").code == 0
    assert inside(place, made) == {name: people - {PEOPLE} for name, people in old.items()}
    remaining = {name: people - {PEOPLE} for name, people in remaining.items()}
    assert inside(place, mine) == remaining
    chosen = {name: made[name] for name in old} | {"links": made["page"]}
    assert place.run("link", "42", *(f"{name}={number}" for name, number in chosen.items())).code == 0
    assert {**ids(place.set_up("42", "--yes")), "customer": OLD} == {**made, "customer": OLD}
    passes(place)
    assert inside(place, made) == remaining
    assert not any(inside(place, mine).values())


@pytest.mark.parametrize("word", ["at once", "after one place was taken over"])
def test_where_the_heirs_own_count_everybody_leaves_what_the_gone_customer_had(both: Any, word: str) -> None:
    """Out of each of its places after the grace period; of one that is the heir's by then, who is none of its own."""
    place, made, mine = both
    before, old, taken = inside(place, mine), inside(place, made), set()
    out = leave(place)
    passes(place)
    assert inside(place, made) == old
    if word != "at once":
        taken = {"organization", "panel"}
        place.run("link", "42", *(f"{name}={made[name]}" for name in taken))
        place.set_up("42", "--yes")
    assert place.run("link", OLD, "heir=none").code == 0
    passes(place)
    remaining = {name: people - out for name, people in before.items()}
    assert inside(place, made) == {name: remaining[name] if name in taken else set() for name in before}
    assert inside(place, mine) == {name: set() if name in taken else remaining[name] for name in before}


def ledger_rows(place: Place) -> dict[str, list[Any]]:
    """All rows of all tables of the ledger."""
    (file,) = (place.folder / ".closedwon").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as opened:
        tables = [name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")]
        return {name: opened.execute(f"select * from {name}").fetchall() for name in tables}  # noqa: S608  (its tables)


@pytest.mark.parametrize("becomes", [merge, delete])
def test_a_dry_run_leaves_every_row_of_the_ledger_as_it_is(own: Any, becomes: Any) -> None:
    """Before anybody has looked, while the question is open, and once all is the heir's but for its people."""
    place, _ = own
    becomes(place)

    def look() -> None:
        before = ledger_rows(place)
        for command in (("contacts", "sync", "-n", "--full"), ("setup", "42", "-n"), ("setup", "--won", "-n")):
            place.run(*command)
            assert ledger_rows(place) == before, command

    look()
    if becomes is delete:
        assert place.run("link", OLD, f"heir={HEIR}").code == 0
        look()
    place.set_up("42", "--yes")
    look()


def test_the_ledger_names_nobody_who_may_be_an_heir(own: Any) -> None:
    """A private person is named where the question is asked, read live; and an answer is about who was known."""
    place, _ = own
    (person,) = place.erp("res.partner", "create", vals_list=[{"name": "Petra Privat", "is_company": False}])
    place.merge(OLD, str(person))
    about = place.erp("mail.message", "search", domain=[["model", "=", "res.partner"], ["res_id", "=", person]])
    place.erp("mail.message", "unlink", ids=about, key=COLLEAGUE_TOKEN)
    place.run("contacts", "sync", "--yes", "--full")
    for asked in (place.setup("42", "--yes"), place.run("contacts", "problems")):
        assert f"it could be {person} “Petra Privat” (" in asked.said
    place.run("invoices", "check")
    assert [name for name, rows in ledger_rows(place).items() if "Petra" in str(rows)] == []
    before = ledger_rows(place)
    refused = place.run("link", "42", f"heir={person}")
    assert (refused.code, f"42 is a deal, of the customer {OLD}" in refused.said) == (4, True)
    assert f"closedwon link {OLD} heir={person}" in refused.said
    unknown = place.run("link", "987654", "heir=none")
    assert (unknown.code, "nothing is known of a customer 987654" in unknown.said) == (4, True)
    assert ledger_rows(place) == before
    assert place.run("link", "987654", "heir=none", "--reason", "the ledger was lost").code == 0
    assert place.run("link", OLD, f"heir={person}").code == 0


def test_that_the_heir_is_archived_is_reported_with_the_ways_out(own: Any) -> None:
    place, made = own
    place.set_up("44", "--yes")  # an ERP that shows nobody at all is another matter
    merge(place)
    place.erp("res.partner", "write", ids=[int(HEIR)], vals={"active": False})
    before = people(places(place)[made["organization"]])
    syncs(place)
    known = place.run("contacts", "problems").said
    assert f"{HEIR} took its place (merged into it in Odoo on" in known
    assert "which is archived there itself. Its people stay as they are" in known
    assert people(places(place)[made["organization"]]) == before != set()
    assert f"Restore {HEIR} in the ERP, then: closedwon setup 42" in known
    assert f"If they are to leave: closedwon link {OLD} heir=none" in known
    assert place.run("link", OLD, "heir=none").code == 0
    for _ in range(2):
        place.run("contacts", "sync", "--yes", "--full", "--limit", "archives=50")
    assert people(places(place)[made["organization"]]) == set()


def test_the_gone_customer_and_its_heir_may_be_named_as_people_call_them(own: Any) -> None:
    """The one by the name that was kept of it, the other by its name or its page's link in the ERP."""
    place, _ = own
    delete(place)
    assert place.setup("42", "--yes").code == 4
    text = place.run("link", "müller söhne", "heir=Nordlicht Holding").said
    assert f"“Nordlicht Holding SE” ({HEIR}) took the place of the customer {OLD}." in text
    page = f"{place.sandbox.url}/erp/odoo/res.partner/{HEIR}"
    assert f"({HEIR}) took the place of the customer {OLD}." in place.run("link", OLD, f"heir={page}").said
