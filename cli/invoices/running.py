"""The flow of invoice checks over a workspace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import ledger_of, tell_waiting, workspace

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger
    from integrations.flows.invoicing.check import InvoiceCheck

Progress = Callable[[int, int | None], None]


def no_progress(done: int, total: int | None) -> None:
    """Show nothing."""
    del done, total


@contextlib.contextmanager
def opened(
    config: Path | None, *, verbose: bool, reason: str = "", plan: str | None = None
) -> Iterator[tuple[Workspace, Ledger]]:
    """The workspace and its ledger; `reason` and `plan`: why, and what a person approves by its id."""
    with workspace(config, verbose=verbose, playbooks=False) as place:
        ledger = ledger_of(place, reason=reason, plan=plan)
        try:
            yield place, ledger
        finally:
            ledger.close()


def invoice_check(
    place: Workspace, ledger: Ledger, *, limit: Mapping[str, float] | None = None, progress: Progress = no_progress
) -> InvoiceCheck:
    """The flow over a workspace.

    Raises:
        ConfigError: No system has invoices, or several have; the rules' settings make no sense.
    """
    from integrations.flows.invoicing.catalogue import catalogue
    from integrations.flows.invoicing.check import InvoiceCheck

    settings = place.settings.general.invoices
    return InvoiceCheck(
        place.systems,
        ledger,
        place.locks,
        place.billing,
        catalogue(settings.rules, where=str(place.settings.path)),
        settings,
        place.limits(limit),
        waiting=tell_waiting,
        progress=progress,
    )


@contextlib.contextmanager
def misuse_told() -> Iterator[None]:
    """Make a wrong call of what only the caller got wrong: our own memory refused it, nothing was contacted.

    Raises:
        UsageError: The call names what there is not, or a day that makes no sense.
    """
    from integrations.core.errors import Rejected
    from integrations.flows.invoicing.deciding import CALLER

    try:
        yield
    except Rejected as error:
        if error.who != CALLER:
            raise
        raise click.UsageError(". ".join(part for part in (error.message, error.next) if part)) from None


@contextlib.contextmanager
def choices_told() -> Iterator[None]:
    """Show on stderr what something could be, where it could be several; the error goes on."""
    from integrations.core.errors import Ambiguous

    try:
        yield
    except Ambiguous as error:
        from cli.render.words import safe, wrapped

        for candidate in error.candidates:
            text = " ".join(part for part in (safe(candidate.title), candidate.url) if part)
            for line in wrapped("  ", f"{safe(candidate.id)}: {text}", 4):
                click.echo(line, err=True)
        raise
