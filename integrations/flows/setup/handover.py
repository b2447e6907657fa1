"""Objects that another customer has by now: after an answer that was wrong, or of a customer that is back.

They bear that one's mark, so that nothing but a person's choice brings them back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.errors import Ambiguous, Candidate
from integrations.core.heirs import called
from integrations.core.ledger import Ledger
from integrations.core.model import Customer
from integrations.core.plan import Found, Plan
from integrations.core.resource import Want


@dataclasses.dataclass(frozen=True)
class _Object:
    """An object that was one customer's and is another's.

    Attributes:
        former: The key under which it was filed.
        key: The key that it has now.
        is_chosen: A person chose it for whom it is now.
    """

    system: str
    kind: str
    former: str
    id: str
    url: str
    key: str
    is_chosen: bool

    def is_for(self, want: Want[Any]) -> bool:
        """Tell whether it is what a step wants, but for whose it is."""
        step = want.key.partition("/")[2]
        return (self.system, self.kind, self.former.partition("/")[2]) == (want.system, want.kind, step)


def brought_back(
    ledger: Ledger, customer: Customer, wants: Sequence[Want[Any]], chosen: Mapping[str, str | None]
) -> tuple[Want[Any], ...]:
    """Return the wants; those of what a person chose, by step, may bear the mark of the customer that has it now.

    So may what is part of it.
    """
    if not any(chosen.values()):
        return tuple(wants)
    back: dict[str, _Object] = {}
    handed_on = _handed_on(ledger, customer)
    for want in wants:
        for item in handed_on:
            if item.is_for(want) and (chosen.get(want.step) == item.id or want.depends_on & back.keys()):
                back[want.step] = item
    return tuple(_also_marked(want, back[want.step].key) if want.step in back else want for want in wants)


def questions(ledger: Ledger, customer: Customer, plan: Plan) -> Found:
    """Return, by step, the choice between what the customer had and something new, where the plan would make that.

    Not where a person chose it for the one that has it now.
    """
    made = [
        change for change in plan.changes if change.action == "create" and not change.new and change.kind != "customer"
    ]
    found: Found = {}
    for item in _handed_on(ledger, customer) if made else ():
        for change in made:
            if item.is_for(change.want) and not item.is_chosen:
                found[change.step] = _question(ledger, item)
    return found


def _handed_on(ledger: Ledger, customer: Customer) -> list[_Object]:
    if customer.id is None:
        return []
    return [_Object(*item) for item in ledger.object_index.handed_on([customer.id, *customer.inherited])]


def _also_marked(want: Want[Any], key: str) -> Want[Any]:
    resource = want.resource
    return dataclasses.replace(want, resource=resource.model_copy(update={"former": (*resource.former, key)}))


def _question(ledger: Ledger, item: _Object) -> Ambiguous:
    customer = item.former.partition("/")[0].removeprefix("customer:")
    whose = item.key.partition("/")[0].removeprefix("customer:")
    note = f"was the customer {customer}'s, and is {whose}'s now"
    name = called(ledger, customer) or item.kind
    return Ambiguous(
        f"{item.system}: {item.id} {note}",
        candidates=(Candidate(item.id, name, item.url, note),),
        system=item.system,
    )
