"""From a customer's people to wants: who is to be a member of what."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from integrations.core.errors import IntegrationError
from integrations.core.identity import former, of_record
from integrations.core.ledger import Ledger
from integrations.core.member import Listed, Member
from integrations.core.resource import Want
from integrations.core.system import System
from integrations.flows.contacts.people import CUSTOMER, Entry, person_key, place_of, step_of, subject
from integrations.flows.contacts.settings import ContactSettings


@dataclasses.dataclass(frozen=True)
class Container:
    """A customer's place in one system.

    Attributes:
        id: What people are members of there.
        subjects: Every key that its mark may carry: the customer's, those of deals that are proven to be its own, and
            those of customers that are gone and whose heir it is.
        is_sure: Nothing says that it is another customer's: it was not filed under the key of a deal of theirs.
        is_open: Whether people may be let in: not where a person marked the system `never` for the customer.
    """

    id: str
    subjects: frozenset[str]
    is_open: bool = True
    is_sure: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The same in the order in which a key's former ones are given: customers that are gone come last."""
        return tuple(sorted(self.subjects, key=lambda name: (name.startswith(CUSTOMER), name)))


class Containers:
    """Looks up places; a system without people has none."""

    def __init__(self, systems: Mapping[str, System], ledger: Ledger) -> None:
        self._systems, self._ledger = systems, ledger
        self._containers = {
            name: system.people.container for name, system in systems.items() if system.people is not None
        }

    @property
    def systems(self) -> list[str]:
        """The systems that people are in."""
        return list(self._containers)

    def customers(self) -> list[str]:
        """The customers (ERP ids) that have a place in any system, by number."""
        found = {
            name
            for system, kind in self._containers.items()
            for name in self._ledger.object_index.subjects(system, kind)
            if name.startswith(CUSTOMER)
        }
        return sorted((name.removeprefix(CUSTOMER) for name in found), key=lambda customer: (len(customer), customer))

    def of(self, customers: Sequence[str]) -> dict[str, dict[str, Container]]:
        """By customer: its places, by system.

        The ERP is asked about customers with a place that is filed under a deal of which the ledger does not know whose
        it is, as the first release filed it on another machine; once.
        """
        places: dict[str, dict[str, Container]] = {customer: {} for customer in customers}
        gone = self.inherited(customers)
        subjects = [subject(customer) for customer in customers]
        proven: dict[str, tuple[str, ...]] = self._former([old for olds in gone.values() for old in olds], asking=False)
        for system, kind in self._containers.items():
            filed = self._ledger.object_index.objects(system, kind, subjects)
            refused = self._ledger.object_index.choices(system, kind, subjects)
            chosen = {name: _most(keys) for name, keys in filed.items() if keys}
            sharing = self._ledger.object_index.sharing(system, kind, set(chosen.values()))
            doubtful = [name for name, number in chosen.items() if self._is_doubtful(sharing.get(number, ()))]
            proven |= self._former([name.removeprefix(CUSTOMER) for name in chosen], asking=False)
            proven |= self._former([name.removeprefix(CUSTOMER) for name in doubtful], asking=True)
            for name, number in chosen.items():
                customer = name.removeprefix(CUSTOMER)
                own = frozenset(f"deal:{deal}" for deal in proven.get(customer, ())) | {name}
                own |= {subject(old) for old in gone[customer]}
                own |= {f"deal:{deal}" for old in gone[customer] for deal in proven.get(old, ())}
                others = {key.partition("/")[0] for key in sharing.get(number, ())} - own
                places[customer][system] = Container(
                    number,
                    own,
                    is_open="never" not in refused.get(name, {}).values(),
                    is_sure=not self._is_proven(others),
                )
        return places

    def inherited(self, customers: Sequence[str]) -> dict[str, list[str]]:
        """Return, by customer, those that are gone and whose heir it is, as far as the ledger alone knows."""
        found: dict[str, list[str]] = {customer: [] for customer in customers}
        for succession in self._ledger.heirs.known().values():
            if succession.heir in found:
                found[succession.heir].append(succession.customer)
        return found

    def has_any(self, customer: str, system: str) -> bool:
        """Tell whether the ledger knows of a place of this customer's in a system."""
        kind = self._containers[system]
        return bool(self._ledger.object_index.objects(system, kind, [subject(customer)])[subject(customer)])

    def _former(self, customers: Sequence[str], *, asking: bool) -> dict[str, tuple[str, ...]]:
        try:
            return former(self._ledger, self._systems, customers, asking=asking)
        except IntegrationError:
            return {}  # they wait: a mark that is not proven is another's

    def _is_doubtful(self, keys: Collection[str]) -> bool:
        """Tell whether one of these is a deal's of which the ledger does not know for whom it stood."""
        subjects = {key.partition("/")[0] for key in keys if key.startswith("deal:")}
        return any(not self._is_proven({subject}) for subject in subjects)

    def _is_proven(self, keys: Collection[str]) -> bool:
        """Tell whether one of these is the key of a deal that stood for some customer."""
        record = of_record(self._systems)
        deals = sorted(key.removeprefix("deal:") for key in keys if key.startswith("deal:"))
        object_index = self._ledger.object_index
        return record is not None and any(
            object_index.owner(record.name, deal) is not None or object_index.led_to(record.name, deal)
            for deal in deals
        )


