"""Facts about one Odoo that all parts of billing need: its models and fields, amounts, days, links."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from integrations.core.errors import AuthError, Rejected
from integrations.odoo import moment
from integrations.odoo.billing.visibility import OWN_TO_SALES, OWN_TO_SALES_BUT_INVOICING, Visibility
from integrations.odoo.connection import Connection, Row
from integrations.odoo.facts import Facts
from integrations.odoo.partners import PARTNER
from integrations.odoo.settings import SALESPERSON, BillingSettings, Fact

MOVE = "account.move"
ORDER = "sale.order"
CONTRACT = "contract.contract"

MODELS: Mapping[Fact, tuple[str, ...]] = {
    "order_number_required": (PARTNER,),
    "delivery": (PARTNER,),
    "held": (MOVE,),
    "dispute": (MOVE,),
    "dispute_owner": (MOVE,),
    "dunning_level": (MOVE,),
    "dunning_blocked": (MOVE,),
    "dunning_reason": (MOVE,),
    "go_live": (ORDER,),
    "renews": (ORDER,),
    "notice": (CONTRACT, ORDER),
    "indexed": (CONTRACT, ORDER),
    "index": (CONTRACT, ORDER),
    "discount_until": (CONTRACT, ORDER),
}
"""The models that a fact's field may be on; of several, both shapes of a contract."""

PARTLY = OWN_TO_SALES | OWN_TO_SALES_BUT_INVOICING

Lack = Literal["", "app", "right"]
"""The reason why a model can't be read: its app is missing, or our right to all its records; empty where it can."""

ZERO = Decimal(0)
KEPT = 50_000
"""Numbers remembered at most, so that the memory of a long run does not grow with its invoices."""


