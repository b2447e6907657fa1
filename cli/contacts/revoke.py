"""`closedwon contacts revoke`: take a person out everywhere, today."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cli.base import Examples
from cli.contacts.options import Options, approved
from cli.contacts.running import carry_out, contact_sync, opened

EXAMPLES = """\
closedwon contacts revoke eva@acme.test          show where, ask, do it
closedwon contacts revoke eva@acme.test -n       show it and write nothing
closedwon contacts revoke eva@acme.test --undo   she may come back"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("email")
@click.option("--undo", is_flag=True, help="Forget that the person was revoked; writes only our own memory.")
@approved
def command(
    email: str,
    *,
    undo: bool,
    options: Options,
) -> int:
    """Take a person out everywhere, today, and keep them out.

    Looks for the address in every system, whatever our own memory and the ERP know, and
    ends the memberships, never an account. Exit 1: a system could not be looked through;
    it is named, and the next sync goes on with it. Whatever the ERP says afterwards does
    not bring the person back, until --undo. Warns where a customer loses the last one of
    a function, and where the contact has another address.
    """
    if undo and (options.dry_run or options.yes or options.plan is not None or options.limit or options.reason):
        raise click.UsageError("--undo writes only our own memory: leave out -n, --yes, --plan, --reason and --limit")
    from cli.contacts.address import one_address

    address = one_address(email)
    if undo:
        return _undo(address, as_json=options.as_json, config=options.config, verbose=options.verbose)
    options = options.called(f"closedwon contacts revoke {address}")
    from integrations.flows.contacts.removing import revoke

    return carry_out(options, lambda sync, approval: revoke(sync, address, approval))


def _undo(address: str, *, as_json: bool, config: Path | None, verbose: bool) -> int:
    from cli.render.contacts.words import hanging
    from cli.render.words import safe
    from integrations.flows.contacts.removing import restore

    with opened(config, verbose=verbose) as (place, ledger):
        sentences = restore(contact_sync(place, ledger), address)
    if as_json:
        click.echo(json.dumps({"restored": sentences}, ensure_ascii=False))
        return 0
    for sentence in sentences:
        for line in hanging(safe(sentence)):
            click.echo(line)
    click.echo("Next: closedwon contacts sync")
    return 0