def _most(keys: Mapping[str, str]) -> str:
    """The object that most of a customer's keys are filed for: its sections all stand on one page."""
    return Counter(keys.values()).most_common(1)[0][0]


NEVER = "never"
"""What a person chose instead of an account: that there is to be no membership."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A want, and whom it is for; without an entry it is somebody who is taken out."""

    want: Want[Member]
    customer: str
    entry: Entry | None = None
    reason: str = ""


def memberships(
    customer: str,
    entry: Entry,
    person: str,
    places: Mapping[str, Container],
    systems: Mapping[str, System],
    settings: ContactSettings,
    accounts: Mapping[tuple[str, str], str],
) -> Iterator[Wanted]:
    """Return what the rules give a person: a want for each system in which one of the functions gives a membership.

    A shared mailbox is nobody: whatever else it is, it gets only what `mailbox` gives.
    """
    functions = ("mailbox",) if entry.is_mailbox else entry.functions
    for name, place in places.items():
        people = systems[name].people
        if (
            people is None
            or not place.is_open
            or not any(settings.gives(function, name, people.access) for function in functions)
        ):
            continue
        account = accounts.get((name, person_key(customer, person)), "")
        if account == NEVER:
            continue
        yield Wanted(want(systems[name], customer, person, place, entry, account), customer, entry)


def out(system: System, customer: str, key: str, place: Container, email: str = "") -> Want[Member]:
    """Somebody out of a place: by the address, or as the ledger knows them."""
    people = system.people
    if people is None:
        raise AssertionError
    former_place = place_of(key)
    resource = people.resource(**_base(key, place, former_place or place.id), email=email, active=False)
    return Want(step_of(system.name, key), system.name, resource, customer=customer)


def _base(key: str, place: Container, where: str) -> dict[str, Any]:
    own = key.partition("/")[0]
    others = tuple(name + key.removeprefix(own) for name in place.names if name != own)
    return {"key": key, "former": others, "place": where}


def want(system: System, customer: str, person: str, place: Container, entry: Entry, account: str = "") -> Want[Member]:
    """A person in a place."""
    people = system.people
    if people is None:
        raise AssertionError
    key = person_key(customer, person)
    base = _base(key, place, place.id)
    if issubclass(people.resource, Listed):
        resource = people.resource(
            **base, email=entry.email, name=entry.name, functions=roles(entry), phone=entry.phone
        )
    else:
        resource = people.resource(**base, email=entry.email, name=entry.name, account=account)
    return Want(step_of(system.name, key), system.name, resource, customer=customer)


def roles(entry: Entry) -> tuple[str, ...]:
    """Return what a directory says of somebody: `technical`, or `Webshop: technical` for a project's."""
    if not entry.projects:
        return tuple(entry.functions)
    return tuple(f"{project}: {function}" for project in entry.projects for function in entry.functions)
