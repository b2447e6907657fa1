"""Names for objects to be made: the same addition in all systems of a customer, shown before anything is written."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.names import PLAIN, addition, distinctions, further_keys, is_named, unlabelled, without_addition
from integrations.core.resource import Holder, Live, Taken, Want
from integrations.core.rows import attempt
from integrations.core.system import System

FORMER = 3
"""Former names that are looked for at most: each costs a request a system."""

Answer = Live[Any] | Taken[Any] | None | IntegrationError


class Given:
    """The names that this process's plans have given, so that two plans shown together never promise one name twice."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self._wants: dict[tuple[str, ...], Want[Any]] = {}
        self._names: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self._cities: dict[str, str] = {}

    def to_another(self, want: Want[Any], field: str) -> Want[Any] | None:
        """Return another customer's want that has been given the name in this field; None where there is none."""
        given = self._wants.get(_name(want, field))
        return given if given is not None and _owners(given).isdisjoint(_owners(want)) else None

    def give(self, want: Want[Any]) -> None:
        """Record the names of a want, in place of those that it was given before."""
        whose = (want.system, want.kind, want.key)
        for name in self._names.get(whose, ()):
            self._wants.pop(name, None)
        self._names[whose] = [_name(want, field) for field in want.resource.names if _value(want, field)]
        self._wants.update(dict.fromkeys(self._names[whose], want))
        self._cities.update(dict.fromkeys(_owners(want), want.city))

    def city(self, owner: str) -> str | None:
        """Return the city of a customer who was given a name; None where no customer with this key was."""
        return self._cities.get(owner)