class Server:
    """An Odoo as billing reads it. Its fields and rights are asked once for each model and kept."""

    def __init__(self, connection: Connection, facts: Facts) -> None:
        self.connection, self.facts = connection, facts
        self._visibility = Visibility(connection)
        self._guard = threading.Lock()
        self._guards: dict[str, threading.Lock] = {}
        self._fields: dict[str, frozenset[str]] = {}
        self._lacks: dict[str, Lack] = {}
        self._currencies: dict[int, tuple[str, Decimal]] = {}
        self._days: dict[str, dt.date] = {}
        self._links: dict[str, tuple[str, str]] = {}
        # The same prices and quantities come again and again, and to look one up takes a fifth of making it anew.
        self._numbers: dict[float, Decimal] = {}
        self._amounts: dict[int, dict[float, Decimal]] = {}

    @property
    def settings(self) -> BillingSettings:
        """`[erp.billing]`."""
        return self.connection.settings.billing

    @property
    def sellers_manage(self) -> bool:
        """Return whether by the settings a salesperson may be the account manager."""
        return SALESPERSON in self.connection.settings.account_manager.otherwise

    def fields(self, model: str) -> frozenset[str]:
        """The fields of a model; none where there is no such model or we may not read all its records: see `lacks`."""
        with self._guard:
            guard = self._guards.setdefault(model, threading.Lock())
        with guard:
            if model not in self._fields:
                self._fields[model], self._lacks[model] = self._asked(model)
            return self._fields[model]

    def lacks(self, model: str) -> Lack:
        """The reason why a model can't be read; empty where it can."""
        self.fields(model)
        return self._lacks[model]

    def sees_payments(self) -> bool:
        """Return whether we may see journal entries other than invoices: payments are among them."""
        return self._visibility.payments()

    def has(self, model: str, *fields: str) -> bool:
        """Return whether the model can be read, and has all these fields."""
        known = self.fields(model)
        return bool(known) and known.issuperset(fields)

    def configured(self, name: Fact, model: str | None = None) -> str | None:
        """The field that the settings name for a fact; None where they name none, or Odoo has no such field.

        `model`: which one it has to be on; by default the first that the fact can be on.
        """
        field = self.settings.fields.get(name)
        return field if field and field in self.fields(model or MODELS[name][0]) else None

    def pages(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Collection[str],
        *,
        what: str,
        archived: bool = True,
        times: int = 1,
    ) -> Iterator[list[Row]]:
        """As `Connection.pages`, with those of the fields that exist; nothing where the model's app is missing.

        `times` is the factor by which a page may be larger than usual, for short rows.

        Raises:
            AuthError: We may not read the model.
        """
        lack = self.lacks(model)
        if lack == "right":
            raise self.connection.refusals.not_allowed(what)
        if lack:
            return
        known = [field for field in dict.fromkeys(fields) if field in self.fields(model)]
        size, beyond = self.connection.page * times, list[Any]()
        while True:
            rows = self.connection.first(model, [*beyond, *domain], known or ["id"], size, what=what, archived=archived)
            yield rows
            if len(rows) < size:
                return
            beyond = [["id", ">", rows[-1]["id"]]]

    def search(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Collection[str],
        *,
        what: str,
        archived: bool = True,
        times: int = 1,
    ) -> list[Row]:
        """All rows of `pages`."""
        pages = self.pages(model, domain, fields, what=what, archived=archived, times=times)
        return [row for rows in pages for row in rows]

    def currency(self, reference: Any) -> str:
        """The ISO code of a currency given as `[id, name]`; empty where there is none."""
        return self._currency(reference)[0]

    def amount(self, value: Any, currency: Any) -> Decimal:
        """An amount that Odoo sent as a float, rounded to the digits of its currency, given as `[id, name]`."""
        if not value:
            return ZERO
        kept = self._amounts.get(currency[0] if currency else 0)
        found = kept.get(value) if kept else None
        return self._rounded(value, currency) if found is None else found

    def number(self, value: Any) -> Decimal:
        """A quantity, a percentage or a unit's price, with the digits that Odoo sent: not an amount's."""
        if not value:
            return ZERO
        found = self._numbers.get(value)
        return _kept(self._numbers, value, Decimal(repr(value))) if found is None else found

    def day(self, value: Any) -> dt.date | None:
        """The company's day of a date or moment, which Odoo sends in UTC; None where it is not set.

        Raises:
            Rejected: It is no day.
        """
        if not value:
            return None
        to_the_minute = str(value)[:16]  # no day begins within one
        found = self._days.get(to_the_minute)
        if found is None:
            found = moment.day(to_the_minute)
            if found is not None:
                self._days[to_the_minute] = found
        return found

    def link(self, model: str, record: int) -> str:
        """The record's page for people."""
        around = self._links.get(model)
        if around is None:
            # Whether the version is known is asked under a lock: too slow for each of a million invoices.
            before, _, after = self.connection.link(model, "{}").partition("{}")
            around = self._links[model] = before, after
        return f"{around[0]}{record}{around[1]}"

    def _rounded(self, value: float, currency: Any) -> Decimal:
        kept = self._amounts.setdefault(currency[0] if currency else 0, {})
        return _kept(kept, value, Decimal(repr(value)).quantize(self._currency(currency)[1]))

    def _currency(self, reference: Any) -> tuple[str, Decimal]:
        number = reference[0] if reference else 0
        found = self._currencies.get(number)
        if found is None:
            code, digits = self.facts.currency(reference)
            found = self._currencies[number] = code, Decimal(1).scaleb(-digits)
        return found

    def _asked(self, model: str) -> tuple[frozenset[str], Lack]:
        """Ask for a model's fields and for our right to it: Odoo lists fields of models that we may not read, too.

        Neither shows record rules, which leave records out without a word: our groups do.
        """
        try:
            listed, allowed = self.connection.together(
                lambda: self.connection.call(
                    model, "fields_get", what=f"read which fields {model} has", attributes=["type"]
                ),
                lambda: self.connection.call(
                    model,
                    "check_access_rights",
                    what=f"ask for our rights on {model}",
                    operation="read",
                    raise_exception=False,
                ),
            )
        except (AuthError, Rejected) as error:
            if not self.concerns_one_part(error):
                raise
            return frozenset(), "right" if isinstance(error, AuthError) else "app"
        seen = allowed and (model not in PARTLY or self._visibility.all_of(model))
        return (frozenset(listed), "") if seen else (frozenset(), "right")

    def concerns_one_part(self, error: AuthError | Rejected) -> bool:
        """Return whether a refusal concerns a single right or app, not our key or database."""
        return self.connection.refusals.concerns_one_part(error)


def _kept(numbers: dict[float, Decimal], value: float, number: Decimal) -> Decimal:
    if len(numbers) >= KEPT:
        numbers.clear()
    numbers[value] = number
    return number
