"""Digest for an account manager: what is new, what changed, what is gone, since the last one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from integrations.core.model import Person
from integrations.flows.invoicing.memory import TrackedFinding

if TYPE_CHECKING:
    from integrations.flows.invoicing.overview import Books

NOBODY = Person(name="nobody in particular")
"""Whose customers have no account manager, where the settings name nobody for that role either."""


@dataclasses.dataclass(frozen=True)
class Digest:
    """Digest for one account manager.

    Attributes:
        new: Exceptions that no digest told of.
        changed: Those that are in another state than the last digest said.
        gone: Those that the last digest told of, and that are there no more.
        states: What the next digest has to know: each exception's state by its fingerprint.
    """

    manager: Person
    new: tuple[TrackedFinding, ...]
    changed: tuple[TrackedFinding, ...]
    gone: tuple[TrackedFinding, ...]
    states: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to tell."""
        return not (self.new or self.changed or self.gone)


def digests(check: Books) -> Iterator[Digest]:
    """Return what each account manager is to be told, by name; those with nothing new too. Writes nothing."""
    managers = {account: manager for account, manager, _, _ in check.memory.overview()}
    email = check.settings.people.get("account manager")
    otherwise = Person(name=email, email=email) if email else NOBODY
    earlier = check.decisions.told_to()
    by_manager: dict[str, list[TrackedFinding]] = {}
    people: dict[str, Person] = {}
    for known in check.standing(everything=True).findings():
        manager = managers.get(known.finding.account) or otherwise
        if known.finding.account not in managers and known.finding.fingerprint in earlier:
            # Whose a customer was who is gone, only the last digest tells.
            manager = _named(earlier[known.finding.fingerprint])
        if people.setdefault(key(manager), manager) == otherwise:
            people[key(manager)] = manager
        by_manager.setdefault(key(manager), []).append(known)
    for name in sorted(by_manager):
        yield _digest(people[name], by_manager[name], check.decisions.told(name))


def _named(key: str) -> Person:
    return Person(name=key, email=key if "@" in key else None)


def key(manager: Person) -> str:
    """Return what stands for an account manager: the address, or the name where there is none."""
    return (manager.email or manager.name).lower()


def _digest(manager: Person, findings: list[TrackedFinding], reported: Mapping[str, str]) -> Digest:
    there = {known.finding.fingerprint: known for known in findings if known.state != "resolved"}
    new = [known for name, known in there.items() if name not in reported and known.state != "acknowledged"]
    changed = [known for name, known in there.items() if name in reported and reported[name] != known.said_state()]
    gone = [finding for finding in findings if finding.state == "resolved" and finding.finding.fingerprint in reported]
    states = {
        name: known.said_state() for name, known in there.items() if name in reported or known.state != "acknowledged"
    }  # fmt: skip
    return Digest(manager, tuple(new), tuple(changed), tuple(gone), states)
