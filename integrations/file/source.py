"""Deals in files, as a source: a deal's name is the path of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import Customer, Deal
from integrations.file.read import read

Customers = Callable[[str], Customer | IntegrationError | None]


class FileDeals:
    """Reads each deal anew when it is asked for.

    Of a customer with an id in the ERP, the ERP's own words count, and the file's only where it has none: so
    the customer has the same keys as by its deals in the CRM.
    """

    def __init__(self, customers: Customers | None = None) -> None:
        """`customers`: what the ERP knows of a customer by its id; None where there is no ERP to ask."""
        self._customers = customers

    def get(self, keys: Sequence[str]) -> Mapping[str, Deal | IntegrationError | None]:
        """The deals in these files.

        Raises:
            ConfigError: All faults of a file.
        """
        return {key: self._completed(read(Path(key))) for key in keys}

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal]:
        """Nothing: there is no list of files."""
        del since, won_only
        return iter(())

    def _completed(self, deal: Deal) -> Deal | IntegrationError:
        stated = deal.customer
        known = self._customers(stated.id) if stated.id is not None and self._customers is not None else None
        if isinstance(known, IntegrationError):
            return known
        if known is not None:
            return deal.of_customer(known)
        if stated.id is not None and (self._customers is not None or not stated.name):
            return Rejected(
                f"deal {deal.id}: the ERP has no customer {stated.id}",
                who="whoever wrote the file",
                next="Name the id that the customer's page in the ERP shows, or leave the id out and give a name.",
            )
        return deal
