"""`closedwon ledger`: look after the file that remembers what was written, chosen and acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, Group, configured, confirmed, help_unless_called, interactive

if TYPE_CHECKING:
    from integrations.core.errors import ClosedwonError
    from integrations.core.ledger.care import Checkup

EXAMPLES = """\
closedwon ledger check                    damage, key, rights, schema
closedwon ledger backup /srv/ledger.copy  a copy, while others go on working
closedwon ledger restore ledger.sqlite.2026-11-29
closedwon ledger new                      where the key or the ledger is lost"""

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")


class _Commands(Group):
    """The commands of this module."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        del ctx
        return {"check": check, "backup": backup, "restore": restore, "new": new}.get(cmd_name)


@click.command(cls=_Commands, package=__name__, names=("check", "backup", "restore", "new"), examples=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """Check the ledger, back it up, put a copy back, or begin a new one.

    The ledger is a file of our own: what was about to be written, what people
    chose, acknowledged and approved, and who is to stay out. The key beside it is
    needed to read it: keep both in your backups, apart from each other. A copy of
    each of the last seven days lies beside it, and one from before each new
    schema. None of these commands contacts a system.
    """
    help_unless_called(context)


@click.command(cls=Examples, examples="closedwon ledger check")
@configured
def check(*, config: Path | None, verbose: bool) -> int:
    """Check the ledger: damage, key, rights, schema.

    Also since when the outcome of a write is not known. Changes nothing. Exit 0
    where all is well, else 1 or 2 with what to do.
    """
    from integrations.core.ledger import care

    del verbose
    path = _ledger(config)
    found = care.check(path)
    for line in checkup_lines(path, found):
        click.echo(line)
    return exit_code_of_faults(found.faults)


@click.command(cls=Examples, examples="closedwon ledger backup /srv/backup/ledger.copy")
@FILE
@configured
def backup(file: Path, *, config: Path | None, verbose: bool) -> int:
    """Write a copy of the ledger to FILE, while others go on working.

    An older copy there is replaced. The key is not in it, and is needed to use it.
    """
    from cli.render.words import wrapped
    from integrations.core.ledger import care
    from integrations.core.ledger.file import key_path

    del verbose
    path = _ledger(config)
    care.backup(path, file)
    for line in wrapped("", f"Wrote {file}. It can be used only with {key_path(path)}: keep that as well.", 2):
        click.echo(line)
    return 0


@click.command(cls=Examples, examples="closedwon ledger restore ledger.sqlite.2026-11-29")
@FILE
@configured
def restore(file: Path, *, config: Path | None, verbose: bool) -> int:
    """Put a copy in the place of the ledger.

    The ledger of now is kept beside it. What was chosen, acknowledged or revoked
    since the copy was made is not in it; what was written since is found again.
    """
    from cli.render.words import wrapped
    from integrations.core.ledger import care

    del verbose
    path = _ledger(config)
    aside = care.restore(path, file)
    kept = f" The one that was there is now {aside}." if aside is not None else ""
    for line in wrapped("", f"Restored {path} from {file}.{kept}", 2):
        click.echo(line)
    for line in wrapped("", "Revoke again who was revoked since: closedwon contacts revoke EMAIL", 2):
        click.echo(line)
    return 0


@click.command(cls=Examples, examples="closedwon ledger new")
@configured
def new(*, config: Path | None, verbose: bool) -> int:
    """Begin a new ledger with a new key; says what is lost, and asks.

    For a key that is lost, or a ledger of which there is no copy. The old files
    are kept under another name. It always asks, so it needs a terminal.
    """
    from cli.render.words import wrapped
    from integrations.core.ledger import care

    del verbose
    if not interactive():
        raise click.UsageError("it asks before it begins a new ledger: run it in a terminal")
    path = _ledger(config)
    click.echo(f"{path}")
    click.echo("With a new ledger, closedwon knows nothing any more of:")
    for loss in care.losses(path) or ["whatever was in it, which can't be read"]:
        for line in wrapped("  - ", loss, 4):
            click.echo(line)
    for line in wrapped("", "Objects that bear our mark are found again. Copies: closedwon ledger restore FILE", 2):
        click.echo(line)
    if not confirmed("Begin a new ledger?"):
        click.echo("Nothing was changed.", err=True)
        return 3
    for aside in care.begin_anew(path):
        click.echo(f"Kept {aside}")
    for line in wrapped("", "Before the next sync, revoke again who must stay out: closedwon contacts revoke EMAIL", 2):
        click.echo(line)
    return 0


def checkup_lines(path: Path, found: Checkup) -> list[str]:
    """Return the state of a ledger in words."""
    from cli.render.words import error_lines, wrapped

    lines = [str(path)]
    for fact in found.facts:
        lines += wrapped("  ", fact, 2)
    for fault in found.faults:
        lines += error_lines(fault)
    return lines


def exit_code_of_faults(faults: Sequence[ClosedwonError]) -> int:
    """0 for a ledger that is well, 2 for what a person puts right in its files, else 1."""
    from integrations.core.errors import ConfigError

    if not faults:
        return 0
    return 2 if all(isinstance(fault, ConfigError) for fault in faults) else 1


def _ledger(config: Path | None) -> Path:
    from config.settings import find, read

    return read(find(config)).ledger
