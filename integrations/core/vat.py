"""VAT numbers: the form in which two of them are compared, and whether a country may have given one.

Both go by each country's own rules (`python-stdnum`), without asking anybody. Where Odoo is more lenient (`base_vat` of
19.0, `check_vat_…`), its rule counts too: what it let somebody enter is not called wrong.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any, NamedTuple

NONE_NEEDED = "/"
"""The entry for a company that has none: Odoo from version 17 on, in the field's own help text."""
SWISS = re.compile(r"(?:CH)?E?(\d{9})(?:HR|RC)?(?:MWST|TVA|IVA|TPV|VAT)?")
"""A Swiss UID, and what may follow it: the commercial register, the tax; alone it identifies the company as well."""
LETTERS = {"EL": "GR", "XI": "GB"}
"""Letters before a number that are not the country's code: Greece, Northern Ireland."""
TERRITORIES = {
    "AX": "FI",
    "GF": "FR",
    "GP": "FR",
    "IM": "GB",
    "MC": "FR",
    "MQ": "FR",
    "RE": "FR",
    "SJ": "NO",
    "YT": "FR",
}
"""Countries whose numbers are another one's, whose letters they bear."""
NO_COUNTRY = frozenset({"EU", "IM"})
"""Letters of the European one-stop shop, for companies from elsewhere (Council Implementing Regulation 2020/194)."""
ALSO = {
    "BR": ("cpf",),
    "DE": ("stnr",),
    "DO": ("cedula",),
    "IL": ("idnr",),
    "NO": ("orgnr",),
    "RO": ("cnp",),
    "TH": ("tin",),
    "TR": ("tckimlik",),
}
"""Modules of `python-stdnum` for what else a country's companies and persons may enter as their number."""
_FORMS = {
    "CR": r"[1-9]\d{8}|\d{10}|[1-9]\d{10,11}",
    "EC": r"\d{10}|\d{13}",
    "HU": r"\d{8}(?:[1-5]\d\d)?|8\d{9}",
    "ID": r"[1-9]\d{15}",
    "IN": r"\d\d[A-Z]{5}\d{4}[A-Z][1-9A-Z][1-9A-JZ][0-9A-Z]|\d{4}[A-Z]{3}\d{5}(?:[UO]N[A-Z0-9]|NR[0-9A-Z])"
    r"|\d\d[A-Z]{4}[A-Z0-9]\d{4}[A-Z][1-9A-Z][DKC][0-9A-Z]",
    "MA": r"\d{8}",
    "MX": r"[A-ZÑ&]{3,4}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[0-9A-ZÑ&]{3}",
    "PH": r"\d{9}(?:\d{3,5})?",
    "RO": r"[1-9]\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}|9000\d{9}",
    "SA": r"3\d{13}3",
    "UA": r"\d{8}|\d{10}|\d{12}",
    "VN": r"\d{10}(?:\d{3})?|\d{12}",
}
FORMS = {country: re.compile(form) for country, form in _FORMS.items()}
"""Numbers of which Odoo asks for no check digit, or that `python-stdnum` does not know."""
MARKS = {"HU": re.compile(r"(\d{8})[1-5]\d\d"), "JP": re.compile(r"T(\d{13})"), "NO": re.compile(r"(\d{9})MVA")}
"""A number with what some write before or behind it: Hungary's tax office, the letter of a Japanese invoice, Norway's
suffix for who pays the tax. It is the same without."""


class VatNumber(NamedTuple):
    """A VAT number as its country reads it.

    Attributes:
        country: Whose rules it follows (ISO 3166-1 alpha-2); empty: not known.
        body: Without the country's letters, signs, and what may stand before and behind.
        is_valid: None: the country's rules are not known.
    """

    country: str
    body: str
    is_valid: bool | None


def normal(number: str | None, country: str | None = None) -> str:
    """Return a VAT number in the form in which equal numbers are equal texts.

    It has the country's letters, and no signs.

    Args:
        number: As somebody typed it, with or without the country's letters, signs, suffix.
        country: Of the company, ISO 3166-1 alpha-2; empty: not known, so that letters are only those of the
            number.

    Returns:
        Such as `CHE107787577`, `NO995525828`; empty where there is none, as for `/` and `to follow`.
    """
    found = read((number or "").strip(), (country or "").strip().upper())
    return f"{'CHE' if found.country == 'CH' else found.country}{found.body}"


