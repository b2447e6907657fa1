"""`closedwon contacts link`, `revoke`, `forget`, `problems` and `report`, as their users meet them."""

from __future__ import annotations

import re
import sqlite3

import pytest

from tests.cli.place import Place

BAD = "nadja at mueller-soehne"


@pytest.fixture
def in_step(place: Place) -> Place:
    """Customer 101 is set up with its people."""
    place.setup("42", "--yes")
    place.requests()
    return place


def email_of(place: Place, contact: int) -> str:
    (row,) = place.erp("res.partner", "read", ids=[contact], fields=["email"])
    place.requests()
    return str(row["email"])


def test_a_person_who_is_revoked_is_out_everywhere_and_stays_out_until_that_is_undone(in_step: Place) -> None:
    email = email_of(in_step, 411)
    shown = in_step.run("contacts", "revoke", email)
    assert shown.code == 3
    assert "    - Nadja Brunner  Jira, Panel, Wiki: revoked" in shown.out
    assert "no other emergency contact" in shown.said
    assert f"  closedwon contacts revoke {email} --yes\n  or with --plan " in shown.err
    assert in_step.nothing_was_written()
    done = in_step.run("contacts", "revoke", email, "--yes")
    assert done.code == 0
    assert "Contacts: 1 person taken out (revoked)" in done.out
    assert "nothing to do; 9 in step" in in_step.run("contacts", "sync", "101", "--yes").out
    undone = in_step.run("contacts", "revoke", email.upper(), "--undo")
    assert (undone.code, "Next: closedwon contacts sync" in undone.out) == (0, True)
    assert "1 person new in 3 systems" in in_step.run("contacts", "sync", "101", "--yes").out


def test_a_person_who_is_forgotten_is_out_and_it_is_told_where_they_still_appear(in_step: Place) -> None:
    email = email_of(in_step, 411)
    ended = in_step.run("contacts", "forget", email, "--yes")
    assert ended.code == 0
    assert "1 person taken out" in ended.said
    assert "The person still appears here:" in ended.out
    assert "contact 411" in ended.said
    held = b"".join(file.read_bytes() for file in (in_step.folder / ".closedwon").glob("ledger.sqlite*"))
    assert email.encode() not in held


@pytest.mark.parametrize("text", ["beat", "beat@x", "a@b.example, c@d.example", "", "@", "a b@c.example"])
@pytest.mark.parametrize("command", ["revoke", "forget"])
def test_what_is_not_one_address_is_refused_before_anything_is_contacted(place: Place, command: str, text: str) -> None:
    ended = place.run("contacts", command, text, "--yes")
    assert ended.code == 2
    assert "is not one e-mail address" in ended.said
    assert place.requests() == []


def test_an_address_that_nobody_knows_is_said_to_be_so_with_where_it_was_looked_for(place: Place) -> None:
    email = "nobody@nowhere.example.com"
    undone = place.run("contacts", "revoke", email, "--undo")
    assert undone.code == 4
    assert "nobody with this address" in undone.said
    for command in ("revoke", "forget"):
        ended = place.run("contacts", command, email, "--yes")
        assert ended.code == 0
        assert "no organization and no page with our mark in Jira, APPUiO Control API and Confluence" in ended.said
    assert place.nothing_was_written()


@pytest.mark.parametrize(
    ("system", "like"), [("jira", "an account's id"), ("panel", "a user's name"), ("wiki", "the row's id")]
)
def test_what_is_no_account_is_refused_before_anything_is_contacted(place: Place, system: str, like: str) -> None:
    ended = place.run("contacts", "link", "201", f"{system}=../../x?y=z")
    assert ended.code == 4
    assert f"{system}: “" in ended.said
    assert like in ended.said
    assert place.requests() == []


