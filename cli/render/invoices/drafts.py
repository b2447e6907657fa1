"""Drafts: those that may go out, what speaks against the others, and what is missing altogether."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cli.render.contacts import hanging
from cli.render.invoices.findings import failed_lines
from cli.render.invoices.words import message_of
from cli.render.words import cells, count, padded, safe, whole, width, wrapped
from integrations.core.dates import dated, dated_moment, month
from integrations.core.money import figure, spelled, thousands
from integrations.flows.invoicing.drafts import Draft, DraftsOutcome
from integrations.flows.invoicing.findings import Broken, Finding
from integrations.flows.invoicing.rule import SEVERITIES

LONGEST = 100
"""Drafts that a terminal shows."""
MOST = (21, 10, 14, 15)
"""Columns for the customer, the draft, the amount and who acts, at most; the amount is never cut."""


def draft_lines(outcome: DraftsOutcome, *, verbose: bool) -> list[str]:
    """All that is shown of a check of drafts."""
    held = [draft for draft in outcome.drafts if draft.is_held or not draft.id]
    remarks = [draft for draft in outcome.drafts if draft.id and not draft.is_held]
    shown = [*held, *(remarks if verbose else ())]
    lines = hanging(_heading(outcome))
    lines += _table(shown[:LONGEST], outcome, verbose=verbose) if shown else []
    if len(shown) > LONGEST:
        lines.append(f"and {len(shown) - LONGEST} more: --json")
    for why, number in outcome.unread.items():
        drafts = outcome.unjudged.get(why, 0)
        unjudged = f"{count(drafts, 'draft')} could not be judged, and what" if drafts else "What"
        lacking = f"{unjudged} is missing altogether is not known for {count(number, 'customer')}."
        lines += hanging(f"data stale: {safe(why, 300)}. {lacking}")
    for broken in outcome.broken:
        lines += hanging(_broken(broken))
    lines += failed_lines(outcome.failed, outcome.names)
    if remarks and not verbose:
        lines += hanging(f"{count(len(remarks), 'draft')} may go out with a remark: -v shows them.")
    return [*lines, *_next(outcome)]


def _heading(outcome: DraftsOutcome) -> str:
    bank = f", bank data of {dated(outcome.bank)}" if outcome.bank is not None else ""
    first = f"DRAFTS  {month(outcome.month)}, {dated_moment(datetime.now(UTC))}{bank}: "
    missing = [draft for draft in outcome.drafts if not draft.id]
    lacking = f"; {count(len(missing), 'invoice')} missing altogether" if missing else ""
    if not outcome.total:
        return f"{first}there are no drafts{lacking}"
    return f"{first}{thousands(outcome.may_go_out)} of {thousands(outcome.total)} may go out{lacking}"


def _table(shown: Sequence[Draft], outcome: DraftsOutcome, *, verbose: bool) -> list[str]:
    currencies = {draft.currency for draft in shown if draft.amount is not None}
    head = currencies.pop() if len(currencies) == 1 else ""
    rows = [_cells(draft, outcome, shared=bool(head)) for draft in shown]
    first = ("customer", "draft", head or "amount", "who")
    widths = [max(cells(row[column]) for row in (first, *rows)) for column in range(4)]
    widths = [
        min(needed, most) if column != 2 else needed
        for column, (needed, most) in enumerate(zip(widths, MOST, strict=True))
    ]
    room = width() - 1 - sum(widths) - 8
    lines = [_line(first[:3], "why not", first[3], widths, room)]
    for draft, row in zip(shown, rows, strict=True):
        lines += _rows(draft, row, outcome, widths, room)
        if verbose and draft.url:
            lines.append(f"   {draft.url}")
    return lines


def _cells(draft: Draft, outcome: DraftsOutcome, *, shared: bool) -> tuple[str, str, str, str]:
    name = safe(outcome.names.get(draft.account) or f"customer {draft.account}", 80)
    show = figure if shared else spelled
    return (
        name,
        safe(draft.id, 40) or "none",
        "" if draft.amount is None else show(draft.amount, draft.currency),
        max((_who(finding) for finding in draft.findings), key=cells),
    )


def _rows(
    draft: Draft, row: tuple[str, str, str, str], outcome: DraftsOutcome, widths: Sequence[int], room: int
) -> Iterator[str]:
    """A draft's lines: one finding after the other, the worst first, each with who acts."""
    start: tuple[str, str, str] = row[:3]
    for finding in sorted(draft.findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        why, *more = wrapped("", message_of(finding, outcome.names), 0, room)
        yield _line(start, why, _who(finding), widths, room)
        start = ("", "", "")
        for text in more:
            yield _line(start, text, "", widths, room)


def _line(first: tuple[str, str, str], why: str, who: str, widths: Sequence[int], room: int) -> str:
    customer, draft, value = first
    blanks = " " * (widths[2] - cells(value))
    start = f" {_cut(customer, widths[0])}  {_cut(draft, widths[1])}  {blanks}{value}"
    return f"{start}  {padded(why, room)}  {_cut(who, widths[3])}".rstrip()


def _cut(text: str, columns: int) -> str:
    while cells(text) > columns:
        text = f"{text[:-2].rstrip()}…"
    return padded(text, columns)


def _who(finding: Finding) -> str:
    """By first name, as colleagues do; the role where no name is known."""
    found = finding.person
    return safe(found.name, 60).partition(" ")[0] if found is not None and found.name else finding.role.capitalize()


def _broken(broken: Broken) -> str:
    return f"the rule {safe(broken.rule, 60)} failed with {safe(broken.error, 60)}; the others went on"


def _next(outcome: DraftsOutcome) -> list[str]:
    if not any(draft.is_held or not draft.id for draft in outcome.drafts):
        return []
    command = f"closedwon invoices check --drafts --month {outcome.month:%Y-%m}"
    return wrapped("  next  ", f"fix it in the ERP, then look again: {whole(command)}", 8)
