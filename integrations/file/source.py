"""Deals in files, as a source: a deal's name is the path of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import Customer, Deal, Person
from integrations.file.read import read

Customers = Callable[[str], Customer | IntegrationError | None]
AccountManager = Callable[[Person | None, Person | None], tuple[Person | None, str]]


class FileDeals:
    """Source of deals in files; each file is read anew for each request.

    For a customer with an id in the ERP the ERP's own words count, and the file's only where it has none: so
    the customer has the same keys as by its deals in the CRM.
    """

    def __init__(self, customers: Customers | None = None, account_manager: AccountManager | None = None) -> None:
        """`customers`: what the ERP knows of a customer by its id; None where there is no ERP to ask.

        `account_manager`: who it is to be, and why, of whom the file names as that and as the salesperson.
        """
        self._customers, self._account_manager = customers, account_manager or _stated

    def get(self, keys: Sequence[str]) -> Mapping[str, Deal | IntegrationError | None]:
        """The deals in these files; an error for one that does not say enough to be set up.

        Raises:
            ConfigError: All faults of a file.
        """
        return {key: self._completed(read(Path(key))) for key in keys}

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal]:
        """Return nothing: there is no list of files."""
        del since, won_only
        return iter(())

    def _completed(self, deal: Deal) -> Deal | IntegrationError:
        stated = deal.customer
        known = self._customers(stated.id) if stated.id is not None and self._customers is not None else None
        if isinstance(known, IntegrationError):
            return known
        if known is not None:
            deal = deal.of_customer(known)
        elif stated.id is not None and (self._customers is not None or not stated.name):
            return _lacking(
                f"deal {deal.id}: the ERP has no customer {stated.id}",
                "Name the id that the customer's page in the ERP shows, or leave the id out and give a name.",
            )
        deal = self._managed(deal)
        if deal.stage == "won" and deal.unnamed:
            return _lacking(
                deal.unnamed,
                "Write it into the file under [customer]: a company's name, a private person's with person = true, or "
                "the id that the customer has in the ERP.",
            )
        return deal

    def _managed(self, deal: Deal) -> Deal:
        """The deal with an account manager: the customer's own, else the file's, else by the settings."""
        if deal.managed_by:
            return deal
        person, why = self._account_manager(deal.account_manager, deal.salesperson)
        return deal.model_copy(update={"account_manager": person, "managed_by": why})


def _stated(named: Person | None, salesperson: Person | None) -> tuple[Person | None, str]:
    """Without an ERP."""
    if named is not None:
        return named, "by the deal"
    return salesperson, "the deal's salesperson" if salesperson is not None else ""


def _lacking(message: str, then: str) -> Rejected:
    return Rejected(message, who="the person who wrote the file", next=then)
