"""Made-up companies of the billing world: their names tell nothing of what is wrong, or right, with their invoices."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from integrations.sandbox.made_up import plain


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


@dataclasses.dataclass(frozen=True)
class Land:
    """A country of companies, with our own company that invoices there.

    Numbers are of the ERP's records.
    """

    code: str
    lang: str
    currency: str
    company: int
    """Which of ours."""
    tax: int
    """The ordinary rate there."""
    street: str
    places: tuple[str, ...]
    """With the postal code in front."""
    form: str
    names: tuple[str, ...]


LANDS: Mapping[str, Land] = {
    "CH": Land(
        "CH",
        "de_CH",
        "CHF",
        1,
        1,
        "Lindenweg",
        _listed("5000 Aarau, 2502 Biel, 8500 Frauenfeld, 4600 Olten, 6460 Altdorf, 9050 Appenzell, 3930 Visp"),
        "{} AG",
        _listed(
            "Ahornblatt Verlag, Bachforelle Gastro, Chriesibaum Obst, Drusberg Sport, Engadiner Steinwerk, "
            "Föhnwind Reisen, Grauspitz Optik, Hagebutte Kosmetik, Isenfluh Metall, Juraquell Getränke, "
            "Kornhaus Bücher, Lärchenholz Möbel, Murtenblick Hotels, Napfgold Schmuck, Obersee Werft, Pilatus Papier, "
            "Quellhof Pflege, Rigi Textil, Säntis Druck, Tödi Elektro, Uetli Catering, Verzasca Stein, "
            "Wildhaus Ski, Xaver Orgelbau, Ybrig Käse, Zugersee Boote, Albis Garten, Brienzer Schnitzwerk, "
            "Calanda Bau, Dent Blanche Uhren, Emme Keramik, Flims Lodges, Gonzen Eisen, Hallwil Saaten, "
            "Inn Kraft, Klausen Transporte, Lukmanier Wolle, Moesa Granit, Niesen Bahnen, Ofenpass Tee, "
            "Parpan Forst, Reuss Mühlen, Simplon Spedition, Tessiner Kastanien, Urnerboden Alp, Vierwald Schiffe, "
            "Weissenstein Kliniken, Zernez Honig, Arosa Eis, Bernina Garagen, Churfirsten Kaffee, Dietschiberg Zoo, "
            "Etzel Leder, Flumser Wasser, Gotthard Tunnel Service, Hirzel Pferde, Ilanz Apotheken, Jakobsberg Wein"
        ),
    ),
    "DE": Land(
        "DE",
        "de_DE",
        "EUR",
        2,
        11,
        "Gartenstraße",
        _listed("24103 Kiel, 99084 Erfurt, 55116 Mainz, 39104 Magdeburg, 93047 Regensburg, 79098 Freiburg"),
        "{} GmbH",
        _listed(
            "Altmühl Fahrräder, Brocken Bergbau, Chiemsee Segel, Dollart Fischerei, Eifel Töpferei, "
            "Fichtelgebirge Glas, Göltzsch Textil, Harzquell Mineralwasser, Isar Musikhaus, Jade Hafenbau, "
            "Kyffhäuser Verlag, Lahn Medizintechnik, Müritz Boote, Neckar Präzision, Oderbruch Saatgut, "
            "Peene Windkraft, Querfurt Zucker, Rhön Rucksack, Spreewald Gurken, Taunus Optik, Usedom Kliniken, "
            "Vogtland Instrumente, Weser Logistik, Zugspitz Seilbau"
        ),
    ),
    "PL": Land(
        "PL",
        "pl_PL",
        "PLN",
        3,
        21,
        "ul. Lipowa",
        _listed("20-109 Lublin, 10-101 Olsztyn, 25-501 Kielce, 70-206 Szczecin, 45-015 Opole"),
        "{} Sp. z o.o.",
        _listed(
            "Bałtyk Żeglarstwo, Czarna Hańcza Kajaki, Dunajec Kamień, Gopło Mleko, Jura Skała, Karkonosze Szkło, "
            "Łysica Meble, Mazury Jachty, Noteć Zboża, Orla Perć Sport, Pilica Papier, Roztocze Drewno, "
            "Śnieżnik Uzdrowiska, Tatry Wełna, Wigry Ryby, Żuławy Kwiaty"
        ),
    ),
}


def company_name(place: int, country: str) -> str:
    """Return the name of the country's customer that was entered at this place.

    A later turn is told apart by a number.
    """
    land = LANDS[country]
    turn, place = divmod(place, len(land.names))
    name = land.names[place]
    return land.form.format(f"{name} {turn + 1}" if turn else name)


def domain_of(name: str) -> str:
    """A company's domain."""
    return f"{plain(name)}.example"


def address_of(number: int, country: str) -> dict[str, str]:
    """Its street, postal code and town."""
    land = LANDS[country]
    code, _, town = land.places[number % len(land.places)].partition(" ")
    return {"street": f"{land.street} {1 + number % 89}", "zip": code, "city": town}


def vat_of(number: int, country: str) -> str:
    """A VAT number of its own that is valid: with the check digit of its country."""
    return _NUMBERS[country](number)


def _swiss(number: int) -> str:
    """Eight digits weighed, modulo 11 (the UID register's rule); those that would need a digit 10 are not given."""
    digits = f"{300_000_00 + number * 7:08}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4), strict=True)) % 11
    if check == 10:
        return _swiss(number + 100_000)
    whole = digits + str(check)
    return f"CHE-{whole[:3]}.{whole[3:6]}.{whole[6:]} MWST"


def _german(number: int) -> str:
    """Eight digits, ISO 7064 modulo 11,10."""
    digits, product = f"{270_000_00 + number * 13:08}", 10
    for digit in digits:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return f"DE{digits}{(11 - product) % 10}"


def _polish(number: int) -> str:
    """Nine digits weighed, modulo 11; those that would need a digit 10 are not given."""
    digits = f"{526_000_000 + number * 11:09}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
    return _polish(number + 100_000) if check == 10 else f"PL{digits}{check}"


_NUMBERS: Mapping[str, Callable[[int], str]] = {"CH": _swiss, "DE": _german, "PL": _polish}
