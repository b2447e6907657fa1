"""Whether a membership was as it is wanted now when it was last looked at."""

from __future__ import annotations

from typing import Any

from integrations.core.ledger import Ledger
from integrations.core.ledger import Memory as Recalled
from integrations.core.model import plain
from integrations.core.resource import Want, about


def is_settled(want: Want[Any], known: Recalled, ledger: Ledger) -> bool:
    """Whether a membership was as it is wanted now when it was last written or looked at."""
    if known.id is None or known.open_since is not None:
        return False
    if known.choice is not None and known.choice.answer != known.id:
        return False
    for name in want.fields():
        if about(type(want.resource), name).once:
            continue
        base = known.fields.get(name)
        if base is None or base.wanted != ledger.hash(want.resource.comparable(name)):
            return False
    return True


def digest(want: Want[Any], ledger: Ledger) -> str:
    """What stands for everything that is wanted of a person in a system."""
    return ledger.hash(plain(want.resource))
