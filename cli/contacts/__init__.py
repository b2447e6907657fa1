"""`closedwon contacts`: the customers' people, in step with the ERP."""

from __future__ import annotations

import click

from cli.base import Group, help_unless_called

COMMANDS = ("sync", "link", "revoke", "forget", "problems", "report")
"""In the order in which a newcomer needs them; each is a function of `cli.contacts.commands`."""

EXAMPLES = """\
closedwon contacts sync                   show what is not in step, ask, do it
closedwon contacts sync --yes             do it without asking: for a crontab
closedwon contacts revoke eva@acme.test   take somebody out everywhere, today
closedwon contacts problems               what somebody has to fix
closedwon contacts report --for Lena      what changed for Lena's customers"""


@click.command(cls=Group, module="cli.contacts.commands", names=COMMANDS, examples=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """Keep the customers' people in step with the ERP.

    Who is a contact there becomes a member of the customer's organization in the
    service desk and the control panel, and a row of the wiki's table; who is none
    any more is taken out again. Accounts are never deleted.
    """
    help_unless_called(context)
