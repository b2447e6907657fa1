"""What every command has: examples first in its help, `--config`, `-v`, and a workspace to work with."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from config.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])


class Examples(click.Command):
    """A command whose help shows examples before anything else."""

    def __init__(self, *arguments: Any, examples: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, then what the command does."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def configured(function: Function) -> Function:
    """Add `--config` and `-v`."""
    path = click.Path(path_type=Path, dir_okay=False)
    config = click.option("--config", type=path, help="The settings; else $CLOSEDWON_CONFIG, else ./closedwon.toml.")
    verbose = click.option("-v", "--verbose", is_flag=True, help="A line on stderr for each request; fields in plans.")
    return config(verbose(function))


@contextlib.contextmanager
def workspace(config: Path | None, *, verbose: bool = False, run: str = "") -> Iterator[Workspace]:
    """The workspace of the settings that apply here, with its requests and waits told on stderr."""
    from config.settings import find
    from config.workspace import checked, opened
    from integrations.core.http import Sent

    def sent(request: Sent) -> None:
        if verbose:
            status = request.status if request.status is not None else "lost"
            click.echo(f"{run} {request.system} {request.operation} {status} {request.milliseconds:.0f} ms", err=True)

    with opened(checked(find(config)), sent=sent, waiting=tell_waiting) as found:
        yield found


def tell_waiting(who: str, seconds: float, why: str) -> None:
    """Say on stderr what is being waited for, unless it is over before one could read it."""
    if seconds >= 1:
        from cli.render.words import safe, wrapped

        named = "" if why.startswith(who) else f"{safe(who)}: "
        for line in wrapped("", f"waiting up to {seconds:.0f} s: {named}{safe(why)}", 2):
            click.echo(line, err=True)


def interactive() -> bool:
    """Whether there is a person to ask; a daemon's children have no standard input at all."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
