"""A letter to an account manager, as a page: only what changed since the last one, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable

from cli.render.invoices.page.amounts import briefly
from cli.render.invoices.page.exceptions import Row, row
from cli.render.invoices.page.rendering import rendered
from cli.render.words import safe
from integrations.core.dates import dated
from integrations.flows.invoicing.digest import Digest
from integrations.flows.invoicing.outcome import Outcome, rank
from integrations.flows.invoicing.remembered import Known
from integrations.flows.invoicing.totals import at_risk

SHOWN = 200
"""Findings of one part of the letter that it shows."""


def digest_html(digest: Digest, outcome: Outcome) -> str:
    """The whole letter; `outcome` tells names, titles and who acts: a customer that it does not name is a number."""
    total = outcome.exchange.total(at_risk(known.finding for known in digest.new))
    values = {
        "manager": safe(digest.manager.name, 80),
        "day": dated(outcome.today),
        "at_risk": briefly(total),
        "new": _rows(digest.new, outcome),
        "changed": _rows(digest.changed, outcome),
        "gone": _rows(digest.gone, outcome),
        "counts": {"new": len(digest.new), "changed": len(digest.changed), "gone": len(digest.gone)},
        "example": next((safe(one.finding.fingerprint, 20) for one in (*digest.new, *digest.changed)), ""),
    }
    return rendered("letter.html.j2", values)


def _rows(found: Iterable[Known], outcome: Outcome) -> list[Row]:
    """The worst first."""
    return [row(known, outcome) for known in sorted(found, key=rank)[:SHOWN]]
