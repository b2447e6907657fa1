"""An approval covers what was shown, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.appuio.organization import Organization as PanelOrganization
from integrations.confluence.section import Section
from integrations.core.change import Action, Change, FieldChange
from integrations.core.ledger import Ledger
from integrations.core.member import Listed, Member
from integrations.core.plan import Approved
from integrations.core.plan.approval import fingerprint
from integrations.core.resource import Later, Live, Resource, Want, about
from integrations.flows.contacts.memory import Tombstone
from integrations.jira.issue.exception import ExceptionTicket
from integrations.jira.issue.ticket import Ticket
from integrations.jira.organization.store import Organization
from integrations.jira.project.store import Project
from integrations.odoo.customer.resource import Customer
from integrations.vshn_portal.organization import Organization as PortalOrganization

RESOURCES: tuple[type[Resource], ...] = (
    Customer, Organization, Project, Ticket, ExceptionTicket, PanelOrganization, PortalOrganization, Section,
    Member, Listed, Tombstone,
)  # fmt: skip
PROOFS = frozenset({"former", "inherited", "is_proven"})
"""Under which other marks it may be found, and why: the object that is found is a part of the approval itself."""


def fields_of(resource: type[Resource]) -> list[str]:
    """The fields that a change of it may write, or that say where and for whom."""
    return [
        name
        for name in resource.model_fields
        if name not in PROOFS and (not about(resource, name).output or name in resource.names)
    ]


CASES = [(resource, field) for resource in RESOURCES for field in fields_of(resource)]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Return a ledger, which hashes."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.sqlite")
    yield ledger
    ledger.close()


def built(resource: type[Resource], **values: Any) -> Resource:
    """Return one with these values, whatever their types."""
    needed = {name: "x" for name, field in resource.model_fields.items() if field.is_required()}
    return resource.model_construct(**{**needed, "key": "customer:1", **values})


def change(resource: Resource, action: Action = "create", found: Live[Any] | None = None, **how: Any) -> Change[Any]:
    """Return a change to this state."""
    old = found.state if found is not None else None
    names = [
        name
        for name in fields_of(type(resource))
        if name in resource.model_fields_set and name not in ("key", "customer")
    ]
    fields = tuple(FieldChange(name, getattr(old, name, None), getattr(resource, name)) for name in names)
    return Change("step", "system", action, Want("step", "system", resource), found=found, fields=fields, **how)


def covers(ledger: Ledger, shown: Change[Any], written: Change[Any]) -> bool:
    """Return whether somebody who approved the one has approved the other."""
    return Approved(fingerprint(shown, ledger.hash), by_person=True).allows(written, ledger.hash)


def there(resource: type[Resource], **values: Any) -> Live[Any]:
    """Return an object of ours."""
    return Live("17", built(resource, **values))


@pytest.mark.parametrize(
    ("resource", "field"), CASES, ids=[f"{resource.__module__}.{name}" for resource, name in CASES]
)
def test_a_changed_value_of_any_field_is_not_covered(ledger: Ledger, resource: type[Resource], field: str) -> None:
    """A creation's, hidden and looked up ones too."""
    shown, other = (change(built(resource, **{field: value})) for value in ("one", "two"))
    assert covers(ledger, shown, shown)
    assert not covers(ledger, shown, other)
    assert not covers(ledger, other, shown)


@pytest.mark.parametrize(
    ("resource", "field"), CASES, ids=[f"{resource.__module__}.{name}" for resource, name in CASES]
)
def test_of_an_update_neither_another_old_nor_another_new_value_is_covered(
    ledger: Ledger, resource: type[Resource], field: str
) -> None:
    before, later = there(resource, **{field: "one"}), there(resource, **{field: "two"})
    shown = change(built(resource, **{field: "new"}), "update", before)
    assert covers(ledger, shown, shown)
    assert not covers(ledger, shown, change(built(resource, **{field: "newer"}), "update", before))
    if not about(resource, field).looked_up and field not in ("key", "customer", "active"):
        assert not covers(ledger, shown, change(built(resource, **{field: "new"}), "update", later))


