"""`closedwon link`: settle a choice that closedwon does not make by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import REASON, Examples, configured, ledger_of, open_workspace

if TYPE_CHECKING:
    from integrations.core.ledger import Ledger

EXAMPLES = """\
closedwon link 42 panel=msag-trial            it is this one
closedwon link 42 organization=new            none of those: make one
closedwon link 42 panel=never --reason "runs its own"
closedwon link 42 page=98765 ticket=OPS-12    several at once
closedwon link 101 heir=105                   101 is gone: 105 took its place
closedwon link 101 heir=none                  nobody did: its people leave"""


HEIR = "heir"
"""The word in place of a step for the heir of a customer that is gone."""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("deal")
@click.argument("choices", nargs=-1, required=True, metavar="STEP=ID|new|never...")
@click.option("--reason", type=REASON, default="", help="Why, for those who ask later.")
@click.option("--playbook", metavar="NAME", help="The playbook, where the deal's engagement does not tell.")
@configured
def command(
    deal: str, choices: Sequence[str], *, reason: str, playbook: str | None, config: Path | None, verbose: bool
) -> int:
    """Say which object is the customer's, for all later runs.

    DEAL is its number, its link in the CRM, or a part of its customer's name or of
    its own. STEP is as the plan shows it; ID is what the system's own page shows.
    An id is looked up once to prove that it is there; nothing is written but our
    own memory. Of a customer that is gone from the ERP, by its id there or by name:
    heir=ID says who took its place, by id, link or name, heir=none that nobody did.
    An heir for whom nothing speaks needs a reason.
    """
    from cli.display import set_up
    from cli.render.words import safe
    from cli.subjects import deal as deal_of
    from integrations.flows.setup.link import link

    given = []
    for choice in choices:
        step, equals, answer = choice.partition("=")
        if not (step and equals and answer):
            raise click.UsageError(f"{safe(choice)} is not STEP=ID, STEP=new or STEP=never")
        if "|" in answer:
            raise click.UsageError(f"{safe(choice)}: choose one of them")
        given.append((step, answer))
    if any(step == HEIR for step, _ in given):
        if len(given) > 1:
            raise click.UsageError("say heir=ID or heir=none alone")
        return _inherit(deal, given[0][1], reason=reason, config=config, verbose=verbose)
    with open_workspace(config, verbose=verbose) as workspace:
        deal = deal_of(workspace, deal, ask=True)
        ledger = ledger_of(workspace, reason=reason)
        try:
            for sentence in link(set_up(workspace, ledger), deal, given, reason=reason, playbook=playbook):
                click.echo(sentence)
        finally:
            ledger.close()
    click.echo(f"Next: closedwon setup {deal}{f' --playbook {playbook}' if playbook is not None else ''}")
    return 0


def _inherit(customer: str, heir: str, *, reason: str, config: Path | None, verbose: bool) -> int:
    """Keep the heir of a customer that is gone, or that there is none, and have its people read again."""
    from cli.render.words import safe, wrapped
    from cli.subjects import customer as customer_of
    from cli.subjects import gone
    from integrations.core.heirs import answer, is_known, refuse_unknown
    from integrations.core.ledger.heirs import NONE
    from integrations.flows.contacts.memory import ContactRepository

    with open_workspace(config, verbose=verbose) as workspace:
        ledger = ledger_of(workspace, reason=reason)
        try:
            customer = customer_of(workspace, customer, ask=True, known=gone(ledger))
            heir = heir if heir == NONE else customer_of(workspace, heir, ask=True)
            if not (reason.strip() or is_known(ledger, customer) or _has_people_or_findings(ledger, customer)):
                refuse_unknown(ledger, customer, heir)
            answered = answer(ledger, workspace.systems, customer, heir, reason=reason)
            ContactRepository(ledger).postpone({customer: "again"})
            deals = ledger.deals_of([customer])[customer]
        finally:
            ledger.close()
    for line in wrapped("", answered, 0):
        click.echo(line)
    following = "closedwon contacts sync" if heir == NONE else f"closedwon setup {deals[0] if deals else '--won'}"
    click.echo(f"Next: {safe(following)}")
    return 0


def _has_people_or_findings(ledger: Ledger, customer: str) -> bool:
    """Return whether contact sync or the invoice check knows the customer."""
    from integrations.flows.contacts.memory import ContactRepository as Contacts
    from integrations.flows.invoicing.memory import FindingRepository as Findings

    return bool(Contacts(ledger).contacts_of([customer])[customer]) or customer in Findings(ledger).accounts()