class Names:
    """Settles the names of one plan, customer after customer."""

    def __init__(
        self,
        systems: Mapping[str, System],
        read: Callable[[Sequence[Want[Any]]], Mapping[str, Answer]],
        given: Given | None = None,
    ) -> None:
        """`read` looks again, for wants whose names have changed."""
        self._systems, self._read = systems, read
        self._given = given or Given()
        self.wants: dict[str, Want[Any]] = {}
        self.found: dict[str, Live[Any] | None | IntegrationError] = {}
        self.taken: dict[str, tuple[Holder, ...]] = {}

    def settle(self, wants: Sequence[Want[Any]], found: Mapping[str, Answer]) -> None:
        """Give names to the objects to be made; `wants` and `found` then hold, by step, the wants and live objects."""
        self.wants = {want.step: want.unnamed() for want in wants}
        self.found = {step: None if isinstance(answer, Taken) else answer for step, answer in found.items()}
        customers: dict[str, list[Want[Any]]] = {}
        for want in wants:
            if want.is_named and want.plain:
                customers.setdefault(want.key.partition("/")[0], []).append(want)
        for named in customers.values():
            self._prefer_own(named)
            absent = [want for want in named if found[want.step] is None or isinstance(found[want.step], Taken)]
            absent = self._not_found_by_former_names(absent, named) if absent else []
            if absent:
                # Two plans of this process must not settle on one name at the same time.
                with self._given.guard:
                    self._settle(absent, found, self._in_use(named))

    def _settle(self, absent: Sequence[Want[Any]], found: Mapping[str, Answer], in_use: str) -> None:
        holders: dict[str, list[Holder]] = {want.step: [] for want in absent}
        for distinction in self._proposals(absent, in_use, holders):
            is_read = all(want.distinction == distinction for want in absent)
            wants = [want.named(distinction) for want in absent]
            answers = found if is_read else self._read(wants)
            settled = [self._proposed(want, answers[want.step], holders[want.step]) for want in wants]
            if all(is_free for _, _, is_free in settled):
                for want, answer, _ in settled:
                    self._give(want, answer, holders[want.step])
                return
        self.found.update({want.step: _exhausted(want) for want in absent})

    def _not_found_by_former_names(self, absent: list[Want[Any]], named: Sequence[Want[Any]]) -> list[Want[Any]]:
        """Look for absent objects by the names of the customer's other objects too; return what is still absent.

        After a renaming, a system that can't be searched by marks has the object under the customer's former name.
        """
        for name, former in self._former_names(named):
            wants = [other for want in absent if (other := _renamed(want, name, former)) is not None]
            answers = self._read(wants) if wants else {}
            ours = {
                step: answer
                for step, answer in answers.items()
                if isinstance(answer, Live) and (answer.ours or answer.is_former)
            }
            self.found.update(ours)
            absent = [want for want in absent if want.step not in ours]
        return absent

    def _prefer_own(self, named: Sequence[Want[Any]]) -> None:
        """Prefer the customer's own objects to those inherited from a gone customer.

        The own ones are looked for under the names of its other objects.
        """
        inherited = [want for want in named if isinstance(live := self.found[want.step], Live) and live.is_former]
        for name, former in self._former_names(named) if inherited else ():
            wants = [other.without_inherited() for want in inherited if (other := _renamed(want, name, former))]
            answers = self._read(wants) if wants else {}
            self.found.update(
                {
                    step: answer
                    for step, answer in answers.items()
                    if isinstance(answer, Live) and answer.ours and not answer.is_former
                }
            )

    def _former_names(self, named: Sequence[Want[Any]]) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for want in named:
            live = self.found[want.step]
            name = want.unnamed().resource.label()
            there = live.state.label() if isinstance(live, Live) and live.ours else ""
            if there and there.casefold() != name.casefold() and not is_named(there, name, len(there)):
                found[name, without_addition(there)] = None
        return list(found)[:FORMER]

    def _proposals(
        self, absent: Sequence[Want[Any]], in_use: str, holders: Mapping[str, Sequence[Holder]]
    ) -> Iterator[str]:
        """Yield the addition in use (empty: none), then those that tell the customer from the holders of its names."""
        first = next((want.distinction for want in absent if want.distinction), in_use)
        yield first
        name, city = unlabelled(absent[0].unnamed().resource.label()), absent[0].city
        for distinction in distinctions(name, city):
            is_city = not distinction.isdecimal()
            if distinction != first and not (is_city and self._is_home(city, itertools.chain(*holders.values()))):
                yield distinction

    def _proposed(self, want: Want[Any], answer: Answer, holders: list[Holder]) -> tuple[Want[Any], Answer, bool]:
        """Return a want that can be made, its answer, and whether its name is free.

        A key may be taken by chance, in the system or in this process: then the next free key is used.
        """
        first, *keys = want.resource.names
        while True:
            if isinstance(answer, Taken):
                holders.extend(answer.holders)
                if answer.resource is None:
                    return want, answer, False
                want = dataclasses.replace(want, resource=answer.resource)
            other = self._given.to_another(want, first)
            if other is not None:
                holders.append(_holder(want, first, other))
                return want, answer, False
            clashing = next(((key, other) for key in keys if (other := self._given.to_another(want, key))), None)
            if clashing is None:
                return want, answer, True
            holders.append(_holder(want, *clashing))
            other = self._with_another(want, clashing[0])
            if other is None:
                return want, _exhausted(want), True
            want = other
            answer = self._read([want])[want.step]

    def _with_another(self, want: Want[Any], field: str) -> Want[Any] | None:
        """Return a want with the next key that this process has not given; None where all are given."""
        for key in further_keys(getattr(want.resource, field)):
            other = dataclasses.replace(want, resource=want.resource.model_copy(update={field: key}))
            if self._given.to_another(other, field) is None:
                return other
        return None

    def _is_home(self, city: str, holders: Iterator[Holder]) -> bool:
        """Return whether a holder of the name is in this city too, as far as is known."""
        owners = {holder.mark.partition("/")[0] for holder in holders if holder.mark}
        return any((self._city(owner) or "").casefold() == city.strip().casefold() for owner in sorted(owners))

    def _city(self, owner: str) -> str:
        """Return the city of another customer, by this process or the system of record; empty where it is not known."""
        given = self._given.city(owner)
        if given is not None:
            return given.strip()
        record = next((system for system in self._systems.values() if system.customers is not None), None)
        kind, _, number = owner.partition(":")
        if record is None or record.customers is None or kind != "customer":
            return ""
        customer = attempt(record.name, record.customers, number)
        return "" if customer is None or isinstance(customer, IntegrationError) else (customer.city or "").strip()

    def _in_use(self, wants: Sequence[Want[Any]]) -> str:
        """Return the addition by which the customer's existing objects are told apart."""
        for want in wants:
            live = self.found[want.step]
            field = want.resource.names[0]
            if not isinstance(live, Live) or getattr(live.state, field) in ("", getattr(want.resource, field)):
                continue
            name = want.unnamed().resource.label()
            if added := addition(live.state.label(), name):
                return added
            for distinction in distinctions(unlabelled(name), want.city):
                if getattr(want.named(distinction).resource, field) == getattr(live.state, field):
                    return distinction
        return PLAIN

    def _give(self, want: Want[Any], answer: Answer, holders: Sequence[Holder]) -> None:
        if isinstance(answer, (Live, IntegrationError)):
            self.found[want.step] = answer
            return
        self.found[want.step] = None
        self.wants[want.step] = want
        self.taken[want.step] = tuple(dict.fromkeys(holders))
        self._given.give(want)


def _renamed(want: Want[Any], name: str, former: str) -> Want[Any] | None:
    """Return a want with another name of its customer; None where it does not have the customer's name."""
    plain = want.unnamed()
    changed = {
        field: value.replace(name, former)
        for field in plain.resource.names
        if isinstance(value := getattr(plain.resource, field), str) and name in value
    }
    if not changed:
        return None
    return dataclasses.replace(plain, resource=plain.resource.model_copy(update=changed)).named(PLAIN)


def _holder(want: Want[Any], field: str, other: Want[Any]) -> Holder:
    return Holder(field, _value(want, field), "", other.resource.label(), mark=other.key)


def _value(want: Want[Any], field: str) -> str:
    return str(getattr(want.resource, field) or "")


def _name(want: Want[Any], field: str) -> tuple[str, ...]:
    return want.system, want.kind, field, _value(want, field).casefold()


def _owners(want: Want[Any]) -> set[str]:
    return {key.partition("/")[0] for key in (want.key, *want.resource.former)}


def _exhausted(want: Want[Any]) -> Rejected:
    name = want.unnamed().resource.label()
    return Rejected(
        f"{want.system}: every name for “{name}” is taken, with its city and with numbers too",
        system=want.system,
        field=want.resource.names[0],
        who="the account manager",
        next="Make it by hand, then choose it with: closedwon link",
    )
