"""Findings as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from integrations.core.text import one_line
from integrations.flows.invoicing.outcome import Outcome

COLUMNS = (
    "customer", "title", "severity", "state", "amount", "currency", "message", "action", "who", "payer", "first_seen",
    "rule", "subject", "fingerprint", "url", "evidence",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate a cell, or run it (OWASP, CSV injection)."""
NUMBERS = frozenset({"amount"})


def table(outcome: Outcome) -> str:
    """One row a finding, with a heading; text that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for known in outcome.findings:
        row = outcome.row(known)
        evidence = "; ".join(" ".join(part for part in (one["text"], one["url"]) if part) for one in row["evidence"])
        values = {**row, "title": outcome.titles.get(row["rule"], row["rule"]), "evidence": evidence}
        writer.writerow([_cell(column, values[column]) for column in COLUMNS])
    return file.getvalue()


def _cell(column: str, value: Any) -> str:
    text = one_line(str(value)) if value is not None else ""
    return text if column in NUMBERS or not text.startswith(FORMULA) else f"'{text}"
