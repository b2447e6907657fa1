"""An e-mail address as it is given on the command line."""

from __future__ import annotations

import click


def one_address(text: str) -> str:
    """The address, as it is compared.

    Raises:
        UsageError: It is none, or more than one.
    """
    from cli.render.words import safe
    from integrations.core.address import addresses

    found = addresses(text)
    if len(found) != 1 or not found[0].email:
        why = f" ({found[0].problem})" if len(found) == 1 and found[0].problem else ""
        raise click.UsageError(f"“{safe(text, 80)}” is not one e-mail address{why}")
    return found[0].email
