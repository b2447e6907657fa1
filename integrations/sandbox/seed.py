"""The small world that the sandbox starts with, as every system's seed reads it.

Made-up companies with names as they occur in Switzerland, Germany, Poland and France. Ids are fixed,
so that examples and tests can name them.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

STAFF = {
    "reto.frei@acme.example": "Reto Frei",
    "lena.gerber@acme.example": "Lena Gerber",
    "sandro.bianchi@acme.example": "Sandro Bianchi",
    "zofia.nowak@acme.example": "Zofia Nowak",
    "closedwon@acme.example": "Closedwon",
}
"""Our own people: users of the ERP (salespersons, account managers) and of Jira. Reto and Zofia sell."""


@dataclasses.dataclass(frozen=True)
class Company:
    """A company in the ERP. `invoice_contact`: the id and e-mail of a child contact of type invoice, if any."""

    id: int
    name: str
    street: str
    zip: str
    city: str
    country: str
    lang: str = "de_CH"
    email: str | None = None
    phone: str | None = None
    vat: str | None = None
    parent: int | None = None
    is_customer: bool = False
    account_manager: str | None = None
    invoice_contact: tuple[int, str] | None = None
    contact: tuple[int, str, str] | None = None
    """Id, name and e-mail of one ordinary contact person."""


@dataclasses.dataclass(frozen=True)
class SeededDeal:
    """A deal in the CRM. Without `company` it names a company that the ERP does not have yet (`lead_*`)."""

    id: int
    title: str
    company: int | None
    engagement: Literal["service", "consulting", "project"]
    stage: Literal["open", "won", "lost"]
    currency: str
    one_time: str = "0.00"
    recurring: str = "0.00"
    months: int = 1
    """What `recurring` pays: 1 a month, 12 a year."""
    closed: str | None = None
    salesperson: str = "reto.frei@acme.example"
    lead_name: str | None = None
    lead_contact: str | None = None
    lead_email: str | None = None
    lead_city: str | None = None
    lead_country: str | None = None
    invoiced_to: int | None = None
    """The company that the order's invoice address belongs to, where it is not the customer's own."""


COMPANIES = (
    Company(
        101,
        "Müller & Söhne AG",
        "Technikumstrasse 9",
        "8400",
        "Winterthur",
        "CH",
        email="info@mueller-soehne.example",
        phone="+41 52 555 01 01",
        vat="CHE-101.202.303 MWST",
        contact=(201, "Beat Müller", "beat@mueller-soehne.example"),
    ),
    Company(
        102,
        "Rhône Logistique SA",
        "Rue du Rhône 44",
        "1204",
        "Genève",
        "CH",
        lang="fr_CH",
        email="contact@rhone-logistique.example",
        invoice_contact=(302, "compta@rhone-logistique.example"),
        contact=(202, "Chloé Favre", "chloe.favre@rhone-logistique.example"),
        account_manager="lena.gerber@acme.example",
    ),
    Company(103, "Alpina Treuhand AG", "Bahnhofstrasse 1", "8001", "Zürich", "CH", email="office@alpina-zh.example"),
    Company(104, "Alpina Treuhand AG", "Poststrasse 7", "7000", "Chur", "CH", email="office@alpina-gr.example"),
    Company(
        105,
        "Nordlicht Holding SE",
        "Unter den Linden 5",
        "10117",
        "Berlin",
        "DE",
        lang="de_DE",
        is_customer=True,
        vat="DE123456789",
        invoice_contact=(305, "rechnung@nordlicht.example"),
        account_manager="sandro.bianchi@acme.example",
    ),
    Company(
        106,
        "Nordlicht Energie GmbH",
        "Hafenstraße 12",
        "20457",
        "Hamburg",
        "DE",
        lang="de_DE",
        parent=105,
        email="energie@nordlicht.example",
        contact=(206, "Jörg Weiß", "joerg.weiss@nordlicht.example"),
    ),
    Company(
        107,
        "Żółta Łódź Sp. z o.o.",
        "ul. Długa 3",
        "31-147",
        "Kraków",
        "PL",
        lang="pl_PL",
        email="biuro@zolta-lodz.example",
        vat="PL5260001246",
    ),
    Company(
        108,
        "Wolkenhandel GmbH",
        "Seestrasse 20",
        "8702",
        "Zollikon",
        "CH",
        is_customer=True,
        invoice_contact=(308, "kreditoren@wolkenhandel.example"),
        account_manager="sandro.bianchi@acme.example",
    ),
    Company(109, "Bergbahn Alpblick AG", "Dorfplatz 1", "3818", "Grindelwald", "CH", email="info@alpblick.example"),
    Company(
        110,
        "Fondation Lac Noir",
        "Chemin du Lac 2",
        "1700",
        "Fribourg",
        "CH",
        lang="fr_CH",
        is_customer=True,
        email="fondation@lacnoir.example",
        invoice_contact=(310, "finances@lacnoir.example"),
        account_manager="lena.gerber@acme.example",
    ),
)

DEALS = (
    SeededDeal(42, "Managed hosting", 101, "service", "won", "CHF", "6000.00", "2400.00", closed="2026-11-07"),
    SeededDeal(
        43,
        "Cloud strategy workshop",
        None,
        "consulting",
        "won",
        "CHF",
        "18000.00",
        closed="2026-11-07",
        lead_name="Käserei Emmental AG",
        lead_contact="Ueli Zürcher",
        lead_email="ueli@kaeserei-emmental.example",
        lead_city="Langnau i. E.",
        lead_country="CH",
    ),
    SeededDeal(44, "Platform migration", 102, "project", "won", "CHF", "96500.00", closed="2026-11-08"),
    SeededDeal(45, "Managed database", 103, "service", "won", "CHF", "1500.00", "890.50", closed="2026-11-08"),
    SeededDeal(46, "Managed database", 104, "service", "won", "CHF", "1500.00", "890.50", closed="2026-11-08"),
    SeededDeal(47, "Kubernetes review", 106, "consulting", "won", "EUR", "12000.00", closed="2026-11-09"),
    SeededDeal(
        48,
        "Sklep internetowy",
        107,
        "project",
        "won",
        "PLN",
        "240000.00",
        closed="2026-11-09",
        salesperson="zofia.nowak@acme.example",
    ),
    SeededDeal(
        49,
        "Ticketing hosting",
        109,
        "service",
        "won",
        "CHF",
        "3600.00",
        "14400.00",
        months=12,
        closed="2026-11-10",
        invoiced_to=108,
    ),
    SeededDeal(50, "Managed hosting", 110, "service", "open", "CHF", "0.00", "1200.00"),
    SeededDeal(51, "Data platform", 107, "project", "lost", "PLN", "80000.00", salesperson="zofia.nowak@acme.example"),
    SeededDeal(52, "Managed archive", 110, "service", "won", "CHF", "2000.00", "450.00", closed="2026-11-10"),
    SeededDeal(53, "Security workshop", 101, "consulting", "won", "CHF", "7500.00", closed="2026-11-11"),
)

EXISTING_IN_JIRA = {"110": "Fondation Lac Noir"}
"""An organization made by hand, without a mark: a like name, so a person must choose."""

EXISTING_IN_WIKI = {"110": "Fondation Lac Noir"}
"""A customer page written by hand, without a managed section, below the customers' parent page."""

EXISTING_IN_PANEL = {"110": ("lac-noir", 310)}
"""An organization that the customer signed up for; its billing entity names the invoice contact: adopted."""
