"""`closedwon.toml`: every fault at once, with its place and without its value; nothing contacted."""

from __future__ import annotations

import pytest

from config.settings import read
from tests.cli.place import Ended, Place, run

SECRET = "hunter2-Zx81"


def refused(place: Place, *arguments: str) -> Ended:
    """A command that ends because of the settings, before anything was contacted."""
    ended = place.run(*(arguments or ("setup", "42", "--yes")))
    assert (ended.code, ended.out) == (2, "")
    assert place.requests() == []
    assert SECRET not in ended.err
    return ended


@pytest.mark.parametrize("command", ["check", "deals", "status", "setup --won --yes", "setup 42 --json", "link 42 a=b"])
def test_without_settings_every_command_says_so_and_names_init(
    command: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.delenv("CLOSEDWON_CONFIG", raising=False)
    ended = run(*command.split())
    assert (ended.code, ended.out) == (2, "")
    assert "closedwon.toml" in ended.err
    assert "there is no such file" in ended.err
    assert "closedwon init" in ended.err


@pytest.mark.parametrize(
    ("old", "new", "place_of_it", "message"),
    [
        ("service_desk =", "service_dsk =", "[jira] service_dsk", "did you mean service_desk?"),
        ("deals_since", "deals_sinse", "deals_sinse", "did you mean deals_since?"),
        ("[erp]", "[contacts]\nothrwise = 1\n[erp]", "contacts.othrwise", "did you mean otherwise?"),
        (
            "[erp]",
            '[contacts]\nmemberships = { billing = ["jirra"] }\n[erp]',
            "contacts.memberships.billing",
            "names a system that has no section",
        ),
        ("creates =", "crates =", "limits.crates", "did you mean creates?"),
        ("[erp]", '[calendar]\nzone = "Europe/Zürich"\n[erp]', "calendar.zone", "did you mean Europe/Zurich"),
        ("[erp]", '[calendar]\nzone = ""\n[erp]', "calendar.zone", "is no time zone, such as Europe/Zurich"),
        ("[erp]", '[calendar]\ncountry = "ch"\n[erp]', "calendar.country", "did you mean CH?"),
        ("[erp]", '[calendar]\ncountry = "Schweiz"\n[erp]', "calendar.country", "no country whose holidays are known"),
        ("[erp]", '[calendar]\ncountry = "CH"\ncanton = "ZÜ"\n[erp]', "calendar.canton", "no part of CH"),
        ("[erp]", '[calendar]\ncanton = "ZH"\n[erp]', "calendar.canton", "needs the country"),
        ("[erp]", "[calendar]\nweekdays = []\n[erp]", "calendar.weekdays", "at least 1 item"),
        ("[erp]", '[calendar]\nweekdays = ["Mo"]\n[erp]', "calendar.weekdays.0", "'mon', 'tue'"),
        (
            "[erp]",
            "[calendar]\noff = [{ from = 2026-12-28, to = 2026-12-24 }]\n[erp]",
            "calendar.off.0.to",
            "the first day or later",
        ),
        ("[limits]", "[limit]", "[limit]", "did you mean [limits]?"),
        ('adapter = "jira"', 'adapter = "jirra"', "[jira] adapter", "no adapter of this name; there are: appuio"),
        ('adapter = "jira"\n', "", "[jira]", "says no `adapter`"),
        ('mode = "write"', f'mode = "{SECRET}"', "[erp] mode", "'read', 'ask' or 'write'"),
        ("settle = 1", f'settle = "{SECRET}"', "[erp] settle", "valid number"),
        ("patience = 5", "patience = -1", "[erp] patience", "greater than or equal to 0"),
        ('key = { file = ".closedwon/sandbox-token" }', f'key = "{SECRET}"', "[erp] key", "where the secret is"),
        (
            'key = { file = ".closedwon/sandbox-token" }',
            f'key = {{ file = "a", env = "{SECRET}" }}',
            "[erp] key",
            "exactly one",
        ),
        (
            'key = { file = ".closedwon/sandbox-token" }',
            f'key = {{ value = "{SECRET}" }}',
            "[erp] key.value",
            "no such key",
        ),
        ('url = "http://', f'url = "http://deploy:{SECRET}@', "[erp] url", "must hold no user and no password"),
        ('/jira"', f'/jira?token={SECRET}"', "[jira] url", "must end before ? and #"),
        ("deals_since = 2026-01-01", f'deals_since = "{SECRET}"', "deals_since", "date"),
        ("deals_since = 2026-01-01", f'deals = "{SECRET}"', "deals", "names a system that has no section"),
        ('service_desk = "1"', f'service_desk = "{SECRET}"', "[jira] service_desk", "a form that is not allowed"),
        ('technical = "OPS"', f'technical = "{SECRET}"', "[jira] projects.technical", "a form that is not allowed"),
        ('space = "KUNDEN"\n', "", "[wiki] space", "is missing"),
        ("deals_since = 2026-01-01", f"deals_since = {SECRET}", "", "is not TOML: "),
        ("[ledger]", "[erp]", "", "is not TOML: "),
    ],
)
def test_a_fault_is_told_with_its_place_and_without_its_value(
    place: Place, old: str, new: str, place_of_it: str, message: str
) -> None:
    place.edit(old, new)
    ended = refused(place)
    assert f"{place.settings}{': ' if place_of_it else ''}{place_of_it}\n" in ended.err
    assert message in ended.said


def test_an_address_that_is_none_is_a_fault_that_does_not_show_it(place: Place) -> None:
    """A token is easily pasted into an address."""
    place.edit(f'url = "{place.sandbox.url}/erp"', f'url = "ftp://{SECRET}@acme.example"')
    assert f"{place.settings}: [erp] url\n" in refused(place).err


def test_all_faults_are_told_at_once(place: Place) -> None:
    place.edit("deals_since", "deals_sinse")
    place.edit('mode = "write"', 'mode = "wirte"', 4)
    place.edit("service_desk", "service_dsk")
    place.edit('key = { file = ".closedwon/sandbox-token" }', f'key = "{SECRET}"')
    err = refused(place).err
    for fault in (
        "deals_sinse",
        "[erp] mode",
        "[erp] key",
        "[jira] mode",
        "[jira] service_desk",
        "[jira] service_dsk",
        "[panel] mode",
        "[wiki] mode",
    ):
        assert f"{place.settings}: {fault}\n" in err


def test_a_fault_is_no_document_on_stdout(place: Place) -> None:
    place.edit("deals_since", "deals_sinse")
    refused(place, "setup", "42", "--json")
    refused(place, "deals", "--json")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"deals_since = 2026-01-01\n"])
