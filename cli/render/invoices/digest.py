"""A letter to an account manager, as plain text: only what changed since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from cli.render.invoices.words import acknowledged, amount, message, named, title, who
from cli.render.words import safe, wrapped
from integrations.core.dates import dated
from integrations.flows.invoicing.digest import Digest
from integrations.flows.invoicing.memory import TrackedFinding
from integrations.flows.invoicing.outcome import Outcome, rank

COLUMNS = 72
"""Columns of a mail, so that an answer quotes it within 80."""


def digest_text(digest: Digest, outcome: Outcome) -> str:
    """The whole letter."""
    lines = _lines(f"Invoicing exceptions for {safe(digest.manager.name, 80)}, {dated(outcome.today)}", 0)
    for heading, found, describe in (
        ("New", digest.new, _whole),
        ("In another state", digest.changed, _whole),
        ("Gone", digest.gone, _gone),
    ):
        if found:
            lines += [
                "",
                f"{heading} ({len(found)})",
                *(line for known in sorted(found, key=rank) for line in describe(known, outcome)),
            ]
    lines += ["", *_meant(digest.new or digest.changed)]
    return "\n".join(click.unstyle(line) for line in lines).rstrip() + "\n"


def _whole(known: TrackedFinding, outcome: Outcome) -> Iterator[str]:
    finding = known.finding
    head = [f"{title(finding, outcome)} ({finding.severity})", amount(finding)]
    yield ""
    yield from _lines(f"{named(finding.account, outcome)}: {', '.join(part for part in head if part)}", 2)
    yield from _lines(message(finding, outcome), 4)
    if known.state == "acknowledged":
        yield from _lines(acknowledged(known), 4)
    else:
        yield from _lines(f"{who(finding, outcome)}: {safe(finding.action)}", 4)
    yield from _lines(f"{finding.fingerprint}  {finding.url}".rstrip(), 4)


def _gone(known: TrackedFinding, outcome: Outcome) -> Iterator[str]:
    finding = known.finding
    yield from _lines(f"- {named(finding.account, outcome)}: {title(finding, outcome)}, {message(finding, outcome)}", 2)


def _lines(text: str, indent: int) -> list[str]:
    return wrapped(" " * indent, text, indent, COLUMNS)


def _meant(found: Sequence[TrackedFinding]) -> list[str]:
    """The words about acknowledging a finding that is intended."""
    if not found:
        return []
    command = f"closedwon invoices ack {found[0].finding.fingerprint} --reason … --until DATE"
    return ["If one of them is meant to be so:", f"  {command}"]
