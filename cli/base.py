"""Common parts of every command: examples first in its help, `--config`, `-v`, and a workspace to work with."""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.http import Sent
    from integrations.core.ledger import Ledger
    from integrations.core.rows import Failed

Function = TypeVar("Function", bound=Callable[..., Any])
Answer = TypeVar("Answer", bound=str)

_REQUESTS = logging.getLogger("integrations.requests")

YES_OR_NO = " [y/N]: n"
"""What stands behind a question, with its answer."""


LONGEST_REASON = 2_000
"""Characters of a reason: it stands in a ticket's comment between other things, and in our own memory."""


class Text(click.ParamType[str]):
    """Words of a person; more characters than `most` are refused, and the option is named."""

    name = "text"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the words as they were given."""
        if len(value) > self.most:
            from integrations.core.money import thousands

            had, most = thousands(len(value)), thousands(self.most)
            self.fail(f"it has {had} characters, and at most {most} are kept", param, ctx)
        return value


REASON = Text(LONGEST_REASON)

TYPED = "cli.typed"
"""Under which a context keeps the words of its command."""


def typed() -> Sequence[str]:
    """Return the words of the command that is running, as a person typed them."""
    words: Sequence[str] = click.get_current_context().meta[TYPED]
    return words


class Examples(click.Command):
    """A command whose help shows examples before anything else."""

    def __init__(self, *arguments: Any, examples: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what was typed, for naming the command again; see `typed`."""
        ctx.meta[TYPED] = [*ctx.command_path.split(), *args]
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, then what the command does."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Group(Examples, click.Group):
    """Commands, imported when they are used or listed.

    Each is a module of one package with a `command`; or, where `module` is given, the function `<name>_command` in it.
    """

    def __init__(
        self, *arguments: Any, names: Sequence[str], package: str = "", module: str = "", **options: Any
    ) -> None:
        options = {"no_args_is_help": False, "invoke_without_command": True, **options}
        super().__init__(*arguments, subcommand_metavar="COMMAND [ARGS]...", **options)
        self._package, self._module, self._names = package, module, tuple(names)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        del ctx
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        del ctx
        if cmd_name not in self._names:
            return None
        if self._module:
            found: click.Command = getattr(importlib.import_module(self._module), f"{cmd_name}_command")
        else:
            found = importlib.import_module(f"{self._package}.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was meant; of a misspelt one, the one that is spelt most like it is named."""
        if not args[0].startswith("-") and args[0] not in self._names:
            from integrations.core.meant import nearest

            alike = nearest(args[0], self._names)
            meant = f"Did you mean {alike[0]}?" if alike else f"There are: {', '.join(self._names)}."
            raise click.UsageError(f"There is no command {args[0]}. {meant}", ctx)
        return super().resolve_command(ctx, args)


def help_unless_called(context: click.Context) -> None:
    """Show a group's help as a wrong call, where no command of it was named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


def configured(function: Function) -> Function:
    """Add `--config` and `-v`."""
    path = click.Path(path_type=Path, dir_okay=False)
    config = click.option("--config", type=path, help="The settings; else $CLOSEDWON_CONFIG, else ./closedwon.toml.")
    verbose = click.option("-v", "--verbose", is_flag=True, help="Log each request to stderr; show fields in plans.")
    return config(verbose(function))


def logged(function: Function) -> Function:
    """Add a `-v` that shows the log, for commands without a workspace."""

    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            show_log(context)

    option = click.option(
        "-v", "--verbose", is_flag=True, expose_value=False, callback=show, help="Log failures to stderr."
    )
    return option(function)


def show_log(context: click.Context) -> None:
    """Write the log to stderr until the failure of the command, if any, was reported; see `cli.main.run`."""
    from integrations.core import log

    closing = context.find_object(contextlib.ExitStack)
    if closing is not None:
        closing.enter_context(log.running(log.run_id()))
        closing.enter_context(log.shown(sys.stderr))


@contextlib.contextmanager
def open_workspace(
    config: Path | None, *, verbose: bool = False, playbooks: bool = True, name_unusable: bool = True
) -> Iterator[Workspace]:
    """The workspace of the settings that apply here, with its waits and, where it is `verbose`, its log on stderr."""
    from config.settings import find
    from config.workspace import checked, opened
    from integrations.core.calendar import used

    if verbose:
        show_log(click.get_current_context())
    settings = checked(find(config))
    context = click.get_current_context(silent=True)
    closing = context.find_object(contextlib.ExitStack) if context is not None else None
    if closing is not None:  # failures are reported after the block, in the company's days
        closing.enter_context(used(settings.general.calendar.calendar()))
    with opened(settings, sent=log_request, waiting=tell_waiting, playbooks=playbooks) as found:
        if name_unusable:
            _name_unusable(found)
        yield found


def _name_unusable(workspace: Workspace) -> None:
    """Say on stderr which systems can't be used, and why: the others work."""
    from cli.render.words import error_lines

    for error in workspace.unusable.values():
        for line in error_lines(error):
            click.echo(line, err=True)


def log_request(request: Sent) -> None:
    """Log a request: nothing of its query or body."""
    status = request.status if request.status is not None else "lost"
    _REQUESTS.info("%s %s %s %.0f ms", request.system, request.operation, status, request.milliseconds)


def tell_failed(kind: str, failed: Iterable[Failed]) -> None:
    """Say on stderr which rows of a listing, of this `kind`, could not be read or shown."""
    from cli.render.words import error_lines, safe

    for failure in failed:
        click.echo(f"{kind.capitalize()} {safe(failure.id)}", err=True)
        for line in error_lines(failure.error):
            click.echo(f"  {line}", err=True)


def tell_waiting(who: str, seconds: float, why: str) -> None:
    """Say on stderr what is being waited for, unless it is over before one could read it."""
    if seconds >= 1:
        from cli.render.words import safe, wrapped

        named = "" if why.startswith(who) else f"{safe(who)}: "
        for line in wrapped("", f"waiting up to {seconds:.0f} s: {named}{safe(why)}", 2):
            click.echo(line, err=True)


def confirmed(question: str) -> bool:
    """Return whether a person says yes; what does not fit on the line of the answer stands above it.

    Raises:
        KeyboardInterrupt: Ctrl-C, or nobody is there any more.
    """
    from cli.render.words import cells, width, wrapped

    *before, last = wrapped("", question, 0, width() - cells(YES_OR_NO))
    for line in before:
        click.echo(line, err=True)
    try:
        return click.confirm(last, default=False, err=True)
    except click.Abort:
        click.echo("\nNothing was written.", err=True)
        raise KeyboardInterrupt from None


def picked(question: str, answers: Mapping[Answer, str]) -> Answer:
    """Return which of these answers (by their letters) a person gives; anything else is asked again.

    Raises:
        KeyboardInterrupt: Ctrl-C, or nobody is there any more.
    """
    from cli.render.words import cells, width, wrapped

    choices = " ".join(f"{letter}({word[1:]})" for letter, word in answers.items())
    *before, last = wrapped("", f"{question} {choices}", 0, width() - cells(YES_OR_NO))
    for line in before:
        click.echo(line, err=True)
    while True:
        try:
            answer = click.prompt(last, default="n", show_default=False, err=True).strip().casefold()
        except click.Abort:
            click.echo("\nNothing more was written.", err=True)
            raise KeyboardInterrupt from None
        found = next((letter for letter, word in answers.items() if answer in (letter, word)), None)
        if found is not None:
            return found
        click.echo(f"Answer with one letter: {choices}", err=True)


def ledger_of(workspace: Workspace, *, reason: str = "", plan: str | None = None, dry: bool = False) -> Ledger:
    """Open the ledger in the name of the person whose command this is.

    The trigger is a hand where any stream is a terminal, or where a plan was approved by its id; else a schedule.
    `dry`: the run keeps nothing of what it learns.
    """
    from integrations.core.ledger import Actor, Ledger
    from integrations.core.ledger.database import user

    by_hand = plan is not None or any(
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)
    )
    return Ledger(workspace.settings.ledger, Actor(user(), "hand" if by_hand else "cron", reason.strip()), dry=dry)


def interactive() -> bool:
    """Return whether there is a person to ask; a daemon's children have no standard input at all."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
