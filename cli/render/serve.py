"""Words of a server: what it would do, and what became of each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.render.words import count, safe, wrapped

if TYPE_CHECKING:
    from config.settings import Settings
    from integrations.runs import Result, Run

TITLES = {
    "setup": "deal",
    "won": "won deals",
    "contacts": "contact sync",
    "invoices": "invoice check",
}


def titled(run: Run) -> str:
    """Return what a run is about, in words: `deal 42`, `contact sync`."""
    title = TITLES.get(run.flow, run.flow)
    return f"{title} {safe(run.subject, 64)}" if run.flow == "setup" else title


def ended_line(run: Run, result: Result) -> str:
    """Return an attempt in a line, without a name of anybody."""
    held = " ".join(part for part in (safe(result.system), result.error) if part)
    why = f" ({held})" if held else ""
    again = f", again in {_span(result.again)}" if result.again is not None else ""
    return f"{titled(run)}: {result.state}{why}{again}"


def check_lines(settings: Settings, hooks: Sequence[str], deals: int | None) -> list[str]:
    """Return what a server would do."""
    serve = settings.general.serve
    lines = [f"SERVE  http://{serve.host}:{serve.port}"]
    for name in hooks:
        signed = name in serve.hooks
        end = "signed by Standard Webhooks" if signed else "with your token at its end"
        lines += wrapped("  hook  ", f"/hooks/{name}{'' if signed else '/…'}  {end}", 8)
    lines += [] if hooks else wrapped("  hook  ", "none: deals are found by the schedule `won` alone", 8)
    for name, line in serve.schedules:
        lines.append(f"  {name:<9} {line or 'never'}{_next(settings, line)}")
    if deals is not None:
        lines.append(f"{count(deals, 'won deal')} since {settings.general.deals_since} not done yet.")
    return lines


def _next(settings: Settings, line: str) -> str:
    """Return when a schedule fires next, in words."""
    from croniter import croniter

    from integrations.core.dates import lately

    if not line:
        return ""
    zone = settings.general.calendar.calendar()
    local = zone.local(datetime.now(UTC))
    following: datetime = croniter(line, local.replace(tzinfo=None)).get_next(datetime)
    return f"  next {lately(following.replace(tzinfo=local.tzinfo))}"


def _span(seconds: float) -> str:
    """Return a length of time, rounded: `40 s`, `15 min`, `2 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    span = timedelta(seconds=seconds)
    return (
        f"{round(span / timedelta(minutes=1))} min" if span < timedelta(hours=2) else f"{span // timedelta(hours=1)} h"
    )
