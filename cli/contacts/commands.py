"""The commands of `closedwon contacts`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import REASON, Examples, configured, tell_failed
from cli.contacts.session import Options, approved, carry_out, contact_sync, opened
from cli.days import SINCE, Day
from integrations.core.calendar import company, day_of, local, today

if TYPE_CHECKING:
    from integrations.core.system import System
    from integrations.flows.contacts.memory import Problem
    from integrations.flows.contacts.report import Entry

SYNC_EXAMPLES = """\
closedwon contacts sync                   what changed: show it, ask, do it
closedwon contacts sync -n                show it and write nothing
closedwon contacts sync --yes             do it without asking: for a crontab
closedwon contacts sync 101 102           all people of these customers
closedwon contacts sync --full            everybody, whatever changed
closedwon contacts sync --limit creates=80  once more than a safety limit"""


@click.command(cls=Examples, examples=SYNC_EXAMPLES)
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option("--full", is_flag=True, help="Read and compare everybody.")
@click.option("--retry", is_flag=True, help="Also rows that were refused before and have not changed.")
@approved
def sync_command(
    customers: Sequence[str],
    *,
    full: bool,
    retry: bool,
    options: Options,
) -> int:
    """Bring the customers' people in step with the ERP.

    CUSTOMER is the company's number in the ERP, its link there, or a part of its
    name; without one, those that changed since the last run. Shows the plan first;
    without a terminal it writes only with --yes or --plan. Nobody is taken out
    before the days of grace are over.
    """
    from cli.subjects import customers as customers_of

    named = customers_of(options.config, customers, ask=not (options.yes or options.quiet or options.as_json))
    flags = [flag for flag, given in (("--full", full), ("--retry", retry)) if given]
    command = " ".join(["closedwon contacts sync", *named, *flags])
    from integrations.flows.contacts.outcome import Request

    return carry_out(
        options.called(command),
        lambda sync, approval: sync.run(Request(named, full, retry), approval),
        is_choosing=True,
    )


def one_address(text: str) -> str:
    """The folded form of an e-mail address, in which addresses are compared.

    Raises:
        UsageError: The text is no address, or several.
    """
    from cli.render.words import safe
    from integrations.core.address import SEVERAL, only

    found = only(text)
    if not found.email:
        why = f" ({found.problem})" if found.problem not in ("", SEVERAL) else ""
        raise click.UsageError(f"“{safe(text, 80)}” is not one e-mail address{why}")
    return found.email


LINK_EXAMPLES = """\
closedwon contacts link 201 jira=qm:8b2f              it is this account
closedwon contacts link 201 panel=never --reason "has another account"
closedwon contacts link 201 jira=qm:8b2f wiki=never   several at once"""


@click.command(cls=Examples, examples=LINK_EXAMPLES)
@click.argument("contact")
@click.argument("choices", nargs=-1, required=True, metavar="SYSTEM=ID|never...")
@click.option("--reason", type=REASON, default="", help="Why, for those who ask later.")
@configured
def link_command(contact: str, choices: Sequence[str], *, reason: str, config: Path | None, verbose: bool) -> int:
    """Say who a contact is in a system, for all later runs.

    CONTACT is the contact's id in the ERP, SYSTEM a section of the settings, ID what a
    plan or the system's own page shows. Nothing is written but our own memory.
    """
    from cli.render.contacts import hanging
    from cli.render.words import safe
    from integrations.flows.contacts.link import link

    given = [_choice(choice) for choice in choices]
    with opened(config, verbose=verbose, reason=reason) as (workspace, ledger):
        _known(workspace.systems, [system for system, _ in given])
        for sentence in link(contact_sync(workspace, ledger), contact.strip(), given, reason=reason):
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


REVOKE_EXAMPLES = """\
closedwon contacts revoke eva@acme.test          show where, ask, do it
closedwon contacts revoke eva@acme.test -n       show it and write nothing
closedwon contacts revoke eva@acme.test --undo   she may come back"""


@click.command(cls=Examples, examples=REVOKE_EXAMPLES)
@click.argument("email")
@click.option("--undo", is_flag=True, help="Forget that the person was revoked; writes only our own memory.")
@approved
def revoke_command(
    email: str,
    *,
    undo: bool,
    options: Options,
) -> int:
    """Take a person out everywhere, today, and keep them out.

    Looks for the address in every system, whatever our own memory and the ERP know, and
    ends the memberships, never an account. Exit 1: a system could not be looked through;
    it is named, and the next sync goes on with it. Whatever the ERP says afterwards does
    not bring the person back, until --undo. Warns where a customer loses the last one of
    a function, and where the contact has another address.
    """
    if undo and (options.dry_run or options.yes or options.plan is not None or options.limit or options.reason):
        raise click.UsageError("--undo writes only our own memory: leave out -n, --yes, --plan, --reason and --limit")

    address = one_address(email)
    if undo:
        return _undo(address, as_json=options.as_json, config=options.config, verbose=options.verbose)
    options = options.called(f"closedwon contacts revoke {address}")
    from integrations.flows.contacts.revoke import revoke

    return carry_out(options, lambda sync, approval: revoke(sync, address, approval))


def _undo(address: str, *, as_json: bool, config: Path | None, verbose: bool) -> int:
    from cli.render.contacts import hanging
    from cli.render.words import safe
    from integrations.flows.contacts.revoke import restore

    with opened(config, verbose=verbose) as (workspace, ledger):
        sentences = restore(contact_sync(workspace, ledger), address)
    if as_json:
        click.echo(json.dumps({"restored": sentences}, ensure_ascii=False))
        return 0
    for sentence in sentences:
        for line in hanging(safe(sentence)):
            click.echo(line)
    click.echo("Next: closedwon contacts sync")
    return 0


FORGET_EXAMPLES = """\
closedwon contacts forget eva@acme.test -n   where she is, and what stays
closedwon contacts forget eva@acme.test      show it, ask, do it"""


@click.command(cls=Examples, examples=FORGET_EXAMPLES)
@click.argument("email")
@approved
def forget_command(
    email: str,
    *,
    options: Options,
) -> int:
    """Take a person out of every system that we write to, for good.

    Afterwards our own memory holds nothing of the person but a hash that keeps an old
    export from bringing them back. Lists where the person still appears, and why.
    """
    address = one_address(email)
    options = options.called(f"closedwon contacts forget {address}")
    from integrations.flows.contacts.revoke import forget

    return carry_out(options, lambda sync, approval: forget(sync, address, approval))


PROBLEMS_EXAMPLES = """\
closedwon contacts problems              everything that somebody has to fix
closedwon contacts problems --for Lena   only of Lena's customers
closedwon contacts problems --since 2w   only what is new since then"""

LONG = 1000
"""Characters of a problem's reason: with the evidence for each heir of a customer and the command it is long."""


