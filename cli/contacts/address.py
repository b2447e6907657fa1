"""An e-mail address as it is given on the command line."""

from __future__ import annotations

import click


def one_address(text: str) -> str:
    """The address, as it is compared.

    Raises:
        UsageError: It is none, or more than one.
    """
    from cli.render.words import safe
    from integrations.core.address import SEVERAL, only

    found = only(text)
    if not found.email:
        why = f" ({found.problem})" if found.problem not in ("", SEVERAL) else ""
        raise click.UsageError(f"“{safe(text, 80)}” is not one e-mail address{why}")
    return found.email
