"""`closedwon check`: credentials, rights and reachability, before anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import Examples, configured, open_workspace, tell_failed
from cli.ledger import exit_code_of_faults
from integrations.core.calendar import today
from integrations.core.dates import dated

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.errors import ClosedwonError, IntegrationError
    from integrations.core.rows import Failed
    from integrations.core.system import Report

EXAMPLES = """\
closedwon check            every system
closedwon check jira erp   these two"""

SOON = timedelta(days=30)
"""Time before a key's end from which the end is marked."""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def command(systems: Sequence[str], *, as_json: bool, config: Path | None, verbose: bool) -> int:
    """Test every system: reachability, credentials, rights.

    Reads only, never writes. Settings, playbooks, templates and the ledger are
    checked first.
    With -v every right is listed, not only what is missing or needless.
    """
    from integrations.core.ledger import care
    from integrations.core.outcome import exit_code_of

    with open_workspace(config, verbose=verbose, name_unusable=False) as workspace:
        for name in systems:
            if name not in workspace.systems:
                raise click.UsageError(f"there is no system {name}; there are: {', '.join(workspace.systems)}")
        rules = _check_rules(workspace)
        own = care.check(workspace.settings.ledger).faults
        code = report(workspace, systems or tuple(workspace.systems), own, as_json=as_json, verbose=verbose)
        tell_failed("rules of the", rules)
        return exit_code_of([code, *(rule.error.exit_code for rule in rules)])


def _check_rules(workspace: Workspace) -> Sequence[Failed]:
    """Check the settings of the invoicing rules; return the company's own rules that can't be used, with the reasons.

    Raises:
        ConfigError: All faults of these settings.
    """
    from importlib.metadata import entry_points

    tables = workspace.settings.general.invoices.rules
    if not tables and not entry_points(group="closedwon.rules"):
        return ()
    from integrations.flows.invoicing.catalogue import catalogue

    return catalogue(tables, where=str(workspace.settings.path)).unusable


