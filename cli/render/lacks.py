"""What a deal lacks before its first invoice: it warns, and holds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from cli.render.plan import COLOURS, SIGNS
from cli.render.words import safe, wrapped
from integrations.flows.invoicing.prospect import Lack

FIRST = "  ! Invoicing  "


def lack_lines(lacks: Sequence[Lack]) -> Iterator[str]:
    """One thing after the other, with who acts, below a plan."""
    sign = click.style(SIGNS["manual"], fg=COLOURS["manual"], bold=True)
    for one in lacks:
        acts = f"{safe(one.who, 60)[:1].upper()}{safe(one.who, 60)[1:]}"
        first, *below = wrapped(FIRST, f"{safe(one.message)}. {acts}: {safe(one.action)}", len(FIRST))
        yield first.replace("!", sign, 1)
        yield from below
