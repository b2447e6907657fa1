"""VAT numbers, by each country's own rules, without asking anybody."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date

from integrations.core.billing import Account
from integrations.flows.invoicing.reading import idle
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.before_first_invoice.address import CountryCode

NONE_NEEDED = "/"
"""What the ERP is told where a company has none: Odoo from version 17 on, in the field's own help text."""
SWISS_ENDINGS = frozenset({"", "MWST", "TVA", "IVA", "TPV", "VAT", "HR", "RC", "HR/MWST", "RC/TVA", "RC/IVA"})
"""What may follow a Swiss UID: the tax, the commercial register, both; a UID alone identifies the company as well."""
_EXPECTED = "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK"
EXPECTED = frozenset(_EXPECTED.split())
"""Countries in which companies that buy from others are expected to have one: the European Union, its neighbours with
a tax of the same kind. Elsewhere there is none, as in the United States, or no invoice from abroad bears it."""
SAME = {"EL": "GR", "XI": "GB"}
"""Letters before a number that are not the country's code: Greece, Northern Ireland."""


class VatNumberSettings(RuleSettings):
    """`[invoices.rules.vat-number]`."""

    required: bool = True
    """Whether a company without a number is told of, not only one with a wrong number."""
    countries: tuple[CountryCode, ...] = ()
    """Countries whose companies have to have one; none named: those of the European Union and its neighbours."""


@rule(
    "vat-number",
    group="before the first invoice",
    title="VAT number missing or wrong",
    severity="medium",
    who="account manager",
    action="Ask the customer for its VAT number, and correct it in the ERP",
    needs={"account"},
    settings=VatNumberSettings,
)
def vat_number(account: Account, settings: VatNumberSettings, today: date) -> Iterator[Verdict]:  # noqa: ARG001
    """A company that pays for itself has no VAT number, or one that its country can't have given.

    Not asked of private persons, of who is exempt by the ERP's word, and where somebody else pays: that one's number
    is on the invoice. A number of a country whose rules nobody here knows is taken as right.
    """
    number = account.vat.strip()
    if idle(account) or account.bill_to is not None or account.vat_exempt or number == NONE_NEEDED:
        return
    country = account.invoice_address.country_code.strip().upper()
    if not number:
        named = {code.upper() for code in settings.countries}
        wanted = country in named if named else not country or country in EXPECTED
        if settings.required and account.is_company and wanted:
            yield _hit(account, "The company has no VAT number")
    elif not possible(number, country):
        yield _hit(account, "The VAT number can't be right: by its country's rules a character is missing or wrong")


def _hit(account: Account, message: str) -> Hit:
    return Hit("account", message, evidence=(Evidence("Customer", account.url),))


@functools.lru_cache(maxsize=65_536)
def possible(number: str, country: str) -> bool:
    """Whether a country may have given this number: one with digits in it, where the country's rules are not known.

    Args:
        number: As somebody typed it, with or without the country's letters.
        country: ISO 3166-1 alpha-2, for numbers without letters; empty: not known.
    """
    if not any(sign.isdigit() for sign in number):
        return False
    letters = number[:2].upper()
    letters = SAME.get(letters, letters) if letters.isascii() and letters.isalpha() else ""
    if letters in ("", country):
        return _valid(number, country) is not False
    return _valid(number, letters) is not False or _valid(number, country) is True


def _valid(number: str, country: str) -> bool | None:
    """Whether it is one of this country's; None: its rules are not known."""
    if not country:
        return None
    from stdnum.ch import uid  # noqa: PLC0415  (only where there is a number to judge)
    from stdnum.util import get_cc_module  # noqa: PLC0415  (only where a number is judged)

    if country == "CH":
        plain = uid.compact(number)
        plain = plain if plain.startswith("CHE") else f"CHE{plain.removeprefix('CH')}"
        return uid.is_valid(plain[:12]) and plain[12:] in SWISS_ENDINGS
    module = get_cc_module(SAME.get(country, country), "vat")
    return None if module is None else module.is_valid(number)
