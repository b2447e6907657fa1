"""Generated contacts: their names, their functions, and the faults of their addresses."""

from __future__ import annotations

from integrations.sandbox.made_up import Country, plain
from integrations.sandbox.seeded_contacts import SeededContact

_GIVEN = (
    *("Ada", "Beat", "Chloé", "Dörte", "Éva", "Fritz", "Grażyna", "Håkon", "Inès", "Jörg", "Katarzyna", "Łucja"),
    *("Małgorzata", "Noël", "Óscar", "Przemysław", "Regula", "Søren", "Tobias", "Ueli", "Vreni", "Włodek", "Zofia"),
)
_ELSEWHERE = (
    *(("Ελένη Νικολάου", "eleni"), ("佐藤 健", "ken.sato"), ("ليلى حداد", "leila.haddad")),
    *(("Дмитро Шевченко", "dmytro"), ("שירה לוי", "shira.levi"), ("Nguyễn Thị Hà", "ha.nguyen")),
)
_KINDS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    *(("DevOps Engineer", ("Technical",)), ("Buchhaltung", ("Billing",)), (None, ())),
    *(("Leiter IT", ("Technical", "Emergency")), (None, ()), ("CEO", ("Sponsor",)), ("Product Owner", ())),
    *(("Comptabilité", ("Billing",)), (None, ("Technical",)), ("Pikett", ("Emergency",)), ("Assistenz", ())),
)
_MAILBOXES = ("info", "support", "office", "billing", "noc", "kontakt", "team", "security")
_PHONES = {
    "CH": ("+41 44 555 {0:02} {1:02}", "044 555 {0:02} {1:02}", "+41 (0)79 555 {0:02} {1:02}", None),
    "DE": ("+49 30 555{0:02}{1:02}", "030/555 {0:02} {1:02}", "0049 30 555{0:02}{1:02}", None),
    "PL": ("+48 12 555 {0:02} {1:02}", "12 555 {0:02} {1:02}", "(12) 555-{0:02}-{1:02}", None),
}
_THOUSAND, _STEP, _SHIFT = 1000, 617, 389
"""Shares are of each thousand contacts; the steps are coprime to it. Neighbours, who share people, have one shift."""
_SHARED = range(20)
_MALFORMED = range(20, 25)
_OF_TWO_COMPANIES = range(25, 57)
"""More than are meant: of some the counterpart would be at a neighbour that is too small to have one."""
_ARCHIVED = range(57, 67)


def contact(number: int, parent: int, place: int, company: tuple[int, Country, str]) -> SeededContact:
    """The contact of this number, the `place`th of its company; `company`: which one, where, and its domain."""
    index, country, domain = company
    chance = (place * _STEP + index // 2 * _SHIFT) % _THOUSAND
    name, local = _person(number, place, country)
    email = f"{local}@{domain}"
    if chance in _SHARED:
        name, email = "Team", _mailbox(place, domain)
    elif chance in _MALFORMED:
        email = (f"{local}(at){domain}", f"{local}@", f"{local} {domain}", f"@{domain}")[number % 4]
    elif chance in _OF_TWO_COMPANIES:
        name, email = f"Kim Berater {index // 2}-{place}", f"kim.{index // 2}.{place}@consulting.example"
    position, tags = _KINDS[place % len(_KINDS)]
    pattern = _PHONES[country.code][number % 4]
    return SeededContact(
        number,
        parent,
        name,
        email,
        position,
        tags,
        pattern.format(number % 97, number // 97 % 89) if pattern else None,
        lang=country.lang,
        active=chance not in _ARCHIVED,
    )


def _person(number: int, place: int, country: Country) -> tuple[str, str]:
    """Name, and what stands before the @ of an address that nobody else in the company has."""
    if number % 23 == 0:
        name, local = _ELSEWHERE[place % len(_ELSEWHERE)]
        return name, f"{local}.{place}"
    given, family = _GIVEN[number % len(_GIVEN)], country.names[place % len(country.names)]
    return f"{given} {family}", f"{plain(given)}.{plain(family)}.{place}"


def _mailbox(place: int, domain: str) -> str:
    turn, box = divmod(place, len(_MAILBOXES))
    return f"{_MAILBOXES[box]}@{f'site{turn}.' if turn else ''}{domain}"
