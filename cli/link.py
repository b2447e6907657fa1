"""`closedwon link`: settle a choice that closedwon does not make by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cli.base import REASON, Examples, configured, ledger_of, workspace

EXAMPLES = """\
closedwon link 42 panel=msag-trial            it is this one
closedwon link 42 organization=new            none of those: make one
closedwon link 42 panel=never --reason "runs its own"
closedwon link 42 page=98765 ticket=OPS-12    several at once"""


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

    STEP is as the plan shows it; ID is what the system's own page shows. An id is
    looked up once to prove that it is there; nothing is written but our own memory.
    """
    from cli.render.words import safe
    from cli.setup import set_up
    from integrations.flows.setup.link import link

    given = []
    for choice in choices:
        step, equals, answer = choice.partition("=")
        if not (step and equals and answer):
            raise click.UsageError(f"{safe(choice)} is not STEP=ID, STEP=new or STEP=never")
        if "|" in answer:
            raise click.UsageError(f"{safe(choice)}: choose one of them")
        given.append((step, answer))
    with workspace(config, verbose=verbose) as place:
        ledger = ledger_of(place, reason=reason)
        try:
            for sentence in link(set_up(place, ledger, deal=deal), deal, given, reason=reason, playbook=playbook):
                click.echo(sentence)
        finally:
            ledger.close()
    click.echo(f"Next: closedwon setup {deal}")
    return 0
