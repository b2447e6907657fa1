"""A recording of the sandbox's ERP about a few customers, so that many can be made of them without it.

The rows are those of `closedwon sandbox --invoices`, as they come over the wire; only their numbers change.
"""

from __future__ import annotations

import dataclasses
import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from integrations.core.calendar import later
from integrations.core.http import HttpContext
from integrations.odoo import Settings
from integrations.odoo.billing.source import Billing
from integrations.odoo.connection import Connection
from integrations.odoo.facts import Facts
from integrations.sandbox.generated_invoices import EACH, EXCEPTIONS, FIRST_CUSTOMER, ONE_IN

CUSTOMERS = ONE_IN * len(EXCEPTIONS)
"""Customers that are recorded: with as many each exception is there once."""
INVOICES = CUSTOMERS * EACH
MONTHS = 24
PARTNER = "res.partner"
OWNERS = {
    "account.move": "commercial_partner_id",
    "account.move.line": "move_id",
    "contract.contract": "partner_id",
    "contract.line": "contract_id",
}
"""Of what there are rows for each customer, besides partners: the field that says whose a row is."""


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A row as JSON: what is made of it is a copy, and thousands of dictionaries would count as memory of ours.

    Attributes:
        owner: The number of the record that it belongs to; of a partner its own.
    """

    owner: int
    number: int
    text: str


@dataclasses.dataclass(frozen=True)
class Recording:
    """Recorded answers.

    Attributes:
        version: The server's.
        listings: By the question, what is not about single customers.
        rows: By model and fields, as `shape` names them, the rows about customers, by number.
    """

    version: int
    listings: Mapping[str, Any]
    rows: Mapping[str, Sequence[Kept]]

    def write(self, path: Path) -> None:
        """Write the recording to a file, one row a line."""
        with path.open("w", encoding="utf-8") as file:
            file.write(f"{json.dumps([self.version, self.listings])}\n")
            for name, rows in self.rows.items():
                file.writelines(f"{name}\t{row.owner}\t{row.number}\t{row.text}\n" for row in rows)

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Read a recording that `write` wrote."""
        rows: dict[str, list[Kept]] = {}
        with path.open(encoding="utf-8") as file:
            version, listings = json.loads(file.readline())
            for line in file:
                name, owner, number, text = line.rstrip("\n").split("\t")
                rows.setdefault(name, []).append(Kept(int(owner), int(number), text))
        return cls(version, listings, rows)


def is_of_customers(model: str, method: str) -> bool:
    """Return whether the request asks for rows of customers."""
    return method == "search_read" and (model == PARTNER or model in OWNERS)


def shape(model: str, arguments: Mapping[str, Any]) -> str:
    """Return the key of rows of one model with the same fields."""
    return f"{model}: {' '.join(arguments['fields'])}"


def question(model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> str:
    """Return the key of a request that is sent in the same words each time."""
    asked = [arguments.get("domain"), arguments.get("order"), arguments.get("operation")]
    return json.dumps([model, method, ids, *asked])


def today() -> date:
    """The day of the sandbox and of the check."""
    return date.today()  # noqa: DTZ011  (the reader's own day)


def first_day(day: date) -> date:
    """Since when a check reads settled invoices, as the settings are by default."""
    return later(day.replace(day=1), -MONTHS)


class Recorder(Connection):
    """A connection that keeps what it is answered."""

    def __init__(self, settings: Settings, wire: HttpContext) -> None:
        """The pages of one question together become its rows."""
        super().__init__("erp", settings, wire)
        self.listings: dict[str, Any] = {}
        self.rows: dict[str, dict[int, Any]] = {}

    def call(self, model: str, method: str, ids: Sequence[int] | None = None, **options: Any) -> Any:
        """A method's result, which is kept."""
        answer = super().call(model, method, ids, **options)
        if is_of_customers(model, method):
            found = self.rows.setdefault(shape(model, options), {})
            found.update({row["id"]: row for row in answer})
        else:
            self.listings[question(model, method, ids, options)] = answer
        return answer


def record(settings: Settings, folder: Path) -> Recording:
    """Record the sandbox's first generated customers, read as a check does."""
    recorder = Recorder(settings, HttpContext(folder))
    source = Billing(recorder, Facts(recorder, {}))
    source.survey()
    customers = [str(FIRST_CUSTOMER + index) for index in range(CUSTOMERS)]
    # By a few at a time likes are looked for by name, as a check's chunks do.
    for start in range(0, CUSTOMERS, 100):
        deque(source.accounts(customers[start : start + 100], first_day(today())), maxlen=0)
    recorder.http.close()
    rows = {name: [keep(name, found[key]) for key in sorted(found)] for name, found in recorder.rows.items() if found}
    return Recording(recorder.version, recorder.listings, rows)


def keep(name: str, row: Mapping[str, Any]) -> Kept:
    """A row as it is kept; `name`: its shape."""
    field = OWNERS.get(name.partition(":")[0], "")
    return Kept(row[field][0] if field else row["id"], row["id"], json.dumps(row))