def test_a_file_that_says_nothing_is_a_fault(place: Place, content: bytes) -> None:
    place.settings.write_bytes(content)
    assert str(place.settings) in refused(place).err


def test_a_folder_in_the_files_place_is_a_fault(place: Place) -> None:
    assert run("check", "--config", str(place.folder)).code == 2


def test_without_a_system_that_has_deals_there_are_none_to_set_up(place: Place) -> None:
    text = place.settings.read_text(encoding="utf-8")
    head, _, remainder = text.partition("[erp]\n")
    place.settings.write_text(
        f'{head}[erp]\nadapter = "none"\n\n[jira]{remainder.partition("[jira]")[2]}', encoding="utf-8"
    )
    ended = refused(place, "deals")
    assert "no system here has deals" in ended.said or "switched off" in ended.said


def test_of_two_systems_with_deals_one_has_to_be_named(place: Place) -> None:
    text = place.settings.read_text(encoding="utf-8")
    erp = text.partition("[erp]\n")[2].partition("\n[")[0]
    place.settings.write_text(f"{text}\n[crm]\n{erp}", encoding="utf-8")
    assert "several systems have deals; say which" in refused(place, "deals").said
    place.settings.write_text(f'deals = "erp"\n{text}\n[crm]\n{erp}', encoding="utf-8")
    assert place.run("deals").code == 0


def test_what_the_file_names_is_relative_to_the_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = place.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert place.setup("42", "--yes").code == 0
    assert list(elsewhere.iterdir()) == []
    assert (place.folder / ".closedwon" / "ledger.sqlite").exists()


def test_the_ledger_is_in_the_users_state_folder_unless_the_file_says_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    place.edit('[ledger]\nfile = ".closedwon/ledger.sqlite"\n', "")
    assert place.setup("42", "--yes").code == 0
    (ledger,) = (place.folder / "state" / "closedwon").glob("*/ledger.sqlite")
    assert ledger.stat().st_mode & 0o777 == 0o600


def test_two_installations_do_not_share_a_ledger(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was tried out on a test system is not done in earnest."""
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    place.edit('[ledger]\nfile = ".closedwon/ledger.sqlite"\n', "")
    here = read(place.settings).ledger
    place.edit("/erp", "/elsewhere")
    assert read(place.settings).ledger != here


def test_a_ledger_that_is_none_is_refused_and_left_alone(place: Place) -> None:
    place.write(".closedwon/ledger.sqlite", "not a database").chmod(0o600)
    ended = place.run("deals")
    assert ended.code == 1
    assert "is damaged, or no SQLite database at all. Nothing was changed in it." in ended.said
    assert (place.folder / ".closedwon" / "ledger.sqlite").read_text(encoding="utf-8") == "not a database"
