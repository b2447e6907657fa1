"""`closedwon contacts link`: settle who somebody is in a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import REASON, Examples, configured
from cli.contacts.running import contact_sync, opened

if TYPE_CHECKING:
    from integrations.core.system import System

EXAMPLES = """\
closedwon contacts link 201 jira=qm:8b2f              it is this account
closedwon contacts link 201 panel=never --reason "has another account"
closedwon contacts link 201 jira=qm:8b2f wiki=never   several at once"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("contact")
@click.argument("choices", nargs=-1, required=True, metavar="SYSTEM=ID|never...")
@click.option("--reason", type=REASON, default="", help="Why, for those who ask later.")
@configured
def command(contact: str, choices: Sequence[str], *, reason: str, config: Path | None, verbose: bool) -> int:
    """Say who a contact is in a system, for all later runs.

    CONTACT is the contact's id in the ERP, SYSTEM a section of the settings, ID what a
    plan or the system's own page shows. Nothing is written but our own memory.
    """
    from cli.render.contacts.words import hanging
    from cli.render.words import safe
    from integrations.flows.contacts.linking import link

    given = [_choice(choice) for choice in choices]
    with opened(config, verbose=verbose, reason=reason) as (place, ledger):
        _known(place.systems, [system for system, _ in given])
        for sentence in link(contact_sync(place, ledger), contact.strip(), given, reason=reason):
            for line in hanging(safe(sentence)):
                click.echo(line)
    click.echo("Next: closedwon contacts sync")
    return 0


def _choice(text: str) -> tuple[str, str]:
    from cli.render.words import safe

    system, equals, answer = text.partition("=")
    if not (system and equals and answer):
        raise click.UsageError(f"{safe(text)} is not SYSTEM=ID or SYSTEM=never")
    if "|" in answer:
        raise click.UsageError(f"{safe(text)}: choose one of them")
    return system, answer


def _known(systems: Mapping[str, System], named: Sequence[str]) -> None:
    from cli.render.words import safe

    having = [name for name, system in systems.items() if system.people is not None]
    for name in named:
        if name not in having:
            there = f"there are: {', '.join(having)}" if having else "there is none"
            raise click.UsageError(f"there is no system {safe(name, 60)} that has the customers' people; {there}")
