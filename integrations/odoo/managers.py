"""Account managers: the customer's own, and the fallbacks of the settings where it has none."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from integrations.core.address import only
from integrations.core.model import Person
from integrations.odoo.connection import Connection, Row
from integrations.odoo.facts import Facts, mistaken_manager, named
from integrations.odoo.leads import LEAD
from integrations.odoo.settings import DEAL, SALESPERSON, ByField, Settings


def fields_of_deals(settings: Settings) -> tuple[str, ...]:
    """Fields of an opportunity from which the settings take the account manager."""
    return tuple(
        source.field if isinstance(source, ByField) else source.removeprefix(DEAL)
        for source in settings.account_manager.otherwise
        if isinstance(source, ByField) or source.startswith(DEAL)
    )


def emails_of(settings: Settings) -> tuple[str, ...]:
    """E-mail addresses of the account managers that the settings name, each once."""
    named: dict[str, None] = {}
    for source in settings.account_manager.otherwise:
        is_email = isinstance(source, str) and source != SALESPERSON and not source.startswith(DEAL)
        named |= dict.fromkeys(source.map.values() if isinstance(source, ByField) else [source] if is_email else [])
    return tuple(named)


@dataclasses.dataclass(frozen=True)
class Managers:
    """Choice of the person who looks after a customer, with the reason in words for the plan."""

    connection: Connection
    facts: Facts

    def manager(self, own: int | None, salesperson: Person | None, row: Row) -> tuple[Person | None, str]:
        """Return the customer's own account manager (`own`, a user's id), else the first that `otherwise` gives.

        Raises:
            Rejected: The settings name a field that opportunities do not have, or that names nobody.
        """
        if own is not None:
            return self.facts.person(own), "the customer's own"
        return next(self._otherwise(salesperson, row), (None, ""))

    def elsewhere(self, named: Person | None, salesperson: Person | None) -> tuple[Person | None, str]:
        """Choose the account manager of a deal that is not kept in Odoo: the one it names, else by the settings.

        People are given as the Odoo user of their address. Rules that read a field of the opportunity give nobody.
        """
        if named is not None:
            return self._known(named), "by the deal"
        return next(self._otherwise(self._known(salesperson), None), (None, ""))

    def _otherwise(self, salesperson: Person | None, row: Row | None) -> Iterator[tuple[Person, str]]:
        for source in self.connection.settings.account_manager.otherwise:
            person: Person | None
            if source == SALESPERSON:
                person, why = salesperson, "the deal's salesperson"
            elif isinstance(source, ByField):
                person, why = self._mapped(source, row), f"by the deal's {source.field}"
            elif source.startswith(DEAL):
                field = source.removeprefix(DEAL)
                person, why = self._named(field, row), f"the deal's {field}"
            else:
                person, why = self._person(source), "by the settings"
            if person is not None:
                yield person, why

    def _mapped(self, rule: ByField, row: Row | None) -> Person | None:
        if row is None:
            return None
        known = self._field(rule.field)
        found = named(row[rule.field], known, self.facts)
        return next((self._person(rule.map[name]) for name in found if name in rule.map), None)

    def _named(self, field: str, row: Row | None) -> Person | None:
        """The person that a field of the opportunity names, by a reference to a user or by an e-mail address."""
        if row is None:
            return None
        known, value = self._field(field), row[field]
        if known.get("relation") == "res.users" and known["type"] == "many2one":
            return self.facts.person(int(value[0])) if value else None
        if known["type"] != "char":
            raise mistaken_manager(f"the field {field} of an opportunity names neither a user nor an e-mail address")
        email = only(str(value or "")).email
        return self._person(email) if email else None

    def _field(self, field: str) -> Any:
        known = self.facts.fields(LEAD).get(field)
        if known is None:
            raise mistaken_manager(f"an opportunity has no field {field}")
        return known

    def _known(self, person: Person | None) -> Person | None:
        return self._person(person.email) if person is not None and person.email else person

    def _person(self, email: str) -> Person:
        return self.facts.person(self.facts.user(email)) or Person(name=email, email=email)
