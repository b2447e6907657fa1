"""`closedwon sandbox`: pretend systems on loopback, to try everything on."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import click

from cli.base import Examples, interactive, logged

MOST = 50_000
EXAMPLES = """\
closedwon sandbox                        then, in another terminal:
closedwon init --sandbox http://127.0.0.1:8900
closedwon setup 42
closedwon sandbox --fresh --latency 50   start anew; 50 ms for each request
closedwon sandbox --customers 200 --contacts 10000 --set-up
closedwon sandbox --contracts enterprise   subscriptions, not OCA's contracts"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--port", type=click.IntRange(0, 65535), default=8900, show_default=True, help="0: any free one.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the state here; else in memory.")
@click.option("--latency", type=click.IntRange(min=0), default=0, metavar="MS", help="What each request takes.")
@click.option("--deals", type=click.IntRange(0, MOST), default=0, metavar="N", help="N more won deals than usual.")
@click.option("--customers", type=click.IntRange(0, MOST), default=0, metavar="N", help="N more customers in the ERP.")
@click.option(
    "--contacts", type=click.IntRange(0, 2_000_000), default=0, metavar="N", help="Contacts of those, in all."
)
@click.option(
    "--invoices", type=click.IntRange(0, 1_000_000), default=0, metavar="N", help="N more invoices, 50 a customer."
)
@click.option("--set-up", is_flag=True, help="Those customers exist in every system already.")
@click.option(
    "--contracts",
    type=click.Choice(["oca", "enterprise", "none"]),
    default="oca",
    show_default=True,
    help="How the ERP keeps what is billed regularly.",
)
@click.option("--billing/--no-billing", default=True, help="Customers with invoicing exceptions; there by default.")
@click.option("--fresh", is_flag=True, help="Begin with the seeded world again.")
@logged
def command(port: int, data: Path | None, *, latency: int, fresh: bool, **more: Any) -> int:
    """Run pretend systems on loopback.

    One process behaves as Odoo, Jira, Confluence, the APPUiO Control API and the
    VSHN portal. Prints `ready URL` when it is; a page for people is at that URL.
    """
    from integrations.sandbox.app import serve
    from integrations.sandbox.growth import Growth
    from integrations.sandbox.pretend import Billing, Contracts

    if more["contacts"] and not more["customers"]:
        raise click.UsageError("Whose contacts? Say how many customers there are, such as: --customers 10")
    try:
        has = Billing(Contracts(more.pop("contracts")), more.pop("billing"))
        serve(port, data, latency, Growth(**more), has, fresh=fresh, announce=_tell if interactive() else None)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is in use, perhaps by another sandbox" if error.errno == errno.EADDRINUSE else "may not be used by you"
        message = f"Port {port} {why}. Take any free one with: closedwon sandbox --port 0"
        raise click.UsageError(message) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return 0


def _tell(url: str) -> None:
    """Print the next steps for a newcomer on stderr; programs read only the line on stdout."""
    click.echo(f"Look at it in a browser at {url}. Ctrl-C ends it.", err=True)
    click.echo(f"In another terminal: closedwon init --sandbox {url}", err=True)


SANDBOX = """\
# Settings for the sandbox: every system writes without asking, looks again quickly, and takes much at once.
deals_since = 2026-01-01

[ledger]
file = ".closedwon/ledger.sqlite"

[limits]
creates = 100000
updates = 100000
sends = 100000
archives = 100000
archive_share = 1.0

[invoices.people]
"account manager" = "lena.gerber@acme.example"
finance = "zofia.nowak@acme.example"
"service manager" = "sandro.bianchi@acme.example"
"project manager" = "sandro.bianchi@acme.example"

[invoices.tickets]
project = "HAND"

[erp]
adapter = "odoo"
url = "URL/erp"
database = "odoo"
account = "closedwon@acme.example"
key = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
account_manager = { otherwise = ["salesperson", "lena.gerber@acme.example"] }
engagement = { field = "tag", map = { Service = "service", Consulting = "consulting", Project = "project" } }
segments = { service = "Managed services", consulting = "Consulting", project = "Projects" }

[erp.billing]
vat_exempt = ["VAT exempt"]
dispute_tags = ["In dispute"]

[erp.billing.fields]
order_number_required = "x_order_number_required"
delivery = "x_delivery"
held = "x_held"
dispute = "x_dispute"
dispute_owner = "x_dispute_owner"
dunning_level = "x_dunning_level"
dunning_blocked = "x_dunning_blocked"
dunning_reason = "x_dunning_reason"
go_live = "x_go_live"
renews = "x_renews"
notice = "x_notice"
indexed = "x_indexed"
index = "x_index"
discount_until = "x_discount_until"

[jira]
adapter = "jira"
url = "URL/jira"
account = "closedwon@acme.example"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
rate = 0
service_desk = "1"
service_desk_project = "SUP"
projects = { technical = "OPS", consulting = "HAND" }

[panel]
adapter = "appuio"
url = "URL/panel"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5

[wiki]
adapter = "confluence"
url = "URL/wiki"
account = "closedwon@acme.example"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
space = "KUNDEN"
parent = "Kunden"
"""
