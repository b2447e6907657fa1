"""Names for what is to be made: the same addition in all systems of a customer, shown before anything is written."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.naming import PLAIN, distinctions, unlabelled
from integrations.core.resource import Holder, Live, Taken, Want
from integrations.core.rows import attempt
from integrations.core.system import System

Answer = Live[Any] | Taken[Any] | None | IntegrationError


class Names:
    """Settles the names of one plan, customer after customer; what the plan gives one is taken for the next."""

    def __init__(
        self, systems: Mapping[str, System], read: Callable[[Sequence[Want[Any]]], Mapping[str, Answer]]
    ) -> None:
        """`read` looks once more for wants that have got other names."""
        self._systems, self._read = systems, read
        self._given: dict[tuple[str, str, str, str], Want[Any]] = {}
        self.wants: dict[str, Want[Any]] = {}
        self.found: dict[str, Live[Any] | None | IntegrationError] = {}
        self.taken: dict[str, tuple[Holder, ...]] = {}

    def settle(self, wants: Sequence[Want[Any]], found: Mapping[str, Answer]) -> None:
        """Give names to what is to be made; by step, `wants` and `found` then hold what is wanted and what is there."""
        self.wants = {want.step: want.unnamed() for want in wants}
        self.found = {step: None if isinstance(answer, Taken) else answer for step, answer in found.items()}
        customers: dict[str, list[Want[Any]]] = {}
        for want in wants:
            if want.is_named and want.plain:
                customers.setdefault(want.key.partition("/")[0], []).append(want)
        for named in customers.values():
            absent = [want for want in named if found[want.step] is None or isinstance(found[want.step], Taken)]
            if absent:
                self._settle(absent, found, self._in_use(named))

    def _settle(self, absent: Sequence[Want[Any]], found: Mapping[str, Answer], in_use: str) -> None:
        holders: dict[str, list[Holder]] = {}
        for distinction in self._proposals(absent, in_use, holders):
            wants = [want.named(distinction) for want in absent]
            is_read = all(want.distinction == distinction for want in absent)
            answers = found if is_read else self._read(wants)
            is_free = True
            for want in wants:
                answer = answers[want.step]
                there = self._holders(want, answer)
                is_free &= not there or (isinstance(answer, Taken) and answer.resource is not None)
                holders.setdefault(want.step, []).extend(there)
            if is_free:
                self._give(wants, answers, holders)
                return
        self.found.update({want.step: _exhausted(want) for want in absent})

    def _proposals(
        self, absent: Sequence[Want[Any]], in_use: str, holders: Mapping[str, Sequence[Holder]]
    ) -> Iterator[str]:
        """What has been added already, or nothing; then what tells it from those that turn out to have the names."""
        first = next((want.distinction for want in absent if want.distinction), in_use)
        yield first
        name, city = unlabelled(absent[0].unnamed().resource.label()), absent[0].city
        for distinction in distinctions(name, city):
            is_city = not distinction.isdecimal()
            if distinction != first and not (is_city and self._is_home(city, itertools.chain(*holders.values()))):
                yield distinction

    def _is_home(self, city: str, holders: Iterator[Holder]) -> bool:
        """Tell whether one of those who have the name is of this city too, as far as anybody knows."""
        record = next((system for system in self._systems.values() if system.customers is not None), None)
        given = {want.key.partition("/")[0]: want.city for want in self._given.values()}
        for owner in {holder.mark.partition("/")[0] for holder in holders if holder.mark}:
            home = given.get(owner)
            kind, _, number = owner.partition(":")
            if home is None and record is not None and record.customers is not None and kind == "customer":
                customer = attempt(record.name, record.customers, number)
                home = customer.city if customer is not None and not isinstance(customer, IntegrationError) else None
            if (home or "").strip().casefold() == city.strip().casefold():
                return True
        return False

    def _in_use(self, wants: Sequence[Want[Any]]) -> str:
        """Return what tells the customer apart in those systems that have it already."""
        for want in wants:
            live = self.found[want.step]
            field = want.resource.names[0]
            if isinstance(live, Live) and (there := getattr(live.state, field)):
                proposed = distinctions(unlabelled(want.unnamed().resource.label()), want.city)
                for distinction in itertools.chain([PLAIN], proposed):
                    if getattr(want.named(distinction).resource, field) == there:
                        if distinction:
                            return distinction
                        break
        return PLAIN

    def _holders(self, want: Want[Any], answer: Answer) -> tuple[Holder, ...]:
        """Return what has the want's names, in the system or, for another customer, in this very plan."""
        there = answer.holders if isinstance(answer, Taken) else ()
        given = (self._given.get(name) for name in _names(want))
        mine = want.key.partition("/")[0]
        others = [other for other in given if other is not None and other.key.partition("/")[0] != mine]
        field = want.resource.names[0]
        return there + tuple(
            Holder(field, str(getattr(want.resource, field)), "", other.resource.label(), mark=other.key)
            for other in others[:1]
        )

    def _give(
        self, wants: Sequence[Want[Any]], answers: Mapping[str, Answer], holders: Mapping[str, Sequence[Holder]]
    ) -> None:
        for want in wants:
            answer = answers[want.step]
            self.found[want.step] = None if isinstance(answer, Taken) else answer
            if answer is not None and not isinstance(answer, Taken):
                continue
            if isinstance(answer, Taken) and answer.resource is not None:
                want = dataclasses.replace(want, resource=answer.resource)  # noqa: PLW2901
            self.wants[want.step] = want
            self.taken[want.step] = tuple(dict.fromkeys(holders.get(want.step, ())))
            self._given.update(dict.fromkeys(_names(want), want))


def _names(want: Want[Any]) -> list[tuple[str, str, str, str]]:
    values = ((name, getattr(want.resource, name)) for name in want.resource.names)
    return [(want.system, want.kind, name, str(value).casefold()) for name, value in values if value]


def _exhausted(want: Want[Any]) -> Rejected:
    name = want.unnamed().resource.label()
    return Rejected(
        f"{want.system}: every name for “{name}” is taken, with its city and with numbers too",
        system=want.system,
        field=want.resource.names[0],
        who="the account manager",
        next="Make it by hand, then choose it with: closedwon link",
    )
