"""Deals and customers as people name them: by number, by the link of a page, by name or a part of it."""

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
"""Characters of a command that is repeated in a message."""
MOST = 20
"""Rows of a list to choose from; with more matches the person is asked for more of the name."""

HOW = {
    "deal": "Name it by its number, its link in the CRM, or a part of its customer's name. "
    "To see those there are: closedwon deals",
    "customer": "Name it by its number in the ERP, its link there, or a part of its name.",
}
"""The advice where nothing is found by a name."""


def deal(workspace: Workspace, text: str, *, ask: bool, known: Iterable[Candidate] = (), won: bool = True) -> str:
    """Find a deal's reference: a number or a file's path is one already, anything else is searched by name.

    Args:
        workspace: The workspace with the CRM.
        text: The person's name for it.
        ask: Ask which one is meant, if there is a terminal; else several are listed and the command ends.
        known: Deals that are searched before the CRM is asked.
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
    """Find customers' ids in the ERP, each once: a number is one already, anything else is searched there.

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
    """Find a customer's id in the ERP; those in `known` are searched before the ERP is asked."""
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
    """Yield the CRM's deals, or only the won ones; those that can't be read are reported on stderr."""
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
    """The id behind a link; None where the text is no link.

    Raises:
        UsageError: No system of the settings has such a page.
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
    """The id of the match, chosen by a person if there are several; None where there is none.

    Raises:
        Exit: Several match, and no person can be asked.
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
    """Ask which of these is meant; without `ask` list each with its command and end."""
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
    """Ask until a number of the list is typed; return its index.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the input has ended.
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
    """The function that repeats the typed command with an id in place of this text."""
    words = typed()
    workspace = next((index for index, word in enumerate(words) if word.strip() == text), len(words))
    return lambda number: shlex.join([*words[:workspace], number, *words[workspace + 1 :]])


def _end() -> NoReturn:
    raise click.exceptions.Exit(4)
