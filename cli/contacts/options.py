"""The options of the commands that change where people are members, and what they say together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.base import configured, interactive

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True)
class Options:
    """How a command may write, and what it prints.

    Attributes:
        said: The command as it was called, for naming it again: `closedwon contacts sync 101`.
    """

    said: str
    dry_run: bool
    yes: bool
    plan: str | None
    limit: int | None
    as_json: bool
    config: Path | None
    verbose: bool

    def __post_init__(self) -> None:
        if self.dry_run and (self.yes or self.plan is not None):
            raise click.UsageError("-n writes nothing: leave out --yes and --plan")
        if self.yes and self.plan is not None:
            raise click.UsageError("--plan approves one plan: leave out --yes")

    @property
    def asks(self) -> bool:
        """Whether a person is to be asked."""
        return interactive() and not (self.as_json or self.yes or self.dry_run or self.plan is not None)


def approved(function: Function) -> Function:
    """Add `-n`, `--yes`, `--plan`, `--limit`, `--json`, `--config` and `-v`."""
    for option in (
        configured,
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        click.option(
            "--limit", type=click.IntRange(min=0), metavar="N", help="Replace every safety limit, for this run only."
        ),
        click.option("--plan", metavar="ID", help="Approve exactly the plan with this id."),
        click.option("--yes", is_flag=True, help="Do not ask; systems in mode `ask` still wait for a person."),
        click.option("-n", "--dry-run", is_flag=True, help="Show the plan, write nothing."),
    ):
        function = option(function)
    return function
