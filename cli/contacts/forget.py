"""`closedwon contacts forget`: a person who wants to be forgotten."""

from __future__ import annotations

import click

from cli.base import Examples
from cli.contacts.options import Options, approved
from cli.contacts.running import carry_out

EXAMPLES = """\
closedwon contacts forget eva@acme.test -n   where she is, and what stays
closedwon contacts forget eva@acme.test      show it, ask, do it"""


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("email")
@approved
def command(
    email: str,
    *,
    options: Options,
) -> int:
    """Take a person out of every system that we write to, for good.

    Afterwards our own memory holds nothing of the person but a hash that keeps an old
    export from bringing them back. Lists where the person still appears, and why.
    """
    from cli.contacts.address import one_address

    address = one_address(email)
    options = options.called(f"closedwon contacts forget {address}")
    from integrations.flows.contacts.removing import forget

    return carry_out(options, lambda sync, approval: forget(sync, address, approval))
