"""People who are in a system without a reason in the ERP: named, never touched."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cli.render.contacts.rows import Block, link_command
from cli.render.contacts.words import customer
from cli.render.plan import COLOURS, SIGNS
from cli.render.words import safe, system_label, wrapped
from integrations.flows.contacts.outcome import Outcome
from integrations.flows.contacts.strangers import Stranger

HEAD = "In a system, without a reason in the ERP; nobody touches them:"


def stranger_blocks(outcome: Outcome, most: int) -> Iterator[Block]:
    """By customer: who is there."""
    grouped: dict[str, list[Stranger]] = {}
    for one in outcome.strangers:
        grouped.setdefault(one.customer, []).append(one)
    head = [HEAD]
    for number, found in grouped.items():
        name = wrapped("  ", customer(number, outcome.names), 2)
        yield Block([*head, *name], list(map(_lines, found[:most])), max(0, len(found) - most), in_json=False)
        head = []


def _lines(one: Stranger) -> list[str]:
    sign = click.style(SIGNS["choose"], fg=COLOURS["choose"], bold=True)
    present = one.present
    name = safe(" ".join(part for part in (present.name, f"<{present.email}>" if present.email else "") if part), 90)
    top, *below = wrapped(" " * 6, f"{name or safe(present.id, 60)}, in {system_label(one.system)}: {_why(one)}", 8)
    return [f"    {sign} {top[6:]}", *below]


def _why(one: Stranger) -> str:
    if one.known:
        return "the ERP knows the address, but no function gives it a place here"
    if not one.contacts:
        return "nobody like that is in the ERP"
    could = " or ".join(safe(contact) for contact in one.contacts[:3])
    return f"could be contact {could}: {link_command(one.contacts[:1], one.system, one.present.id)}"
