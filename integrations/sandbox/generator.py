"""Many more won deals than the seeded world has, the same ones every time: for load tests and benchmarks."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Literal, NamedTuple

from integrations.sandbox.erp.seeding import grow
from integrations.sandbox.pretend import World
from integrations.sandbox.seed import Company, SeededDeal

FIRST = 100_001
"""The first generated deal and its company; contacts and invoice addresses have numbers of their own."""
_CONTACTS, _INVOICES = 300_001, 500_001
_FIRST_DAY = dt.date(2026, 9, 1)
_DAYS = 60


class _Country(NamedTuple):
    code: str
    lang: str
    currency: str
    names: tuple[str, ...]
    trades: tuple[str, ...]
    places: tuple[str, ...]
    """With the postal code in front."""
    pattern: str
    street: str


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_SWITZERLAND = _Country(
    "CH",
    "de_CH",
    "CHF",
    _listed(
        "Aeschbacher, Brunner, Bühler, Caduff, Egli, Flückiger, Gerber, Hürlimann, Inderbitzin, Jäggi, "
        "Käser, Lüthi, Mühlemann, Nägeli, Odermatt, Pfister, Rüegg, Schönenberger, Tschudi, Zbinden"
    ),
    _listed(
        "Treuhand, Holzbau, Uhren, Käserei, Bergbahnen, Logistik, Präzisionsmechanik, Spital, Verlag, "
        "Versicherungen, Gartenbau, Elektro, Immobilien, Schokolade, Medizintechnik, Getränke, "
        "Druckerei"
    ),
    _listed(
        "3001 Bern, 4051 Basel, 6003 Luzern, 9000 St. Gallen, 7000 Chur, 4500 Solothurn, "
        "8200 Schaffhausen, 6300 Zug, 3600 Thun, 8750 Glarus"
    ),
    "{name} {trade} {place} AG",
    "Bahnhofstrasse",
)
_GERMANY = _Country(
    "DE",
    "de_DE",
    "EUR",
    _listed(
        "Albrecht, Böhm, Dörfler, Engelhardt, Fröhlich, Günther, Höfer, Jäger, Köhler, Löwe, Möbius, "
        "Neumann, Öhler, Pöschl, Römer, Schäfer, Tänzer, Überall, Weiß, Zöllner"
    ),
    _listed(
        "Maschinenbau, Energie, Reederei, Brauerei, Anlagentechnik, Spedition, Klinik, Optik, "
        "Werkzeuge, Großhandel, Software, Papier, Bäckerei, Sensorik, Möbel, Baustoffe, Touristik"
    ),
    _listed(
        "10117 Berlin, 20457 Hamburg, 80331 München, 50667 Köln, 90402 Nürnberg, 40213 Düsseldorf, "
        "23552 Lübeck, 37073 Göttingen, 48143 Münster, 04109 Leipzig"
    ),
    "{name} {trade} {place} GmbH",
    "Hauptstraße",
)
_POLAND = _Country(
    "PL",
    "pl_PL",
    "PLN",
    _listed(
        "Błaszczyk, Chmiel, Dąbrowski, Gołąb, Grzęda, Jabłoński, Kaźmierczak, Krawiec, Łukasik, Mączka, "
        "Nowicki, Ożóg, Piątek, Różański, Sokół, Świątek, Tkaczyk, Wójcik, Zając, Żuraw"
    ),
    _listed(
        "Transport, Mleczarnia, Usługi, Budownictwo, Szkło, Drukarnia, Zdrowie, Spedycja, Rolnictwo, "
        "Narzędzia, Piekarnia, Meble, Oświetlenie, Księgowość, Stal, Opakowania, Turystyka"
    ),
    _listed(
        "31-147 Kraków, 90-001 Łódź, 50-101 Wrocław, 80-831 Gdańsk, 61-772 Poznań, 15-001 Białystok, "
        "87-100 Toruń, 35-001 Rzeszów, 42-200 Częstochowa, 65-001 Zielona Góra"
    ),
    "{name} {trade} {place} Sp. z o.o.",
    "ul. Długa",
)
_COUNTRIES = (_SWITZERLAND, _SWITZERLAND, _GERMANY, _POLAND)
"""In turn: half of the customers are Swiss."""

_STRIDE = 2113
"""Coprime to the number of a country's names, so that neighbours differ and all are passed before one returns."""

