"""Errors, classified by what has to happen next: the class says who acts, the text what was tried on what.

Every message is for a person with another job: one sentence on what happened, one on what to do next.
None ever carries a token, a password, a traceback or a vendor's debug text.
"""

from __future__ import annotations

import copy
import copyreg
import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An object that could be the one wanted: what a person chooses among."""

    id: str
    title: str
    url: str = ""
    note: str = ""
    """The fact that tells it from the others, for example that its name is alike."""
    address: str = ""
    vat: str = ""
    made: str = ""
    """The day it was made, as text for people."""
    holds: str = ""
    """The things attached to it, for example the number of people."""

    @property
    def remark(self) -> str:
        """The facts that tell it from the others, on one line."""
        return ", ".join(part for part in (self.note, self.made and f"made on {self.made}") if part)


class ClosedwonError(Exception):
    """Anything that closedwon reports in words.

    Attributes:
        message: What happened, as a sentence for a person.
        next: What to do now; empty where nothing can be done.
    """

    def __init__(self, message: str, *, next: str = "") -> None:  # noqa: A002  (the field's name in the JSON output)
        super().__init__(message)
        self.message = message
        self.next = next

    @property
    def type(self) -> str:
        """The error's kind, as the JSON output names it."""
        return type(self).__name__

    def saying(self, message: str) -> Self:
        """Return a copy with another message."""
        other = copy.copy(self)
        other.message = message
        other.args = (message,)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by calling its class with `args`, which have none of the arguments required here.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__.copy()  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True)
class Fault:
    """A mistake in the settings, a playbook or a template: where, and what is wrong. Never holds a value."""

    file: str
    place: str
    message: str


class ConfigError(ClosedwonError):
    """The settings, a playbook or a template are wrong: stop before anything is contacted (exit 2).

    It has all faults that were found, not only the first.
    """

    def __init__(self, *faults: Fault, next: str = "") -> None:  # noqa: A002
        lines = [": ".join(part for part in (fault.file, fault.place, fault.message) if part) for fault in faults]
        super().__init__("\n".join(lines), next=next)
        self.faults = faults


class IntegrationError(ClosedwonError):
    """An error of one system about one object, or a missing answer.

    Attributes:
        system: The system's name in the settings.
        who: The person who can fix it (`a Jira administrator`); empty where it passes by itself.
    """

    exit_code: ClassVar[int] = 1
    waits: ClassVar[bool] = True
    """Whether the run ends `waiting`; otherwise it ends `failed`."""

    def __init__(self, message: str, *, system: str = "", next: str = "", who: str = "") -> None:  # noqa: A002
        super().__init__(message, next=next)
        self.system = system
        self.who = who


ErrorT = TypeVar("ErrorT", bound=IntegrationError)


class ErrorMaker:
    """Base of a connection: it makes the errors about its system."""

    name: str
    """The system's name in the settings."""

    def error(self, kind: Callable[..., ErrorT], message: str, **details: Any) -> ErrorT:
        """Return an error of this kind about this system; `details` are the kind's other arguments."""
        return kind(message, system=self.name, **details)


class LedgerError(IntegrationError):
    """Our own files can't be used: nothing more is written anywhere, or a write could not be recorded.

    A write that was not recorded has an open intent, so the next run looks for it.
    """

    waits = False


class LedgerUnavailable(LedgerError):
    """The ledger's server is away, or was in mid-run: as a `LedgerError`, and the next run tries again by itself."""

    waits = True


class AuthError(IntegrationError):
    """Credentials or rights are missing: a person renews or grants them."""

    exit_code = 4


class Unavailable(IntegrationError):
    """Failure of a system in which nothing was written; the run tries again later by itself.

    Attributes:
        retry_after: Seconds that the system asked us to wait; None where it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        system: str = "",
        next: str = "",  # noqa: A002
        who: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, system=system, next=next, who=who)
        self.retry_after = retry_after


class Uncertain(Unavailable):
    """The answer was lost after sending, or an index may lag: look before acting again.

    It leaves the intent open, as `Unforeseen` does. `retry_after`: seconds after which a look is conclusive.
    """


class Rejected(IntegrationError):
    """The data was refused: a person fixes it.

    Attributes:
        field: The field of the resource that was refused; empty where the vendor did not say.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        system: str = "",
        next: str = "",  # noqa: A002
        who: str = "",
        field: str = "",
    ) -> None:
        super().__init__(message, system=system, next=next, who=who)
        self.field = field


class Ambiguous(IntegrationError):
    """Several objects could be meant, or one that is not provably ours: a person chooses.

    Attributes:
        candidates: The objects to choose from.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        candidates: tuple[Candidate, ...],
        system: str = "",
        next: str = "",  # noqa: A002
        who: str = "",
    ) -> None:
        super().__init__(message, system=system, next=next, who=who)
        self.candidates = candidates


class Conflict(IntegrationError):
    """The object changed since it was read: plan again (exit 5)."""

    exit_code = 5


class Unsafe(IntegrationError):
    """A safety limit is exceeded: an explicit yes is needed (exit 6)."""

    exit_code = 6


class Blocked(IntegrationError):
    """Another step of the same run has to come first; its own error says why."""

    exit_code = 0

    def __init__(self, message: str, *, step: str, system: str = "", next: str = "") -> None:  # noqa: A002
        super().__init__(message, system=system, next=next)
        self.step = step


class Unforeseen(IntegrationError):
    """A mistake of ours or a vendor's that no other class covers: the run is `failed`.

    It is unknown whether anything was done, so the intent stays open.
    """

    waits = False
