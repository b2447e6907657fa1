"""`closedwon deals`: the CRM's deals, and how far each is set up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import Examples, configured, open_workspace, tell_failed
from cli.days import SINCE, Day
from integrations.core.calendar import today
from integrations.core.dates import dated, day

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import RunRecord
    from integrations.core.model import Deal, Money
    from integrations.core.rows import Failed
    from integrations.flows.setup import SetUp

EXAMPLES = """\
closedwon deals                     since the day that the settings say
closedwon deals --since 2026-11-01  or --since 30d, 2w, 3m
closedwon deals --json"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--since", type=SINCE, help="Closed on or after this day; open ones always.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def command(since: Day | None, *, as_json: bool, config: Path | None, verbose: bool) -> int:
    """List the CRM's deals, and how far each is set up."""
    from integrations.core.ledger import Ledger
    from integrations.core.outcome import error_document, exit_code_of
    from integrations.core.rows import Failed

    with open_workspace(config, verbose=verbose) as workspace:
        ledger = Ledger(workspace.settings.ledger)
        try:
            runs = {run.deal: run for run in ledger.runs()}
        finally:
            ledger.close()
        first = since.of(today()) if since is not None else workspace.settings.general.deals_since
        found = [_found(deal, runs) for deal in workspace.deals.scan(first)]
    rows = [row for row in found if isinstance(row, dict)]
    failed = [failure for failure in found if isinstance(failure, Failed)]
    if as_json:
        listed = [{"deal": failure.id, "error": error_document(failure.error)} for failure in failed]
        click.echo(json.dumps({"deals": rows, "failed": listed}, ensure_ascii=False))
    else:
        _show(rows, first)
    tell_failed("deal", failed)
    return exit_code_of(failure.error.exit_code for failure in failed)


def _found(deal: Deal | Failed, runs: Mapping[str, RunRecord]) -> dict[str, Any] | Failed:
    """A deal's row, or the failure of reading it or of making the row."""
    from integrations.core.errors import IntegrationError
    from integrations.core.rows import Failed, attempt

    if isinstance(deal, Failed):
        return deal
    row = attempt("", _row, deal, runs)
    return Failed(deal.id, row) if isinstance(row, IntegrationError) else row


def _row(deal: Deal, runs: Mapping[str, RunRecord]) -> dict[str, Any]:
    return {
        "deal": deal.id,
        "title": deal.title,
        "customer": deal.customer.name or None,
        "stage": deal.stage,
        "engagement": deal.engagements[0] if len(deal.engagements) == 1 else None,
        "won_on": deal.won_on.isoformat() if deal.won_on is not None else None,
        "one_time": _amount(deal.one_time),
        "monthly": _amount(deal.monthly),
        "currency": deal.currency,
        "setup": how_far(runs.get(deal.id)),
    }


def _amount(money: Money | None) -> str | None:
    from integrations.core.money import decimal_string

    return decimal_string(money.amount, money.currency) if money is not None else None


def how_far(run: RunRecord | None) -> str:
    """The progress of a set-up: `none`, `partly`, `planned`, `waiting` or `done`.

    `partly` means that a run did not come to its end, `planned` that its plan may only be shown.
    """
    if run is None or run.outcome in ("done", "planned"):
        return "none" if run is None else run.outcome
    began = any(step["result"] == "planned" for step in run.document["steps"])
    return "partly" if began or run.outcome not in ("done", "waiting") else run.outcome


def _show(rows: list[dict[str, Any]], since: date | None) -> None:
    from cli.render.words import table, whole, wrapped

    if not rows:
        click.echo("There are no deals" + (f" since {day(since)}." if since is not None else "."))
        return
    header = ("Deal", "Customer", "Title", "Won", "", "A month", "Once", "Set up")
    cells = [
        (
            row["deal"],
            row["customer"] or "not named yet",
            row["title"],
            _stage(row),
            row["currency"],
            _shown(row["monthly"], row["currency"]),
            _shown(row["one_time"], row["currency"]),
            row["setup"] if row["stage"] == "won" else "",
        )
        for row in rows
    ]
    for line in table(header, cells, right=frozenset({5, 6}), shortened=frozenset({1, 2})):
        click.echo(line)
    left = [row["deal"] for row in rows if row["stage"] == "won" and row["setup"] != "done"]
    if left:
        first, every = whole(f"closedwon setup {left[0]}"), whole("closedwon setup --won")
        for line in wrapped("", f"{len(left)} won and not set up.  Next: {first}   or all: {every}", 0):
            click.echo(line)


def _stage(row: dict[str, Any]) -> str:
    if row["stage"] != "won" or row["won_on"] is None:
        return str(row["stage"])
    won_on = date.fromisoformat(row["won_on"])
    return dated(won_on)


def _shown(amount: str | None, currency: str) -> str:
    from integrations.core.money import figure

    if amount is None:
        return "unknown"
    exact = Decimal(amount)
    whole = exact == exact.to_integral_value()
    return (figure(exact, currency).partition(".")[0] if whole else figure(exact, currency)) if exact else "-"


def won_deals(workspace: Workspace, setup: SetUp) -> tuple[list[Deal], list[Failed]]:
    """Return the won deals since `deals_since` that are not done, and what could not be read.

    Raises:
        ConfigError: The settings do not say `deals_since`.
    """
    from integrations.core.errors import ConfigError, Fault
    from integrations.core.model import Deal
    from integrations.core.rows import Failed, attempt
    from integrations.flows.setup import is_over, moved

    since = workspace.settings.general.deals_since
    if since is None:
        fault = Fault(str(workspace.settings.path), "deals_since", "is missing, and --won needs it")
        raise ConfigError(fault, next="Say from which day on won deals are to be set up: deals_since = 2026-01-01")
    # Whether such a run is over is not known: planning its deal once more finds what is there.
    finished = {run.deal: run for run in setup.ledger.runs() if attempt("", is_over, run, workspace.systems) is True}
    read = list(workspace.deals.scan(since, won_only=True))
    failed = [answer for answer in read if isinstance(answer, Failed)]
    won = [deal for deal in read if isinstance(deal, Deal) and deal.stage == "won"]
    again = moved(setup.ledger, workspace.systems, won, finished)
    return [deal for deal in won if deal.id not in finished or deal.id in again], failed
