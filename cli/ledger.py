"""`closedwon ledger`: look after the memory of what was written, chosen and acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, Group, configured, confirmed, help_unless_called, interactive

if TYPE_CHECKING:
    from integrations.core.errors import ClosedwonError
    from integrations.core.ledger.care import Checkup
    from integrations.core.server import Server

EXAMPLES = """\
closedwon ledger check                    damage, key, rights, schema
closedwon ledger backup /srv/ledger.copy  a copy, while others go on working
closedwon ledger restore ledger.sqlite.2026-11-29
closedwon ledger move env:LEDGER_URL      to a PostgreSQL database, or back
closedwon ledger new                      where the key or the ledger is lost"""

VARIABLE = "env:"
"""Before the name of the environment variable that has a URL."""

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")


class _Commands(Group):
    """The commands of this module."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        del ctx
        return {"check": check, "backup": backup, "restore": restore, "move": move, "new": new}.get(cmd_name)


NAMES = ("check", "backup", "restore", "move", "new")


@click.command(cls=_Commands, package=__name__, names=NAMES, examples=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """Check the ledger, back it up, put a copy back, move it, or begin a new one.

    The ledger is a file of our own: what was about to be written, what people
    chose, acknowledged and approved, and who is to stay out. The key beside it is
    needed to read it: keep both in your backups, apart from each other. A copy of
    each of the last seven days lies beside it, and one from before each new
    schema. Several machines share one in a PostgreSQL database, which is backed up
    with its server. None of these commands contacts a system.
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
    place = _ledger(config)
    found = care.check(place)
    for line in checkup_lines(place, found):
        click.echo(line)
    return exit_code_of_faults(found.faults)


@click.command(cls=Examples, examples="closedwon ledger backup /srv/backup/ledger.copy")
@FILE
@configured
def backup(file: Path, *, config: Path | None, verbose: bool) -> int:
    """Write a copy of the ledger to FILE, while others go on working.

    An older copy there is replaced. The key is not in it, and is needed to use it.
    Of a ledger in PostgreSQL it is a file all the same; what puts back the database
    itself is a dump of it (pg_dump, pg_restore).
    """
    from cli.render.words import wrapped
    from integrations.core.ledger import care
    from integrations.core.ledger.file import key_path

    del verbose
    place = _ledger(config)
    care.backup(place, file)
    key = key_path(place) if isinstance(place, Path) else "the key that [ledger] of the settings points at"
    for line in wrapped("", f"Wrote {file}. It can be used only with {key}: keep that as well.", 2):
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
    path = _file(config, "Put a dump back with pg_restore.")
    aside = care.restore(path, file)
    kept = f" The one that was there is now {aside}." if aside is not None else ""
    for line in wrapped("", f"Restored {path} from {file}.{kept}", 2):
        click.echo(line)
    for line in wrapped("", "Revoke again who was revoked since: closedwon contacts revoke EMAIL", 2):
        click.echo(line)
    return 0


@click.command(
    cls=Examples,
    examples="closedwon ledger move env:LEDGER_URL\nclosedwon ledger move /var/lib/closedwon/ledger.sqlite",
)
@click.argument("target", metavar="URL-OR-PATH")
@configured
def move(target: str, *, config: Path | None, verbose: bool) -> int:
    """Move the ledger to a PostgreSQL database, or from there to a file.

    URL-OR-PATH is where there is no ledger yet: postgresql://USER@HOST/DATABASE,
    env:NAME for the environment variable that has the URL (so that no password
    stands on the command line), or a file. Everything is carried over with its key,
    or nothing; no other run may use the ledger meanwhile. The one of now stays until
    you remove it, and says where it went to who still uses it; the settings are yours
    to change, and it says how.
    """
    from cli.render.words import count, wrapped
    from integrations.core.ledger import transfer

    del verbose
    source = _ledger(config)
    place = _target(target, source)
    number = transfer.move(source, place)
    for line in wrapped("", f"Moved {count(number, 'row')} from {source} to {place}.", 2):
        click.echo(line)
    for line in _settings_lines(target, source, place):
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
    path = _file(config, "Name an empty database as its url; the one of now stays as it is.")
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


def _target(target: str, source: Path | Server) -> Path | Server:
    """Return the place that a person named; a database there has the key of the ledger that moves."""
    from integrations.core.ledger.file import read_key
    from integrations.core.secret import Secret
    from integrations.core.server import URLS, Server

    is_variable = target.startswith(VARIABLE)
    if not is_variable and not target.startswith(URLS):
        return Path(target).absolute()
    key = source.key if isinstance(source, Server) else read_key(source) if source.exists() else b""
    return Server(Secret(env=target.removeprefix(VARIABLE)) if is_variable else target, key)


def _settings_lines(target: str, source: Path | Server, place: Path | Server) -> list[str]:
    """Return what to write into the settings after a move."""
    from cli.render.words import wrapped
    from integrations.core.ledger.file import key_path

    # Without blanks, so that a line is never broken.
    if isinstance(place, Path):
        return ["Now write into [ledger] of the settings, without url and key:", f'  file="{place}"']
    variable = target.removeprefix(VARIABLE) if target.startswith(VARIABLE) else "NAME"
    lines = ["Now write into [ledger] of the settings:", f'  url={{env="{variable}"}}']
    if isinstance(source, Path):
        lines.append(f'  key={{file="{key_path(source).absolute()}"}}')
    return [*lines, *wrapped("", "Other machines need the same key, as a copy of that file or as its digits.", 2)]


def checkup_lines(place: Path | Server, found: Checkup) -> list[str]:
    """Return the state of a ledger in words."""
    from cli.render.words import error_lines, wrapped

    lines = [str(place)]
    for fact in found.facts:
        lines += wrapped("  ", fact, 2)
    for fault in found.faults:
        lines += error_lines(fault)
    return lines


def exit_code_of_faults(faults: Sequence[ClosedwonError]) -> int:
    """The exit code of a check-up: 0 without faults, 2 if a person can fix all of them in the files, else 1."""
    from integrations.core.errors import ConfigError

    if not faults:
        return 0
    return 2 if all(isinstance(fault, ConfigError) for fault in faults) else 1


def _ledger(config: Path | None) -> Path | Server:
    from config.settings import find, read

    return read(find(config)).ledger


def _file(config: Path | None, following: str) -> Path:
    """Return the ledger's file.

    Raises:
        ConfigError: The ledger is in no file.
    """
    from integrations.core.errors import ConfigError, Fault

    place = _ledger(config)
    if not isinstance(place, Path):
        fault = Fault(str(place), "", "is no file: this command looks after files")
        raise ConfigError(fault, next=following)
    return place