def test_with_a_lost_ledger_who_is_revoked_is_out_and_a_system_that_is_down_is_named(in_step: Place) -> None:
    """The exit code says that it is not all done, and the next sync is the one that goes on with it."""
    email = email_of(in_step, 411)
    for file in (in_step.folder / ".closedwon").glob("ledger.*"):
        file.unlink()
    in_step.fault(do="status", system="jira", status=503, times=999)
    ended = in_step.run("contacts", "revoke", email, "--yes")
    assert ended.code == 1
    assert "- Nadja Brunner  Panel, Wiki: revoked" in ended.out
    assert "Jira could not be looked through" in ended.said
    assert "1 system not looked through" in ended.said
    in_step.fixed()
    ended = in_step.run("contacts", "sync", "--yes")
    assert (ended.code, "- Nadja Brunner  Jira: revoked" in ended.out) == (0, True)
    assert "nothing to do" in in_step.run("contacts", "revoke", email, "--yes").said


def test_undo_takes_nothing_that_is_for_a_plan(place: Place) -> None:
    ended = place.run("contacts", "revoke", "eva@acme.example.com", "--undo", "--yes")
    assert (ended.code, place.requests()) == (2, [])
    assert "--undo writes only our own memory" in ended.said


def test_whoever_is_never_to_be_in_a_system_is_taken_out_of_the_next_plan(place: Place) -> None:
    text = place.settings.read_text(encoding="utf-8")
    place.without_people()
    place.setup("42", "--yes")
    place.settings.write_text(text, encoding="utf-8")
    ended = place.run("contacts", "link", "414", "panel=never", "wiki=never", "--reason", "has another account")
    assert ended.code == 0
    assert "never gets a membership" in ended.said
    assert "Next: closedwon contacts sync" in ended.out
    assert "    + Jonas Keller   Jira: technical" in place.run("contacts", "sync", "101").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("201", "jirra=1"), "there is no system jirra that has the customers' people; there are: jira, panel, wiki"),
        (("201", "erp=1"), "there is no system erp"),
        (("201", "jira"), "jira is not SYSTEM=ID or SYSTEM=never"),
        (("201", "jira="), "is not SYSTEM=ID"),
        (("201", "jira=1|2"), "choose one of them"),
        (("201",), "Missing argument"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_before_anything_is_contacted(
    place: Place, arguments: tuple[str, ...], sentence: str
) -> None:
    ended = place.run("contacts", "link", *arguments)
    assert ended.code == 2
    assert sentence in ended.said
    assert place.requests() == []


def test_a_contact_that_is_not_there_can_not_be_linked(place: Place) -> None:
    ended = place.run("contacts", "link", "99999", "jira=never")
    assert ended.code == 4
    assert "there is no contact 99999" in ended.said
    assert place.nothing_was_written()


def test_a_row_that_can_not_be_synced_is_listed_with_its_name_its_reason_and_who_mends_it(in_step: Place) -> None:
    in_step.erp("res.partner", "write", ids=[411], vals={"email": BAD})
    assert "1 to fix" in in_step.run("contacts", "sync", "101", "--yes").said
    ended = in_step.run("contacts", "problems")
    assert ended.code == 0
    assert re.search(r"^Müller & S\S* .*411 +Nadja Brunner +all +.*Reto Frei$", ended.out, re.MULTILINE)
    assert "its e-mail in the ERP is no address" in ended.said
    assert "1 row to fix" in ended.said
    (document,) = in_step.run("contacts", "problems", "--json").document["problems"]
    assert (document["contact"], document["customer"], document["code"]) == ("411", "101", "bad address")
    assert (document["person"], document["manager"]) == ("Nadja Brunner", "Reto Frei")
    nothing = in_step.run("contacts", "problems", "--for", "Lena").out
    assert nothing == "Nothing to fix for an account manager with “Lena” in the name.\n"
    assert "411" in in_step.run("contacts", "problems", "--for", "reto").out


def test_a_report_tells_each_manager_what_changed_for_their_customers_only(in_step: Place) -> None:
    in_step.setup("44", "--yes")
    everything = in_step.run("contacts", "report")
    assert everything.code == 0
    assert everything.out.index("Lena Gerber") < everything.out.index("Rhône Logistique SA (102)")
    assert "    + Nadja Brunner (411): new in Jira, Panel, Wiki, " in everything.out
    assert "    x Inès Roux (417): left out: its e-mail in the ERP is no address" in everything.out
    reto = in_step.run("contacts", "report", "--for", "reto", "--json").document
    assert {entry["customer"] for entry in reto["entries"]} == {"101"}
    assert {entry["what"] for entry in reto["entries"]} == {"create"}
    assert "Nothing has changed" in in_step.run("contacts", "report", "--since", "2999-01-01").out
    assert in_step.run("contacts", "report", "--since", "1d", "--for", "Lena").out.count("(102)") == 1


@pytest.mark.parametrize(("zone", "begins"), [("Pacific/Kiritimati", "T00:00:00+14:00"), ("UTC", "T00:00:00+00:00")])
def test_a_report_since_a_day_begins_with_the_companys_day(place: Place, zone: str, begins: str) -> None:
    place.edit("[erp]", f'[calendar]\nzone = "{zone}"\n\n[erp]')
    assert place.run("contacts", "report", "--since", "2026-11-01", "--json").document["since"] == f"2026-11-01{begins}"
    assert "since Sun 1 Nov" in place.run("contacts", "report", "--since", "2026-11-01").out


def test_in_a_report_who_came_back_stands_below_having_left(in_step: Place) -> None:
    email = email_of(in_step, 411)
    in_step.run("contacts", "revoke", email, "--yes")
    in_step.run("contacts", "revoke", email, "--undo")
    in_step.run("contacts", "sync", "101", "--yes")
    starts = [line[:22] for line in in_step.run("contacts", "report").out.splitlines() if "(411)" in line]
    assert starts == ["    + Nadja Brunner (4", "    - Nadja Brunner (4", "    + Nadja Brunner (4"]


@pytest.mark.parametrize("text", ["yesterday", "d", "-3d", "99999d", "2026-13-01", "", "٣d"])
def test_a_day_that_is_none_is_refused(place: Place, text: str) -> None:
    ended = place.run("contacts", "report", "--since", text)
    assert ended.code == 2
    assert "is no day such as 2026-11-30" in ended.said


def test_reading_our_memory_writes_nothing_and_keeps_no_name(in_step: Place) -> None:
    in_step.run("contacts", "problems")
    in_step.run("contacts", "report")
    assert in_step.nothing_was_written()
    with sqlite3.connect(in_step.folder / ".closedwon" / "ledger.sqlite") as ledger:
        text = "\n".join(ledger.iterdump())
    ledger.close()
    assert "Nadja" not in text
    assert "mueller-soehne.example" not in text


def test_names_that_can_not_be_read_are_said_to_be_the_reason(in_step: Place) -> None:
    in_step.system("erp", "patience = 0.1")
    in_step.fault(system="erp", do="status", status=503, times=1000)
    ended = in_step.run("contacts", "report")
    assert ended.code == 1
    assert "Odoo" in ended.said


def test_a_broken_playbook_keeps_nobody_from_following_the_erp(place: Place) -> None:
    (place.folder / "playbooks").mkdir()
    (place.folder / "playbooks" / "service.toml").write_text("[page]\nresource = 7\n", encoding="utf-8")
    assert place.run("contacts", "problems").code == 0
    assert place.run("setup", "42", "-n").code == 2


def test_an_owner_of_no_field_is_told_before_anything_is_contacted(place: Place) -> None:
    settings = place.folder / "closedwon.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[wiki]\n", '[wiki]\nowners = { "contact.fax" = "ours" }\n'), encoding="utf-8")
    ended = place.run("contacts", "problems")
    assert (ended.code, "owners.contact.fax" in ended.said) == (2, True)
    assert not place.requests()
