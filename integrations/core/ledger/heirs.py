"""The customers that are gone, as the ledger knows them: who took their place, by whose word."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from integrations.core.ledger import schema
from integrations.core.ledger.database import Transaction
from integrations.core.succession import Hint

NONE = "none"
"""The answer that nobody took a customer's place."""


@dataclasses.dataclass(frozen=True)
class Gone:
    """A customer that the system of record no longer keeps as one.

    Attributes:
        customer: Its id.
        heir: The id of the customer that took its place; empty: none is proven, and no person has named one.
        proof: The evidence for the heir, in words; empty where a person named it.
        answer: A person's answer: the heir's id or `none`; empty: none was given.
        hints: Other possible heirs.
        since: The time when it was first seen to be gone.
    """

    customer: str
    heir: str = ""
    proof: str = ""
    answer: str = ""
    hints: tuple[Hint, ...] = ()
    since: datetime = dataclasses.field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_left(self) -> bool:
        """Return whether a person answered that nobody took its place."""
        return self.answer == NONE

    @property
    def is_open(self) -> bool:
        """Return whether a person has to say who took its place."""
        return not self.heir and not self.is_left

    def without_names(self) -> Gone:
        """Return a copy that may be kept.

        The ledger names no customer, who may be a private person.
        """
        return dataclasses.replace(self, hints=tuple(dataclasses.replace(hint, name="") for hint in self.hints))


class Heirs:
    """Table of the customers that are gone and of their heirs; every method is one transaction."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Transaction]],
        writing: Callable[[], AbstractContextManager[Transaction]],
        who: Callable[[], Mapping[str, Any]],
    ) -> None:
        """`who` returns the columns that say who stands behind a row."""
        self._reading, self._writing, self._who = reading, writing, who

    def known(self, customers: Collection[str] | None = None) -> dict[str, Gone]:
        """Return those of these customers (ids), or of all, that are known to be gone."""
        with self._reading() as transaction:
            rows = (
                transaction.select("select * from heirs")
                if customers is None
                else transaction.select_among("select * from heirs where customer in ({})", customers)
            )
            return {row["customer"]: _gone(row) for row in rows}

    def of(self, heir: str) -> list[str]:
        """Return the customers (ids) whose heir this one was last known to be."""
        with self._reading() as transaction:
            query = "select customer from heirs where heir = ? or answer = ? order by customer"
            return transaction.scalars(query, heir, heir)

    def keep(self, gone: Collection[Gone]) -> None:
        """Record the present state of these customers.

        People's answers, and the time since when the customers are gone, stay as they are.
        """
        blank = dict.fromkeys(("answer", "reason", "by", "trigger", "run", "at"), "")
        rows = [
            {
                "customer": succession.customer,
                "heir": succession.heir,
                "proof": succession.proof,
                "hints": _hints(succession),
            }
            | {"since": succession.since.isoformat(timespec="seconds"), **blank}
            for succession in gone
        ]
        if rows:
            with self._writing() as transaction:
                transaction.put(schema.heirs_seen, rows)

    def answer(self, customer: str, answer: str, reason: str) -> None:
        """Record a person's answer: the heir's id, or `none`. A later answer replaces an earlier one."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = {"customer": customer, "heir": "" if answer == NONE else answer, "proof": "", "hints": []}
        row |= {"since": now, **self._who(), "answer": answer, "reason": reason, "at": now}
        with self._writing() as transaction:
            known = transaction.scalar("select since from heirs where customer = ?", customer)
            transaction.put(schema.heirs, [{**row, "since": known or now}])

    def forget(self, customers: Collection[str]) -> None:
        """Drop the record of these customers, because they are back."""
        if customers:
            with self._writing() as transaction:
                transaction.execute_among("delete from heirs where customer in ({})", customers)


def _hints(gone: Gone) -> list[list[str]]:
    """Return the other possible heirs, without names.

    The ledger keeps no name of a private person.
    """
    return [[hint.customer, hint.reason] for hint in gone.hints]


def _gone(row: Mapping[str, Any]) -> Gone:
    return Gone(
        row["customer"],
        row["heir"],
        row["proof"],
        row["answer"],
        tuple(Hint(customer, "", reason) for customer, reason in row["hints"]),
        datetime.fromisoformat(row["since"]),
    )
