"""`closedwon invoices dispute`: a customer does not accept an invoice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import REASON, Examples, configured
from cli.invoices.running import choices_told, invoice_check, misuse_told, opened

if TYPE_CHECKING:
    from integrations.flows.invoicing.check import InvoiceCheck

EXAMPLES = """\
closedwon invoices dispute INV/2026/00012 --owner Lena --reason "too many"
closedwon invoices dispute INV/2026/00012              there is news of it
closedwon invoices dispute INV/2026/00012 --settled    it is over"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("number")
@click.option("--owner", type=REASON, default="", metavar="WHO", help="Who of us clears it up.")
@click.option("--reason", type=REASON, default="", help="What the customer says.")
@click.option("--settled", is_flag=True, help="The dispute is over.")
@configured
def command(number: str, *, owner: str, reason: str, settled: bool, config: Path | None, verbose: bool) -> int:
    """Say that a customer does not accept an invoice, or does again.

    NUMBER is the invoice's number or id in the ERP. Meanwhile nobody is said not to
    have paid it; if nobody does anything about it, that is told. Said again, it is
    news of the same dispute. Nothing is written but our own memory.
    """
    if settled and (owner or reason):
        raise click.UsageError("--settled ends the dispute: leave out --owner and --reason")
    from cli.render.contacts.words import hanging
    from cli.render.words import safe
    from integrations.core.dates import dated
    from integrations.flows.invoicing.deciding import dispute, settle

    with opened(config, verbose=verbose, reason=reason) as (place, ledger), choices_told():
        check = invoice_check(place, ledger)
        if settled:
            with misuse_told():
                found = settle(check, number)
            said = f"The dispute about invoice {safe(found.number)} is over."
        else:
            _refuse_half(check, number, owner.strip(), reason.strip())
            found = dispute(check, number, owner, reason)
            said = f"Invoice {safe(found.number)} is disputed since {dated(found.since)}; "
            said += f"{safe(found.owner, 80)} clears it up: {safe(found.reason)}"
    for line in [*hanging(said), "Next: closedwon invoices check"]:
        click.echo(line)
    return 0


def _refuse_half(check: InvoiceCheck, number: str, owner: str, reason: str) -> None:
    """Refuse a new dispute without an owner or a reason, before the ERP is asked."""
    is_known = any(number.strip() in (one.number, one.invoice) for one in check.decisions.disputes().values())
    if not is_known and not (owner and reason):
        raise click.UsageError(
            f"a new dispute needs {'a reason' if owner else 'an owner'}: "
            "say --owner, who of us clears it up, and --reason, what the customer says"
        )
