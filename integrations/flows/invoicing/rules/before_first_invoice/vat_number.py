"""VAT numbers, by each country's own rules, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from integrations.core.billing import Account
from integrations.core.vat import NONE_NEEDED, possible
from integrations.flows.invoicing.facts import idle
from integrations.flows.invoicing.rule import Evidence, Hit, RuleSettings, Verdict, rule
from integrations.flows.invoicing.rules.before_first_invoice.address import CountryCode

_EXPECTED = "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK"
EXPECTED = frozenset(_EXPECTED.split())
"""Countries in which companies that buy from others are expected to have one: the European Union, its neighbours with
a tax of the same kind. Elsewhere there is none, as in the United States, or no invoice from abroad bears it."""


class VatNumberSettings(RuleSettings):
    """`[invoices.rules.vat-number]`."""

    required: bool = True
    """Whether a company without a number is reported, not only one with a wrong number."""
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
