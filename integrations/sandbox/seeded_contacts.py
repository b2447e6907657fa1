"""The people of the seeded customers, as people keep them: tags, job positions, and what goes wrong with addresses.

Ids are fixed, as those of the companies are.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

TAGS = {"Technical": 5, "Billing": 6, "Emergency": 7, "Sponsor": 8}
"""What the ERP's contacts are tagged with, besides the tags that companies have."""


@dataclasses.dataclass(frozen=True)
class SeededContact:
    """A contact below a company, or below a part of it such as a project. Texts are as somebody typed them."""

    id: int
    parent: int
    name: str
    email: str | None = None
    position: str | None = None
    tags: tuple[str, ...] = ()
    phone: str | None = None
    type: Literal["contact", "invoice", "delivery", "other"] = "contact"
    lang: str = "de_CH"
    active: bool = True


KNOWN = {
    201: ("Geschäftsleitung", ("Sponsor",)),
    202: ("Directrice technique", ("Technical",)),
    206: ("Einkauf", ()),
}
"""Job position and tags of the companies' own contacts in `seed.COMPANIES`."""

CONTACTS = (
    SeededContact(
        411,
        101,
        "Nadja Brunner",
        "nadja.brunner@mueller-soehne.example",
        "Leiterin IT",
        ("Technical", "Emergency"),
        "052 555 01 02",
    ),
    SeededContact(
        412,
        101,
        "Peter Graf",
        "peter.graf@mueller-soehne.example, buchhaltung@mueller-soehne.example",
        "Buchhaltung",
        ("Billing",),
        "+41 (0)52 555 01 03",
    ),
    SeededContact(413, 101, "Webshop", type="other"),
    SeededContact(
        414,
        413,
        "Jonas Keller",
        "jonas.keller@mueller-soehne.example",
        "DevOps Engineer",
        ("Technical",),
        "+41 79 555 01 04",
    ),
    SeededContact(415, 101, "Lena Gerber", "lena.gerber@acme.example", "Account Manager (Acme)"),
    SeededContact(
        416, 102, "Luc Martin", "luc.martin@rhone-logistique.example", "Informatique", ("Technical",), active=False
    ),
    SeededContact(417, 102, "Inès Roux", "ines.roux(at)rhone-logistique.example", "Comptabilité", ("Billing",)),
    SeededContact(
        418,
        102,
        "C. Favre",
        "Chloe.Favre@Rhone-Logistique.example",
        None,
        ("Emergency",),
        "022 555 02 02",
        lang="fr_CH",
    ),
    SeededContact(419, 102, "Markus Zgraggen", "markus@zgraggen-it.example", "IT (extern)", ("Technical",)),
    SeededContact(420, 109, "Markus Zgraggen", "markus@zgraggen-it.example", "Externer Techniker", ("Technical",)),
    SeededContact(
        421,
        105,
        "Ελένη Παπαδοπούλου",
        "eleni@nordlicht.example",
        "Head of Operations",
        ("Technical",),
        "+49 30 555 0121",
        lang="de_DE",
    ),
    SeededContact(422, 106, "佐藤 花子", "hanako.sato@nordlicht.example", "Projektleitung", lang="de_DE"),
    SeededContact(423, 108, "ليلى حداد", "leila.haddad@wolkenhandel.example", "Finance", ("Billing",)),
    SeededContact(424, 108, "Empfang", "info@wolkenhandel.example", phone="044 555 08 08"),
    SeededContact(
        425,
        106,
        "Jürgen Groß",
        "juergen.gross@nordlicht.example",
        "Pikett",
        ("Emergency",),
        "040/555 12 34-5",
        lang="de_DE",
    ),
    SeededContact(
        426, 107, "Łucja Wiśniewska", "lucja@zolta-lodz.example", "Główna księgowa", ("Billing",), "12 555 07 26"
    ),
    SeededContact(
        427, 107, "Grzegorz Brzęczyszczykiewicz", "grzegorz@zolta-lodz.example", "CTO", ("Technical",), lang="pl_PL"
    ),
    SeededContact(
        428,
        110,
        "Hélène Aebischer",
        "helene.aebischer@lacnoir.example",
        "Direction",
        ("Sponsor",),
        "026 555 10 10",
        lang="fr_CH",
    ),
    SeededContact(429, 103, "Anna Meier", "anna.meier@alpina-zh.example", "Treuhänderin"),
    SeededContact(430, 104, "Anna Meier", "anna.meier@alpina-gr.example", "Treuhänderin"),
    SeededContact(431, 109, "Lager", "lager@alpblick.example", type="delivery"),
    SeededContact(432, 109, "Hans Bergmann", position="Betriebsleiter", phone="033 555 09 32"),
)
