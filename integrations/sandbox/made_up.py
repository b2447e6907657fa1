"""Made-up companies and people, the same ones every time, told apart by their number."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple


class Country(NamedTuple):
    """A country of companies, and their names there."""

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


_SWITZERLAND = Country(
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
_GERMANY = Country(
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
_POLAND = Country(
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
_PEOPLE = ("Ada", "Beat", "Chloé", "Dörte", "Éva", "Jörg", "Łucja", "Søren", "Ueli", "Zofia")


def is_second(index: int) -> bool:
    """Return whether a deal of this number is a second one of the customer before it.

    It is then of that customer's country.
    """
    return index % 10 == 9


def country_of(index: int) -> Country:
    """The country that a company of this number is in."""
    return _COUNTRIES[(index - is_second(index)) % len(_COUNTRIES)]


def company_name(index: int) -> str:
    """A name that no other number has."""
    name, trade, _, turn = _parts(index)
    # A later turn is told by its number, as holdings do it: Gerber Holzbau 2 Bern AG.
    return country_of(index).pattern.format(
        name=name, trade=f"{trade} {turn + 1}" if turn else trade, place=place_of(index)[1]
    )


def place_of(index: int) -> tuple[str, str]:
    """Postal code and town."""
    code, _, town = _parts(index)[2].partition(" ")
    return code, town


def person_name(index: int) -> str:
    """Somebody who bears the company's name."""
    return f"{_PEOPLE[index % len(_PEOPLE)]} {_parts(index)[0]}"


def domain_of(index: int) -> str:
    """The company's domain."""
    return f"{plain(company_name(index))}.example"


@functools.lru_cache(4096)
def plain(text: str) -> str:
    """A text as it stands in an address: lower-case ASCII, words joined by dashes."""
    ascii_only = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.encode("ascii", "ignore").decode()).strip("-")


def _parts(index: int) -> tuple[str, str, str, int]:
    """A name's parts, and how often all of them have been used before."""
    country = country_of(index)
    places, trades = len(country.places), len(country.trades)
    every = len(country.names) * trades * places
    turn, number = divmod(index, every)
    number = number * _STRIDE % every
    name = country.names[number // (trades * places)]
    return name, country.trades[number // places % trades], country.places[number % places], turn
