"""The question who took the place of a customer that is gone, as it stops a set-up."""

from __future__ import annotations

from integrations.core.errors import Rejected
from integrations.core.ledger.heirs import Gone


class OpenHeir(Rejected):
    """A person says who the heir is; until then nothing is made a second time.

    Attributes:
        gone: The customer that is gone, with who may be its heir.
        name: What it was called.
    """

    def __init__(self, message: str, *, gone: Gone, name: str, who: str, next: str) -> None:  # noqa: A002
        super().__init__(message, who=who, next=next)
        self.gone, self.name = gone, name

    @property
    def type(self) -> str:
        """The error's kind, as the JSON output names it."""
        return Rejected.__name__
