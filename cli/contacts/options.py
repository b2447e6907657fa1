"""The options of the commands that change where people are members, and what they say together."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cli.base import REASON, configured, interactive

READ_ONLY = (
    "Nothing was written, and no --plan approves it: these systems are in mode `read`, "
    "or the customer is not among their `only`."
)
"""Why changes are shown that nobody can approve."""


@dataclasses.dataclass(frozen=True)
class Options:
    """How a command may write, and what it prints.

    Attributes:
        said: The command as it was called, for naming it again: `closedwon contacts sync 101`.
        limit: The numbers that replace safety limits in this run, by the limits' names.
        reason: Why, for those who ask later.
        quiet: Print only what changed since the last quiet run, and what newly waits; ask nobody.
    """

    said: str
    dry_run: bool
    yes: bool
    plan: str | None
    limit: Mapping[str, float]
    as_json: bool
    config: Path | None
    verbose: bool
    reason: str = ""
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.quiet and (self.as_json or self.dry_run or self.verbose):
            raise click.UsageError("--quiet prints what is new, in words: leave out --json, -n and -v")
        if self.dry_run and (self.yes or self.plan is not None):
            raise click.UsageError("-n writes nothing: leave out --yes and --plan")
        if self.yes and self.plan is not None:
            raise click.UsageError("--plan approves one plan: leave out --yes")

    def called(self, said: str) -> Options:
        """Return the same for a command that is called so."""
        return dataclasses.replace(self, said=said)

    @property
    def asks(self) -> bool:
        """Whether a person is to be asked."""
        return interactive() and not (self.quiet or self.as_json or self.yes or self.dry_run or self.plan is not None)


def _limits(context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    """Numbers by the names of the limits that they replace; of one that is given twice the last counts.

    Raises:
        BadParameter: A limit is not named, or there is none of that name, or the number makes no sense for it.
    """
    found = {}
    for text in given:
        try:
            name, number = _limit(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None
        found[name] = number
    return found


def _limit(text: str) -> tuple[str, float]:
    from cli.render.words import safe
    from integrations.core.meant import did_you_mean
    from integrations.core.plan import LIMITS

    name, equals, number = (part.strip() for part in text.partition("="))
    known = f"the limits are {', '.join(LIMITS)}"
    if not equals:
        raise ValueError(
            f"name the limit that is to be {safe(name, 20)}, as in --limit creates={safe(name, 20)}; {known}"
        )
    if name not in LIMITS:
        raise ValueError(f"there is no limit {safe(name, 40)}; {known}{did_you_mean(name, LIMITS)}")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if name == "archive_share" and not 0 <= value <= 1:
        raise ValueError("archive_share is a share from 0 to 1")
    if not 0 <= value < math.inf or (name not in ("archive_share", "clock_hours") and value % 1):
        raise ValueError(f"{name} is a {'number of hours' if name == 'clock_hours' else 'whole number'}, from 0 on")
    return name, value


limited = click.option(
    "--limit",
    multiple=True,
    callback=_limits,
    metavar="NAME=N",
    help="Replace the safety limit of this name, for this run only; may be given several times.",
)
"""Adds `--limit`."""


reasoned = click.option(
    "--reason",
    type=REASON,
    default="",
    help="Why, for those who ask later; name none of a customer's people.",
)
"""Adds `--reason`."""


quieted = click.option(
    "--quiet", is_flag=True, help="Print only what changed and what newly waits since the last --quiet run; ask nobody."
)
"""Adds `--quiet`."""


def approved(function: Callable[..., int]) -> Callable[..., int]:
    """Add `-n`, `--yes`, `--plan`, `--reason`, `--limit`, `--quiet`, `--json`, `--config` and `-v` as `options`."""

    @functools.wraps(function)
    def collected(*arguments: Any, **given: Any) -> int:
        how = {field.name: given.pop(field.name) for field in dataclasses.fields(Options) if field.name != "said"}
        return function(*arguments, options=Options("", **how), **given)

    for option in (
        configured,
        quieted,
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
        limited,
        reasoned,
        click.option("--plan", metavar="ID", help="Approve exactly the plan with this id."),
        click.option("--yes", is_flag=True, help="Do not ask; systems in mode `ask` still wait for a person."),
        click.option("-n", "--dry-run", is_flag=True, help="Show the plan, write nothing."),
    ):
        collected = option(collected)
    return collected
