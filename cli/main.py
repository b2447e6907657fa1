"""The command `closedwon`: finds the subcommand, and turns errors into messages and exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import click

from cli.base import Group, help_unless_called

COMMANDS = (
    "init",
    "check",
    "deals",
    "setup",
    "link",
    "contacts",
    "invoices",
    "status",
    "serve",
    "runs",
    "ledger",
    "sandbox",
    "demo",
)
"""In the order in which somebody new needs them; each is a module `cli.<name>` with a `command`."""

EXAMPLES = """\
closedwon demo                  the whole story on a sandbox, in one command
closedwon init                  say where your systems are
closedwon check                 reachability, credentials, rights: do it first
closedwon setup 42              show what deal 42 needs, ask, do it
closedwon setup --won --yes     every won deal that is not done: for a crontab
closedwon contacts sync         the customers' people, in step everywhere
closedwon invoices check        what will not be paid, or was never invoiced"""


@click.command(
    cls=Group,
    package="cli",
    names=COMMANDS,
    examples=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(package_name="closedwon", prog_name="closedwon")
@click.pass_context
def group(context: click.Context) -> None:
    """A deal is won: make the customer exist everywhere, once."""
    help_unless_called(context)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; errors are reported on stderr."""
    with contextlib.ExitStack() as closing:
        return _run(list(arguments) if arguments is not None else None, closing)


def _run(arguments: list[str] | None, closing: contextlib.ExitStack) -> int:
    """Run the command; `closing` holds what has to stay open until a failure is reported, such as the log of `-v`."""
    try:
        result = group.main(arguments, "closedwon", standalone_mode=False, color=_colour(), obj=closing)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        click.echo("Stopped. Run the same command again to go on.", err=True)
        return 130
    except KeyboardInterrupt:
        click.echo("\nStopped. Run the same command again to go on.", err=True)
        return 130
    except click.ClickException as error:
        return _misused(error)
    except BrokenPipeError:
        # Else Python fails again when it flushes stdout at its exit (docs.python.org, "Note on SIGPIPE").
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  (no traceback for people: it is one line and an exit code)
        return _failed(error)


def _colour() -> bool | None:
    """False where colours are unwanted (no-color.org) or the terminal has none; None leaves it to click."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def _misused(error: click.ClickException) -> int:
    """Report a wrong call with its usage, the fault, and the command for examples; return exit code 2."""
    from cli.render.words import safe, wrapped

    context = error.ctx if isinstance(error, click.UsageError) else None
    lines = wrapped("", safe(error.format_message(), 500), 2)
    if context is not None:
        help_lines = wrapped("", f"Examples: {context.command_path} -h", 0)
        lines = [*context.get_usage().splitlines(), *lines, *help_lines]
    for line in lines:
        click.echo(line, err=True)
    return 2


def _failed(error: Exception) -> int:
    from integrations.core.errors import ClosedwonError, ConfigError, IntegrationError

    if isinstance(error, OSError) and error.strerror:
        click.echo(f"{error.filename or 'closedwon'}: {error.strerror}", err=True)
        return 1
    if not isinstance(error, ClosedwonError):
        from integrations.core.rows import unforeseen

        error = unforeseen("", error)
    from cli.render.words import error_lines

    for line in error_lines(error):
        click.echo(line, err=True)
    if isinstance(error, ConfigError):
        return 2
    return error.exit_code if isinstance(error, IntegrationError) else 1


def main() -> None:
    """Run the command and exit with its code: the entry point of the package."""
    sys.exit(run())
