"""Where a customer's people go: its organization or page in each system, as the ledger knows them from the set-up."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from integrations.core.errors import IntegrationError
from integrations.core.identity import former, of_record
from integrations.core.ledger import Ledger
from integrations.core.system import System

CUSTOMER = "customer:"


def subject(customer: str) -> str:
    """The key of a customer, by its id in the ERP."""
    return CUSTOMER + customer


@dataclasses.dataclass(frozen=True)
class Place:
    """One customer's place in one system.

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


class Places:
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
            for name in self._ledger.filing.subjects(system, kind)
            if name.startswith(CUSTOMER)
        }
        return sorted((name.removeprefix(CUSTOMER) for name in found), key=lambda one: (len(one), one))

    def of(self, customers: Sequence[str]) -> dict[str, dict[str, Place]]:
        """By customer: its places, by system.

        The ERP is asked about customers with a place that is filed under a deal of which the ledger does not know whose
        it is, as the first release filed it on another machine; once.
        """
        places: dict[str, dict[str, Place]] = {customer: {} for customer in customers}
        gone = self.inherited(customers)
        subjects = [subject(customer) for customer in customers]
        proven: dict[str, tuple[str, ...]] = self._former([old for olds in gone.values() for old in olds], asking=False)
        for system, kind in self._containers.items():
            filed = self._ledger.filing.objects(system, kind, subjects)
            refused = self._ledger.filing.choices(system, kind, subjects)
            chosen = {name: _most(keys) for name, keys in filed.items() if keys}
            sharing = self._ledger.filing.sharing(system, kind, set(chosen.values()))
            doubtful = [name for name, number in chosen.items() if self._is_doubtful(sharing.get(number, ()))]
            proven |= self._former([name.removeprefix(CUSTOMER) for name in chosen], asking=False)
            proven |= self._former([name.removeprefix(CUSTOMER) for name in doubtful], asking=True)
            for name, number in chosen.items():
                customer = name.removeprefix(CUSTOMER)
                own = frozenset(f"deal:{deal}" for deal in proven.get(customer, ())) | {name}
                own |= {subject(old) for old in gone[customer]}
                own |= {f"deal:{deal}" for old in gone[customer] for deal in proven.get(old, ())}
                others = {key.partition("/")[0] for key in sharing.get(number, ())} - own
                places[customer][system] = Place(
                    number,
                    own,
                    is_open="never" not in refused.get(name, {}).values(),
                    is_sure=not self._is_proven(others),
                )
        return places

    def inherited(self, customers: Sequence[str]) -> dict[str, list[str]]:
        """Return, by customer, those that are gone and whose heir it is, as far as the ledger alone knows."""
        found: dict[str, list[str]] = {customer: [] for customer in customers}
        for one in self._ledger.heirs.known().values():
            if one.heir in found:
                found[one.heir].append(one.customer)
        return found

    def has_any(self, customer: str, system: str) -> bool:
        """Tell whether the ledger knows of a place of this customer's in a system."""
        kind = self._containers[system]
        return bool(self._ledger.filing.objects(system, kind, [subject(customer)])[subject(customer)])

    def _former(self, customers: Sequence[str], *, asking: bool) -> dict[str, tuple[str, ...]]:
        try:
            return former(self._ledger, self._systems, customers, asking=asking)
        except IntegrationError:
            return {}  # they wait: a mark that is not proven is another's

    def _is_doubtful(self, keys: Collection[str]) -> bool:
        """Tell whether one of these is a deal's of which the ledger does not know for whom it stood."""
        subjects = {key.partition("/")[0] for key in keys if key.startswith("deal:")}
        return any(not self._is_proven({one}) for one in subjects)

    def _is_proven(self, keys: Collection[str]) -> bool:
        """Tell whether one of these is the key of a deal that stood for some customer."""
        record = of_record(self._systems)
        deals = sorted(key.removeprefix("deal:") for key in keys if key.startswith("deal:"))
        filing = self._ledger.filing
        return record is not None and any(
            filing.owner(record.name, deal) is not None or filing.led_to(record.name, deal) for deal in deals
        )


def _most(keys: Mapping[str, str]) -> str:
    """The object that most of a customer's keys are filed for: its sections all stand on one page."""
    return Counter(keys.values()).most_common(1)[0][0]