@click.command(cls=Examples, examples=PROBLEMS_EXAMPLES)
@click.option("--for", "manager", default="", metavar="MANAGER", help="Only of customers of this account manager.")
@click.option("--since", type=SINCE, help="Only what began on or after this day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def problems_command(*, manager: str, since: Day | None, as_json: bool, config: Path | None, verbose: bool) -> int:
    """List the contacts that cannot be synced, and who fixes them.

    A row goes by itself when it was fixed: the next sync that reads it tries again.
    Reads our own memory, and the names from the ERP. Writes nothing.
    """
    from integrations.core.outcome import exit_code_of
    from integrations.flows.contacts.report import problems

    with opened(config, verbose=verbose) as (workspace, ledger):
        found, failed = problems(ledger, workspace.contacts, manager.strip())
    if since is not None:
        first = since.of(today())
        found = [(problem, entry) for problem, entry in found if day_of(entry.at) >= first]
    if as_json:
        click.echo(json.dumps({"problems": [_document(*pair) for pair in found]}, ensure_ascii=False))
    else:
        for line in _problem_lines(found, manager):
            click.echo(line)
    tell_failed("customer", failed)
    return exit_code_of(failure.error.exit_code for failure in failed)


def _document(problem: Problem, entry: Entry) -> dict[str, Any]:
    return {
        "customer": entry.customer,
        "company": entry.company,
        "contact": entry.contact or None,
        "person": entry.person or None,
        "system": entry.system or None,
        "since": entry.at.isoformat(),
        "code": problem.code,
        "reason": entry.why,
        "manager": entry.manager or None,
    }


def _problem_lines(found: Sequence[tuple[Problem, Entry]], manager: str) -> list[str]:
    from cli.render.contacts import NOBODY, hanging
    from cli.render.words import count, safe, system_label, table, whole, wrapped
    from integrations.core.dates import day

    if not found:
        whose = f" for an account manager with “{safe(manager, 40)}” in the name" if manager else ""
        return hanging(f"Nothing to fix{whose}.")
    header = ("Customer", "Contact", "Person", "System", "Since", "Who fixes it")
    rows = [
        (
            entry.company or f"customer {entry.customer}",
            entry.contact or "-",
            entry.person or "-",
            system_label(entry.system) if entry.system else "all",
            day(day_of(entry.at)),
            entry.manager or NOBODY.lower(),
        )
        for _, entry in found
    ]
    head, *below = table(header, rows, shortened=frozenset({0, 2, 5}))
    lines = [head]
    for line, (_, entry) in zip(below, found, strict=True):
        lines += [line, *wrapped("  ", safe(entry.why, LONG), 2)]
    fixed = f"Fix it in the ERP; the next sync sees it. Fixed elsewhere: {whole('closedwon contacts sync --retry')}"
    return [*lines, *hanging(f"{count(len(found), 'row')} to fix. {fixed}")]


REPORT_EXAMPLES = """\
closedwon contacts report                      what changed in the last 7 days
closedwon contacts report --for Lena           only of Lena's customers
closedwon contacts report --since 2026-11-01   or --since 30d"""

DAYS = 7


@click.command(cls=Examples, examples=REPORT_EXAMPLES)
@click.option("--for", "manager", default="", metavar="MANAGER", help="Only of customers of this account manager.")
@click.option("--since", type=SINCE, default=f"{DAYS}d", show_default=True, help="From this day on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def report_command(*, manager: str, since: Day, as_json: bool, config: Path | None, verbose: bool) -> int:
    """Tell what changed, for each account manager.

    Who of their customers' people is new where, changed or taken out, and who was
    left out and why. Reads our own memory, and the names from the ERP; writes nothing.
    """
    from integrations.core.outcome import exit_code_of
    from integrations.flows.contacts.report import changed

    with opened(config, verbose=verbose) as (workspace, ledger):
        first = company().begin(since.of(today()))
        entries, failed = changed(ledger, workspace.contacts, workspace.systems, first, manager.strip())
    if as_json:
        document = {"since": local(first).isoformat(), "entries": [entry.document() for entry in entries]}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in _report_lines(entries, day_of(first), manager):
            click.echo(line)
    tell_failed("customer", failed)
    return exit_code_of(failure.error.exit_code for failure in failed)


def _report_lines(entries: Sequence[Entry], since: date, manager: str) -> Iterator[str]:
    from cli.render.contacts import NOBODY, customer, hanging
    from cli.render.words import safe, wrapped
    from integrations.core.dates import day

    if not entries:
        whose = f" for an account manager with “{safe(manager, 40)}” in the name" if manager else ""
        yield from hanging(f"Nothing has changed since {day(since)}{whose}.")
        return
    yield f"CONTACTS  since {day(since)}"
    before: tuple[str, str] = ("", "")
    for (who, number, _), group in _grouped(entries).items():
        if who != before[0] or not before[1]:
            yield safe(who, 60) or NOBODY
        if (who, number) != before:
            yield from wrapped("  ", customer(number, {number: group[0].company}), 2)
        before = (who, number)
        yield from _row(group)


def _grouped(entries: Sequence[Entry]) -> dict[tuple[str, str, tuple[str, ...]], list[Entry]]:
    """Group a person's equal changes of one day in several systems; a return is kept apart from the leaving before."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Entry]] = {}
    left: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        person = entry.contact or entry.person or f"{entry.system} {entry.at}"
        times = left[entry.customer, person, entry.system]
        if entry.what == "archive":
            left[entry.customer, person, entry.system] += 1
        same = (person, entry.what, entry.why, str(day_of(entry.at)), str(times))
        found.setdefault((entry.manager, entry.customer, same), []).append(entry)
    return found


def _row(group: Sequence[Entry]) -> list[str]:
    from cli.render.words import SIGNS, safe, system_label, wrapped
    from integrations.core.dates import day

    first = group[0]
    words = {"create": "new in", "adopt": "taken over in", "update": "changed in", "archive": "taken out of"}
    signs = {str(action): sign for action, sign in SIGNS.items()}
    names = ", ".join(sorted({system_label(entry.system) for entry in group if entry.system}))
    omission = f"left out{f' of {names}' if names else ''}: {safe(first.why)}" if first.what == "skip" else ""
    person = safe(first.person, 40) or "somebody whose name is not kept any more"
    contact = f" ({safe(first.contact)})" if first.contact else ""
    when = day(day_of(first.at))
    text = f"{person}{contact}: {omission or f'{words.get(first.what, first.what)} {names}'}, {when}"
    return wrapped(f"    {signs.get(first.what, 'x')}", text, 6)