ONE = change(built(Customer, name="Muster AG"))
OTHERS: dict[str, Change[Any]] = {
    "system": dataclasses.replace(ONE, system="other"),
    "step": dataclasses.replace(ONE, step="other"),
    "action": dataclasses.replace(ONE, action="adopt"),
    "kind": dataclasses.replace(ONE, want=dataclasses.replace(ONE.want, resource=built(Project, name="Muster AG"))),
    "terms": dataclasses.replace(ONE, want=dataclasses.replace(ONE.want, terms=("another payer",))),
    "new": dataclasses.replace(ONE, new=True),
    "one more field": change(built(Customer, name="Muster AG", vat="CHE-123.456.788")),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_is_done_where_and_on_which_terms_is_a_part_of_it(ledger: Ledger, other: Change[Any]) -> None:
    assert not covers(ledger, ONE, other)


def test_another_object_is_not_covered_nor_one_that_is_found_by_another_mark(ledger: Ledger) -> None:
    found = there(Customer, name="Muster")
    shown = change(built(Customer, name="Muster AG"), "update", found)
    for other in ({"id": "18"}, {"ours": False}, {"is_former": True}):
        is_there = dataclasses.replace(found, **other)
        assert not covers(ledger, shown, change(built(Customer, name="Muster AG"), "update", is_there))


def test_a_part_of_what_was_shown_is_covered(ledger: Ledger) -> None:
    """A run that was killed may have written a field."""
    found = there(Customer, name="Muster", city="Chur")
    shown = change(built(Customer, name="Muster AG", city="Thun"), "update", found)
    assert covers(ledger, shown, change(built(Customer, city="Thun"), "update", found))


def test_what_an_approved_creation_began_is_completed_and_nothing_is_overwritten(ledger: Ledger) -> None:
    """The object bears the mark that the creation gives, and lacks a field."""
    wanted = built(Customer, name="Muster AG", city="Thun")
    lacking = change(built(Customer, city="Thun"), "update", there(Customer, name="Muster AG", city=""))
    assert covers(ledger, change(wanted), lacking)
    typed = change(built(Customer, city="Thun"), "update", there(Customer, name="Muster AG", city="Chur"))
    assert not covers(ledger, change(wanted), typed)
    incomplete = change(
        built(Customer, city="Thun"), "update", there(Customer, city="(no page)"), completes=frozenset({"city"})
    )
    assert covers(ledger, change(wanted), incomplete)
    begun = dataclasses.replace(there(Customer, name="Muster AG", city=""), ours=False, is_begun=True)
    assert covers(ledger, change(wanted), change(built(Customer, city="Thun"), "adopt", begun))
    strange = dataclasses.replace(there(Customer, name="Muster AG", city=""), ours=False)
    assert not covers(ledger, change(wanted), change(built(Customer, city="Thun"), "update", strange))


def pending(text: str, value: str, *, is_known: bool) -> Change[Any]:
    """Return a creation with a field that another step decides."""
    later = Later(frozenset({"page"}), frozenset(), text, lambda _: value)
    known = frozenset({"city"}) if is_known else frozenset()
    want = Want("step", "system", built(Customer, name="Muster AG", city=value), {"city": later}, resolved=known)
    return Change("step", "system", "create", want)


def test_an_expression_covers_its_value_where_that_was_not_known_and_a_value_only_itself(ledger: Ledger) -> None:
    url = "{{ steps.page.url }}"
    unknown, known = pending(url, "/1", is_known=False), pending(url, "/1", is_known=True)
    assert covers(ledger, unknown, known)
    assert not covers(ledger, unknown, pending("{{ steps.page.id }}", "/1", is_known=True))
    assert not covers(ledger, known, pending(url, "/2", is_known=True))
    assert not covers(ledger, known, unknown)


def test_what_gets_the_key_of_the_customer_that_the_run_made_is_covered(ledger: Ledger) -> None:
    """And what has another customer's key is not."""
    want: Want[Any] = Want("step", "system", built(Customer, key="deal:43", name="Muster AG"), per_customer=True)
    shown = Change("step", "system", "create", want)
    made = dataclasses.replace(shown, want=want.of_customer("deal:43", "customer:102"))
    assert made.key == "customer:102"
    assert covers(ledger, shown, made)
    assert not covers(ledger, shown, change(built(Customer, key="customer:102", name="Muster AG")))
