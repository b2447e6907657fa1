"""Imports by `load`: several records in one transaction, under external ids, so that none is made twice."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http import on_behalf_of, vendor_text
from integrations.odoo.connection import ADMINISTRATOR, Connection

GET_OR_CREATE: Mapping[str, Any] = {"mode": "update", "noupdate": True}
"""Context in which a record whose external id exists is returned untouched; without it `load` overwrites it."""

ATTEMPTS = 6
"""The first try and five more: of parallel loads of one external id one wins, and the others find its record then."""
_RACE = "could not serialize access"
"""PostgreSQL's words in the message of a load that lost to another; such a message names no field."""

Loaded = dict[str, "int | IntegrationError"]
Record = Sequence[Sequence[str]]
"""A record's lines: its own with its first contact, then one for each further contact with all other cells empty."""


@dataclasses.dataclass(frozen=True)
class Load:
    """An import into one model.

    Attributes:
        what: What it tries, to follow "could not".
        right: What the account needs, as `check_access_rights` calls it.
        fields_of: From the column to our field's name, for messages.
        of_changes: The rows' keys are those of changes, so that the request is counted for these.
    """

    connection: Connection
    model: str
    columns: Sequence[str]
    what: str
    right: str
    context: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fields_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    of_changes: bool = False

    def rows(self, rows: Mapping[str, Sequence[str]]) -> Loaded:
        """Import records of a single line; see `records`."""
        return self.records({key: [row] for key, row in rows.items()})

    def records(self, rows: Mapping[str, Record]) -> Loaded:
        """Import records; return, by key, the record's id or the error. A bad record fails alone.

        May be sent again after a lost answer: with external ids nothing is made twice.
        """
        if not rows:
            return {}
        try:
            with on_behalf_of(rows) if self.of_changes else contextlib.nullcontext():
                answer = self._sent([line for lines in rows.values() for line in lines])
        except IntegrationError as error:
            return dict.fromkeys(rows, error)
        if answer["ids"]:
            return dict(zip(rows, map(int, answer["ids"]), strict=True))
        keys = list(rows)
        # In halves, because one record that keeps losing would hold up all others of the transaction.
        if is_race(answer):
            return self._apart(rows, self._raced)
        refused = {keys[number]: message for number, message in _bad_rows(answer, len(keys)).items()}
        if len(keys) == 1 or len(refused) == len(keys):
            return {key: self._refusal(refused.get(key, _first(answer))) for key in keys}
        if not refused:
            return self._apart(rows, lambda: self._refusal(_first(answer)))
        answers = self.records({key: row for key, row in rows.items() if key not in refused})
        return {**answers, **{key: self._refusal(message) for key, message in refused.items()}}

    def _sent(self, data: list[Sequence[str]]) -> Any:
        """Send until it is answered: again after a lost race, and after a lost answer for up to `patience` seconds."""
        deadline = time.monotonic() + self.connection.settings.patience
        answer: Any = None
        for attempt in range(ATTEMPTS):
            try:
                answer = self._once(data)
            except _NothingKept as refused:
                answer = refused.answer
                if not is_race(answer):
                    return answer
            except Uncertain:
                if time.monotonic() > deadline or attempt == ATTEMPTS - 1:
                    raise
            else:
                return answer
            time.sleep(random.uniform(0.02, 0.1) * (attempt + 1))  # noqa: S311  (jitter, not a secret)
        return answer

    def _once(self, data: list[Sequence[str]]) -> Any:
        return self.connection.call(
            self.model,
            "load",
            what=self.what,
            writes=True,
            refusal=nothing_kept,
            context=self.context,
            fields=list(self.columns),
            data=[list(row) for row in data],
        )

    def _apart(self, rows: Mapping[str, Record], alone: Callable[[], IntegrationError]) -> Loaded:
        """Import the rows in two halves; a single row gets the error that `alone` makes."""
        keys = list(rows)
        if len(keys) == 1:
            return {keys[0]: alone()}
        middle = len(keys) // 2
        halves = ({key: rows[key] for key in keys[:middle]}, {key: rows[key] for key in keys[middle:]})
        return {**self.records(halves[0]), **self.records(halves[1])}

    def _raced(self) -> IntegrationError:
        return self.connection.error(Unavailable, f"Odoo: could not {self.what}: others write it at the same time")

    def _refusal(self, message: Mapping[str, Any]) -> IntegrationError:
        """The error behind a message of `load`.

        A missing right comes as a message too, like a bad value: asking for the right tells them apart.
        """
        # PostgreSQL's DETAIL holds the row's values.
        text = vendor_text(str(message.get("message", "")).split("DETAIL:")[0])
        column = str(message.get("field") or "")
        if not column and not self._allowed():
            return self.connection.refusals.not_allowed(self.what, text)
        field = self.fields_of.get(column, "vat" if "VAT" in text else "")
        if column and column.partition("/")[0] not in {sent.partition("/")[0] for sent in self.columns}:
            return self.connection.error(
                Rejected,
                f"Odoo: could not {self.what}: {text}",
                who=ADMINISTRATOR,
                next=f"closedwon has no value for {column}: have it made optional, or given a default value, then run "
                "this again.",
                field=column,
            )
        return self.connection.error(
            Rejected,
            f"Odoo: could not {self.what}: {text}",
            who="the person who entered the deal",
            next="Fix it in the deal, then run this again.",
            field=field,
        )

    def _allowed(self) -> bool:
        return bool(
            self.connection.call(
                self.model,
                "check_access_rights",
                what=f"ask for our rights on {self.model}",
                operation=self.right,
                raise_exception=False,
            )
        )


class _NothingKept(Rejected):
    """A `load` that kept no row, for whatever is in its answer's messages."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__("nothing was imported")
        self.answer = answer


def nothing_kept(answer: Any) -> IntegrationError | None:
    """Return an error where the answer's `ids` are false: everything was rolled back, although the status is 200."""
    return None if not isinstance(answer, dict) or answer.get("ids") else _NothingKept(answer)


def is_race(answer: Mapping[str, Any]) -> bool:
    """Return whether a `load` lost to a simultaneous one of the same external id: it kept nothing, the other did."""
    return any(_RACE in str(message.get("message", "")) for message in answer.get("messages") or ())


def _bad_rows(answer: Mapping[str, Any], number: int) -> dict[int, Mapping[str, Any]]:
    """The messages of bad records by their number; Odoo counts records here, not lines.

    Odoo 19 repeats under the first record the message of the one that made the whole import fail. So a message that
    the first record shares with another counts for the other only, and the first is sent again.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for message in answer.get("messages") or ():
        row = message.get("record")
        if message.get("type") == "error" and isinstance(row, int) and row < number:
            found.setdefault(row, message)
    others = {str(message.get("message")) for row, message in found.items() if row > 0}
    return {row: message for row, message in found.items() if row > 0 or str(message.get("message")) not in others}


def _first(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(answer.get("messages") or ()), {})
