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
"""The end of a question with its answer; its width is kept free on the line."""


LONGEST_REASON = 2_000
"""Characters of a reason at most: it goes into the ledger and, among other text, into tickets' comments."""


class Text(click.ParamType[str]):
    """Free text of at most `most` characters; longer text is refused by an error that names the option."""

    name = "text"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text unchanged, if it is short enough."""
        if len(value) > self.most:
            from integrations.core.money import thousands

            had, most = thousands(len(value)), thousands(self.most)
            self.fail(f"it has {had} characters, and at most {most} are kept", param, ctx)
        return value


REASON = Text(LONGEST_REASON)

TYPED = "cli.typed"
"""The key of a context's `meta` under which the command line is kept."""


def typed() -> Sequence[str]:
    """The words of the running command as they were typed."""
    words: Sequence[str] = click.get_current_context().meta[TYPED]
    return words


class Examples(click.Command):
    """A command whose help shows examples before anything else."""

    def __init__(self, *arguments: Any, examples: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the typed words, so that messages can repeat the command; see `typed`."""
        ctx.meta[TYPED] = [*ctx.command_path.split(), *args]
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description, then the examples, before all options."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Group(Examples, click.Group):
    """A group whose commands are imported only when they are used or listed, so that each starts quickly.

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
        """Find the command; the error for a misspelt one proposes the name that is closest."""
        if not args[0].startswith("-") and args[0] not in self._names:
            from integrations.core.meant import nearest

            alike = nearest(args[0], self._names)
            meant = f"Did you mean {alike[0]}?" if alike else f"There are: {', '.join(self._names)}."
            raise click.UsageError(f"There is no command {args[0]}. {meant}", ctx)
        return super().resolve_command(ctx, args)


def help_unless_called(context: click.Context) -> None:
    """Show a group's help on stderr and end with exit code 2, if no command of it was named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


def configured(function: Function) -> Function:
    """Add `--config` and `-v`."""
    path = click.Path(path_type=Path, dir_okay=False)
    config = click.option("--config", type=path, help="The settings; else $CLOSEDWON_CONFIG, else ./closedwon.toml.")
    verbose = click.option("-v", "--verbose", is_flag=True, help="Log each request to stderr; show fields in plans.")
    return config(verbose(function))


@contextlib.contextmanager
def installed(extra: str) -> Iterator[None]:
    """Name what has to be installed, where a package of an extra is missing in the block.

    Raises:
        ConfigError: One is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        from integrations.core.errors import ConfigError, Fault

        fault = Fault("", "", f"the package {error.name} is not installed")
        raise ConfigError(fault, next=f"Install closedwon[{extra}].") from None


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
    """Write the log to stderr until a failure of the command has been reported; see `cli.main.run`."""
    from integrations.core import log

    closing = context.find_object(contextlib.ExitStack)
    if closing is not None:
        closing.enter_context(log.running(log.run_id()))
        closing.enter_context(log.shown(sys.stderr))


@contextlib.contextmanager
def open_workspace(
    config: Path | None, *, verbose: bool = False, playbooks: bool = True, name_unusable: bool = True
) -> Iterator[Workspace]:
    """Open the workspace of the settings that apply here; waits, and the log if `verbose`, go to stderr.

    Raises:
        ConfigError: All faults of settings, playbooks and templates.
    """
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
    """Report on stderr the systems that can't be used, and why; the others are used all the same."""
    from cli.render.words import error_lines

    for error in workspace.unusable.values():
        for line in error_lines(error):
            click.echo(line, err=True)


def log_request(request: Sent) -> None:
    """Log a request: nothing of its query or body."""
    status = request.status if request.status is not None else "lost"
    _REQUESTS.info("%s %s %s %.0f ms", request.system, request.operation, status, request.milliseconds)


def tell_failed(kind: str, failed: Iterable[Failed]) -> None:
    """Report on stderr the rows of a listing that could not be read or shown; `kind` is the word for a row."""
    from cli.render.words import error_lines, safe

    for failure in failed:
        click.echo(f"{kind.capitalize()} {safe(failure.id)}", err=True)
        for line in error_lines(failure.error):
            click.echo(f"  {line}", err=True)


def tell_waiting(who: str, seconds: float, why: str) -> None:
    """Report a wait on stderr, unless it is shorter than a second: it would be over before it could be read."""
    if seconds >= 1:
        from cli.render.words import safe, wrapped

        named = "" if why.startswith(who) else f"{safe(who)}: "
        for line in wrapped("", f"waiting up to {seconds:.0f} s: {named}{safe(why)}", 2):
            click.echo(line, err=True)


def confirmed(question: str) -> bool:
    """Ask for yes or no; a long question is wrapped so that its last line has room for the answer.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the input has ended.
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
    """Ask until one of these answers is given, by its letter or its word; return the letter. No is the default.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the input has ended.
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
    """Open the ledger for the person who runs the command; their name is kept with all that is written.

    The trigger is `hand` if any stream is a terminal or a plan is approved by its id, else `cron`. With `dry` the run
    keeps nothing that it learns.
    """
    from integrations.core.ledger import Actor, Ledger
    from integrations.core.ledger.database import user

    by_hand = plan is not None or any(
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)
    )
    return Ledger(workspace.settings.ledger, Actor(user(), "hand" if by_hand else "cron", reason.strip()), dry=dry)


def interactive() -> bool:
    """Return whether a person can be asked. A daemon's children may have no standard streams at all (None)."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