def possible(number: str, country: str) -> bool:
    """Return whether a country may have given this number.

    Where the country's rules are not known, any number with digits may be.

    Args:
        number: As somebody typed it, with or without the country's letters.
        country: ISO 3166-1 alpha-2, for numbers without letters; empty: not known.
    """
    found = read(number.strip(), country.strip().upper())
    return bool(found.body) and found.is_valid is not False


@functools.lru_cache(maxsize=65_536)
def read(number: str, country: str) -> VatNumber:
    """Return a number by the rules of the country whose letters it bears, else of the company's own.

    Some countries' numbers begin with letters that look like another country's (`DEF680524P70`, in Mexico): a
    number that is not valid by its letters may be by the company's country. Letters of a country without
    known rules are such a country's only before nothing but digits.
    """
    text = "".join(sign for sign in unicodedata.normalize("NFKC", number).upper() if sign.isalnum() or sign == "&")
    if not any(sign.isdigit() for sign in text):
        return VatNumber("", "", False)
    own, letters = TERRITORIES.get(country, country), _letters(text)
    if letters in ("", own):
        return _judged(text, own)
    bearing = _judged(text, letters)
    if bearing.is_valid:
        return bearing
    ours = _judged(text, own)
    if ours.is_valid or (bearing.is_valid is None and ours.is_valid is False and not bearing.body.isdigit()):
        return ours
    return bearing


def _letters(text: str) -> str:
    """Return the country of the letters before a number; empty where there are none."""
    letters = text[:2]
    return LETTERS.get(letters, letters) if letters.isascii() and letters.isalpha() else ""


def _judged(text: str, country: str) -> VatNumber:
    """Return the number by the rules of this country.

    The country's letters are taken off, unless the number is valid only with them.
    """
    if not country:
        return VatNumber("", text, None)
    bare = text[2:] if _letters(text) == country else text
    if country in NO_COUNTRY:
        return VatNumber(country, bare, None)
    if country == "CH":
        return _swiss(text)
    judged = [_by_rules(text, country) for text in dict.fromkeys((bare, text))]
    return next((number for number in judged if number.is_valid), judged[0])


def _by_rules(body: str, country: str) -> VatNumber:
    marked = MARKS[country].fullmatch(body) if country in MARKS else None
    core = marked[1] if marked else body
    modules, form = _modules(country), FORMS.get(country)
    for module in modules:
        for text in dict.fromkeys((body, core)):
            if module.is_valid(text):
                return VatNumber(country, _compact(module, core, country), True)
    if (form is not None and form.fullmatch(body)) or (country == "TW" and _is_taiwanese(core)):
        return VatNumber(country, core, True)
    return VatNumber(country, core, False if modules or form is not None else None)


@functools.cache
def _modules(country: str) -> tuple[Any, ...]:
    from stdnum.util import get_cc_module  # noqa: PLC0415  (only where there is a number)

    found = (get_cc_module(country, name) for name in ("vat", *ALSO.get(country, ())))
    return tuple(module for module in found if module is not None)


def _compact(module: Any, core: str, country: str) -> str:
    """Return a valid number in full length, without the country's letters.

    Some of the library's modules add them.
    """
    compact = "".join(sign for sign in module.compact(core) if sign.isalnum() or sign == "&")
    return compact.removeprefix(country) if not core.startswith(country) else compact


def _is_taiwanese(body: str) -> bool:
    """Return whether a number is valid by Taiwan's rule of 2025.

    Numbers had run short: the sum has to be divisible by 5, no longer by 10.
    """
    if not re.fullmatch(r"[0-9]{8}", body):
        return False
    total = sum(
        sum(divmod(int(digit) * factor, 10)) for digit, factor in zip(body, (1, 2, 1, 2, 1, 2, 4, 1), strict=True)
    )
    return total % 5 == 0 or (body[6] == "7" and (total + 1) % 5 == 0)


def _swiss(text: str) -> VatNumber:
    from stdnum.ch import uid  # noqa: PLC0415  (only where there is a number)

    found = SWISS.fullmatch(text)
    if found is None:
        return VatNumber("CH", text.removeprefix("CH").removeprefix("E"), False)
    return VatNumber("CH", found[1], uid.is_valid(f"CHE{found[1]}"))