_MIX: tuple[Literal["service", "consulting", "project"], ...] = (
    *("service", "service", "consulting", "service", "project"),
    *("service", "consulting", "service", "project", "service"),
)
_TITLES = {
    "service": ("Managed hosting", "Managed database", "Managed archive"),
    "consulting": ("Kubernetes review", "Security workshop", "Cloud strategy workshop"),
    "project": ("Platform migration", "Data platform", "Observability"),
}
_PEOPLE = ("Ada", "Beat", "Chloé", "Dörte", "Éva", "Jörg", "Łucja", "Søren", "Ueli", "Zofia")


def generate(world: World, number: int) -> None:
    """Add `number` won deals; those that are there from before stay.

    Every tenth is a second deal of the customer before it; of the others each seventh names a company that
    the ERP does not have yet.
    """
    deals = [_deal(index) for index in range(number)]
    needed = {deal.company for deal in deals if deal.company}
    grow(world, [_company(index) for index in range(number) if FIRST + index in needed], deals)


def _is_second(index: int) -> bool:
    return index % 10 == 9


def _is_new(index: int) -> bool:
    """Whether the deal only names its company: never the one that a second deal follows, or is."""
    return index % 7 == 6 and index % 10 < 8


def _deal(index: int) -> SeededDeal:
    country = _country(index)
    engagement = _MIX[index % len(_MIX)]
    new = _is_new(index)
    person = _person(index)
    return SeededDeal(
        FIRST + index,
        _TITLES[engagement][index % 3],
        None if new else FIRST + index - _is_second(index),
        engagement,
        "won",
        country.currency,
        f"{1500 + index * 37 % 48_000}.00",
        f"{90 + index * 13 % 2400}.50" if engagement == "service" else "0.00",
        months=12 if index % 5 == 0 else 1,
        closed=str(_FIRST_DAY + dt.timedelta(days=index % _DAYS)),
        salesperson="zofia.nowak@acme.example" if country is _POLAND else "reto.frei@acme.example",
        lead_name=_name(index) if new else None,
        lead_contact=person if new else None,
        lead_email=_email(index, "info") if new else None,
        lead_city=_place(index)[1] if new else None,
        lead_country=country.code if new else None,
    )


def _company(index: int) -> Company:
    country, place = _country(index), _place(index)
    is_customer = index % 6 == 0
    return Company(
        FIRST + index,
        _name(index),
        f"{country.street} {1 + index % 150}",
        *place,
        country.code,
        lang=country.lang,
        email=_email(index, "info"),
        is_customer=is_customer,
        account_manager="lena.gerber@acme.example" if is_customer else None,
        invoice_contact=(_INVOICES + index, _email(index, "invoices")) if index % 3 == 0 else None,
        contact=(_CONTACTS + index, _person(index), _email(index, "contact")),
    )


def _country(index: int) -> _Country:
    return _COUNTRIES[(index - _is_second(index)) % len(_COUNTRIES)]


def _parts(index: int) -> tuple[str, str, str, int]:
    """A name's parts, and how often all of them have been used before."""
    country = _country(index)
    places, trades = len(country.places), len(country.trades)
    every = len(country.names) * trades * places
    turn, number = divmod(index, every)
    number = number * _STRIDE % every
    name = country.names[number // (trades * places)]
    return name, country.trades[number // places % trades], country.places[number % places], turn


def _name(index: int) -> str:
    name, trade, _, turn = _parts(index)
    # A later turn is told by its number, as holdings do it: Gerber Holzbau 2 Bern AG.
    return _country(index).pattern.format(
        name=name, trade=f"{trade} {turn + 1}" if turn else trade, place=_place(index)[1]
    )


def _place(index: int) -> tuple[str, str]:
    code, _, town = _parts(index)[2].partition(" ")
    return code, town


def _person(index: int) -> str:
    return f"{_PEOPLE[index % len(_PEOPLE)]} {_parts(index)[0]}"


def _email(index: int, user: str) -> str:
    plain = unicodedata.normalize("NFKD", _name(index).lower().replace("ł", "l").replace("ß", "ss"))
    return f"{user}@{re.sub(r'[^a-z0-9]+', '-', plain.encode('ascii', 'ignore').decode()).strip('-')}.example"
