"""What `check` was asked for."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Literal

import click

from cli.contacts.options import Options
from cli.days import Day

By = Literal["customer", "rule"]


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a check is to look at, and where it tells of it.

    Attributes:
        month: By a day in it; None: this month.
        by: How the table is grouped; None: by customer.
        options: How tickets may be written, and what is printed.
    """

    customers: tuple[str, ...]
    options: Options
    full: bool
    flag: bool
    drafts: bool
    month: Day | None
    by: By | None
    as_csv: bool
    html: Path | None
    digest: Path | None

    def __post_init__(self) -> None:
        for senseless, words in self._senseless():
            if senseless:
                raise click.UsageError(words)

    @property
    def as_json(self) -> bool:
        """Whether stdout is for one JSON document."""
        return self.options.as_json

    @property
    def decides(self) -> bool:
        """Whether it was said how tickets may be written."""
        how = self.options
        limited = bool(how.limit.keys() - {"clock_hours"})
        return how.dry_run or how.yes or how.plan is not None or bool(how.reason) or limited

    @property
    def is_document(self) -> bool:
        """Whether stdout is for a program: words then go to stderr."""
        return self.as_json or self.as_csv

    @property
    def said(self) -> str:
        """The command, for naming it again: what it is about, not how it was approved."""
        from integrations.core.plan import limit_option

        flags = [flag for flag, given in (("--full", self.full), ("--flag", self.flag)) if given]
        flags += [limit_option(name, number) for name, number in self.options.limit.items()]
        return " ".join(["closedwon invoices check", *self.customers, *flags]) + self.settings

    @property
    def settings(self) -> str:
        """What a command has to have behind it to be about the same settings."""
        return f" --config {shlex.quote(str(self.options.config))}" if self.options.config is not None else ""

    def _senseless(self) -> list[tuple[bool, str]]:
        files = self.html is not None or self.digest is not None
        return [
            (
                self.decides and not self.flag,
                "-n, --yes, --plan and --limit (but for clock_hours) are about tickets: add --flag",
            ),
            (self.full and bool(self.customers), "--full reads all customers: leave out CUSTOMER"),
            (self.month is not None and not self.drafts, "--month is the month of drafts: add --drafts"),
            (self.drafts and self.flag, "--drafts looks only, no draft gets a ticket: leave out --flag"),
            (self.drafts and self.full, "--drafts always reads all drafts: leave out --full"),
            (
                self.drafts and (self.as_csv or files),
                "--drafts has a table and --json: leave out --csv, --html, --digest",
            ),
            (self.drafts and self.by is not None, "--drafts lists drafts, the largest first: leave out --by"),
            (self.as_json and self.as_csv, "stdout holds one document: choose --json or --csv"),
            (self.is_document and self.by is not None, "--by groups the table: leave it out with --json and --csv"),
            (
                self.digest is not None and bool(self.customers),
                "--digest tells each account manager of all their customers: leave out CUSTOMER",
            ),
            (
                self.digest is not None and self.options.dry_run,
                "-n writes nothing, and --digest remembers what it told: leave out one of them",
            ),
            (
                self.html is not None and not self.html.absolute().parent.is_dir(),
                f"--html: there is no folder {self.html.parent if self.html is not None else ''}",
            ),
        ]
