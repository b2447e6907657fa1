"""The deal or customer that a person means: by its number, its page's link, its name or a part of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from cli.base import interactive, open_workspace, tell_failed, typed
from integrations.core.search import Candidate, Kind, Matches, number, search

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger

LONGEST = 2_000
"""Characters of a command that is named again."""
MOST = 20
"""Rows of a list to choose from: of more, one has to say more of the name."""

HOW = {
    "deal": "Name it by its number, its link in the CRM, or a part of its customer's name. "
    "To see those there are: closedwon deals",
    "customer": "Name it by its number in the ERP, its link there, or a part of its name.",
}
"""The advice where nothing is known by a name."""


def deal(workspace: Workspace, text: str, *, ask: bool, known: Iterable[Candidate] = (), won: bool = True) -> str:
    """Return the deal's reference: a number is one as it stands, and so is a file's path; anything else is looked for.

    Args:
        workspace: Where the CRM is.
        text: What a person called it.
        ask: Ask which one is meant, where there is somebody to ask; else several are listed, and the command ends.
        known: Deals that are looked at before the CRM is asked.
        won: Only won deals are meant.
    """
    text = text.strip()
    found = number(text, "deal") or _linked(workspace, text, "deal")
    if found is not None or text.endswith(".toml"):
        return found or text
    known = tuple(known)
    if any(candidate.id == text for candidate in known):
        return text
    matches = search(text, known)
    if not (matches.found and matches.are_sure):
        if workspace.deals.get([text])[text] is not None:  # another CRM's ids need be no numbers
            return text
        matches = search(text, _deals(workspace, won=won))
    return _chosen(text, "deal", matches, ask=ask) or text


def customers(config: Path | None, texts: Sequence[str], *, ask: bool) -> tuple[str, ...]:
    """Return the customers by their ids in the ERP, each once: a number is one; anything else is looked for there.

    Raises:
        UsageError: One of them is empty.
    """
    if not all(text.strip().removeprefix("customer:") for text in texts):
        raise click.UsageError("a customer is named by its id in the ERP, its link there, or a part of its name")
    numbers = [number(text, "customer") for text in texts]
    if None not in numbers:
        return tuple(dict.fromkeys(number for number in numbers if number is not None))
    with open_workspace(config, playbooks=False, name_unusable=False) as workspace:
        return tuple(dict.fromkeys(customer(workspace, text, ask=ask) for text in texts))


def customer(workspace: Workspace, text: str, *, ask: bool, known: Iterable[Candidate] = ()) -> str:
    """Return the customer by its id in the ERP; `known`: those that are looked at before the ERP is asked."""
    text = text.strip()
    found = number(text, "customer") or _linked(workspace, text, "customer")
    if found is not None:
        return found
    matches = search(text, tuple(known))
    if matches.found and matches.are_sure:
        return _chosen(text, "customer", matches, ask=ask) or text
    listed = [
        company
        for system in workspace.systems.values()
        if system.companies is not None
        for company in system.companies()
    ]
    return _chosen(text, "customer", search(text, listed), ask=ask) or text.removeprefix("customer:")


def kept(ledger: Ledger) -> Iterator[Candidate]:
    """Yield the deals that were set up from here."""
    for run in ledger.runs():
        called = str(run.document.get("customer") or "")
        yield Candidate(run.deal, (called,), called)


def gone(ledger: Ledger) -> Iterator[Candidate]:
    """Yield the customers that are known to be gone, by their last known names."""
    from integrations.core.heirs import called

    for customer_id in ledger.heirs.known():
        name = called(ledger, customer_id)
        yield Candidate(customer_id, (name,), f"{name}, which is gone" if name else "which is gone")


def _deals(workspace: Workspace, *, won: bool) -> Iterator[Candidate]:
    """Yield the CRM's deals, the won ones alone where they are what is meant; those that can't be read are named."""
    from integrations.core.dates import day
    from integrations.core.rows import Failed

    since = workspace.settings.general.deals_since
    for record in workspace.deals.scan(since, won_only=won):
        if isinstance(record, Failed):
            tell_failed("deal", [record])
            continue
        ended = f"{record.stage} {day(record.won_on)}" if record.won_on is not None else record.stage
        named = record.customer.name or "a customer that is not named yet"
        yield Candidate(record.id, (record.customer.name or "", record.title), f"{named}: {record.title}, {ended}")


def _linked(workspace: Workspace, text: str, kind: Kind) -> str | None:
    """Return the id behind a link.

    Raises:
        UsageError: It is a link that no system here knows.
    """
    if "://" not in text:
        return None
    for system in workspace.systems.values():
        found = system.linked(text, kind) if system.linked is not None else None
        if found is not None:
            return found
    from cli.render.words import safe

    raise click.UsageError(f"{safe(text)} is the page of no {kind} in a system of the settings. {HOW[kind]}")


def _chosen(text: str, kind: Kind, matches: Matches, *, ask: bool) -> str | None:
    """Return the id of the one that is meant; None: there is none.

    Raises:
        Exit: It may be several, and nobody is there to say which.
    """
    from cli.render.words import safe, wrapped

    if len(matches.found) == 1 and matches.are_sure:
        (candidate,) = matches.found
        for line in wrapped("", f"{kind.capitalize()} {safe(candidate.id)}: {safe(candidate.note)}", 2):
            click.echo(line, err=True)
    elif matches.found:
        return _one_of(text, kind, matches.found, ask=ask and interactive()).id
    return matches.found[0].id if matches.found else None


def _one_of(phrase: str, kind: Kind, found: Sequence[Candidate], *, ask: bool) -> Candidate:
    """Return which of these a person chooses; without one each is listed with its command."""
    from cli.render.words import safe, wrapped

    listed, left = found[:MOST], len(found) - MOST
    for line in wrapped("", f"“{safe(phrase, 60)}” may be {'one of these' if len(found) > 1 else 'this'}:", 0):
        click.echo(line, err=True)
    command = _command_with(phrase)
    for workspace, candidate in enumerate(listed, 1):
        text = f"{safe(candidate.note)}" if not ask else f"{kind} {safe(candidate.id)}, {safe(candidate.note)}"
        for line in wrapped(f"{workspace:>3} " if ask else "", text, 4 if ask else 2):
            click.echo(line, err=True)
        if not ask:
            click.echo(f"    {safe(command(candidate.id), LONGEST)}", err=True)
    if left > 0:
        click.echo(f"and {left} more: say more of the name", err=True)
    if not ask:
        _end()
    return listed[_number_of(len(listed))]


def _number_of(most: int) -> int:
    """Return the place in the list that a person types; what is none is asked again.

    Raises:
        KeyboardInterrupt: Ctrl-C, or nobody is there any more.
    """
    choices = f"{'1' if most == 1 else f'1-{most}'}, q(uit)"
    while True:
        try:
            answer = click.prompt(f"Which one? {choices}", err=True).strip().casefold()
        except click.Abort:
            click.echo("\nNothing was written.", err=True)
            raise KeyboardInterrupt from None
        if answer in ("q", "quit"):
            _end()
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= most:
            return int(answer) - 1
        click.echo(f"Answer with {choices}", err=True)


def _command_with(text: str) -> Callable[[str], str]:
    """Return what makes the command as it was typed, with a number in place of what was said."""
    words = typed()
    workspace = next((index for index, word in enumerate(words) if word.strip() == text), len(words))
    return lambda number: shlex.join([*words[:workspace], number, *words[workspace + 1 :]])


def _end() -> NoReturn:
    raise click.exceptions.Exit(4)