def report(
    workspace: Workspace,
    systems: Sequence[str],
    own: Sequence[ClosedwonError] = (),
    *,
    as_json: bool = False,
    verbose: bool = False,
) -> int:
    """Check these systems at the same time, print the findings, and return the exit code.

    `own` has the faults of the ledger. Exit code 1, which asks to run the command again, counts before all others.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(systems))) as pool:
        found = list(pool.map(lambda name: _checked(workspace, name), systems))
    rows = dict(zip(systems, found, strict=True))
    if as_json:
        faults = [{"type": fault.type, "message": fault.message, "next": fault.next} for fault in own]
        ledger = {"place": str(workspace.settings.ledger), "faults": faults}
        found_there = [_document(workspace, name, row) for name, row in rows.items()]
        click.echo(json.dumps({"systems": found_there, "ledger": ledger}))
    else:
        _show(workspace, rows, own, verbose=verbose)
    codes = (_exit_code(rows), exit_code_of_faults(own))
    return 1 if 1 in codes else codes[1] or codes[0]


def _checked(workspace: Workspace, name: str) -> Report | IntegrationError:
    from integrations.core.errors import AuthError, ConfigError, IntegrationError
    from integrations.core.rows import unforeseen
    from integrations.core.system import Report
    from integrations.registry import refused

    system = workspace.systems[name]
    kinds = workspace.kinds_of(name) if system.settings.mode != "read" else frozenset[str]()
    if system.deals is not None:
        kinds |= {"deals"}
    if system.connect_billing is not None:
        kinds |= {"billing"}
    try:
        found: Any = system.check(kinds)
        if isinstance(found, Report):
            return found
        return refused(system.settings.adapter, f"its check gives no Report ({type(found).__name__})")
    except IntegrationError as error:
        return error
    except ConfigError as error:
        who = "the person who runs closedwon"
        return AuthError(f"{system.title}: {error.message}", system=name, who=who, next=error.next)
    except Exception as error:  # noqa: BLE001  (one adapter's mistake hides nothing of the others)
        return unforeseen(name, error)


def _exit_code(rows: dict[str, Any]) -> int:
    from integrations.core.errors import IntegrationError

    codes = [0]
    for row in rows.values():
        if isinstance(row, IntegrationError):
            codes.append(row.exit_code)
        elif row.faults:
            codes.append(4)
    return 1 if 1 in codes else max(codes)


def _document(workspace: Workspace, name: str, row: Any) -> dict[str, Any]:
    from integrations.core.errors import IntegrationError

    document: dict[str, Any] = {"system": name, "product": workspace.systems[name].title}
    document["mode"] = workspace.systems[name].settings.mode
    if isinstance(row, IntegrationError):
        return {**document, "error": {"type": row.type, "message": row.message, "next": row.next}}
    findings = [{"ok": f.ok, "text": f.text, "who": f.who, "next": f.next} for f in row.findings]
    until = row.key_until.isoformat() if row.key_until is not None else None
    return {**document, "account": row.account, "key_until": until, "findings": findings, "error": None}


def _show(workspace: Workspace, rows: dict[str, Any], own: Sequence[ClosedwonError], *, verbose: bool) -> None:
    from cli.render.words import cells, error_lines, padded, safe, system_label, wrapped
    from integrations.core.errors import IntegrationError

    names = [system_label(name) for name in rows]
    accounts = [row.account if not isinstance(row, IntegrationError) else "-" for row in rows.values()]
    columns = (
        max(cells(text) for text in ("CHECK", *names)),
        max(cells(safe(text, 30)) for text in ("account", *accounts)),
    )
    first = f"{padded('CHECK', columns[0])}  mode   {padded('account', columns[1])}  key to         "
    click.echo(f"{first}rights")
    for name, label, account in zip(rows, names, accounts, strict=True):
        row, mode = rows[name], workspace.systems[name].settings.mode
        start = f"{padded(label, columns[0])}  {mode:<5}  {padded(safe(account, 30), columns[1])}  {_until(row):<13}  "
        for line in wrapped(start, _rights(row, verbose=verbose), len(first)):
            click.echo(line)
    faults = [*_faults(rows), *("\n".join(error_lines(fault)) for fault in own)]
    for line in faults:
        click.echo(line)
    for line in wrapped("", f"Ledger: {safe(workspace.settings.ledger)}", 2):
        click.echo(line)
    reached = sum(not isinstance(row, IntegrationError) for row in rows.values())
    end = f"{len(faults)} to fix, see above." if faults else "No faults.  Next: closedwon deals"
    click.echo(f"{reached} of {len(rows)} systems reached. {end}")


def _until(row: Any) -> str:
    until: date | None = getattr(row, "key_until", None)
    if until is None:
        return "-"
    mark = " !" if until - today() < SOON else ""
    return f"{dated(until)}{mark}"


def _rights(row: Any, *, verbose: bool) -> str:
    from cli.render.words import safe
    from integrations.core.errors import IntegrationError

    if isinstance(row, IntegrationError):
        return "NOT REACHED" if row.exit_code == 1 else "REFUSED"
    missing = [f"MISSING {safe(finding.text)}" for finding in row.faults]
    notes = [safe(finding.text) for finding in row.findings if finding.ok and (verbose or not finding.minor)]
    return "; ".join([*(missing or ["ok"]), *notes])


def _faults(rows: dict[str, Any]) -> list[str]:
    from cli.render.words import safe, system_label, wrapped
    from integrations.core.errors import IntegrationError

    lines: list[str] = []
    for name, row in rows.items():
        if isinstance(row, IntegrationError):
            lines.append("\n".join(wrapped("", f"{safe(row.message, 400)}. {_who_and_how(row)}".strip(), 0)))
            continue
        for finding in row.faults:
            text = f"{system_label(name)}: {safe(finding.text)}. {_who_and_how(finding)}".replace("..", ".")
            lines.append("\n".join(wrapped("", text.strip(), 0)))
    return lines


def _who_and_how(fault: Any) -> str:
    from cli.render.words import safe, what_next

    return what_next(safe(fault.who), fault.next)


def report_one(path: Path, name: str, waiting: Callable[[str, float, str], None]) -> list[str]:
    """The faults of the system that a settings file holds alone, checked for reading only and without playbooks."""
    from config.settings import read
    from integrations.core.errors import ConfigError, Fault, IntegrationError
    from integrations.core.http import HttpContext
    from integrations.registry import adapter

    settings = read(path)
    section = settings.systems[name]
    if section is None:
        raise ConfigError(Fault(str(path), f"[{name}]", "is switched off"))
    system = adapter(section.adapter).connect(name, section, HttpContext(settings.locks, waiting=waiting))
    try:
        found: Report | IntegrationError = system.check(frozenset({"deals"} if system.deals is not None else ()))
    except IntegrationError as error:
        found = error
    finally:
        if system.http is not None:
            system.http.close()
    return _faults({name: found})
