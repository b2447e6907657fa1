"""The store of organizations, whose writing is a task for a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import field_validator

from integrations.core import names as naming
from integrations.core.change import Change
from integrations.core.company_name import reads_the_same
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected
from integrations.core.resource import PLACEHOLDER, FieldInfo, Live, Lookup, Resource, Taken
from integrations.core.rows import attempt
from integrations.core.system import Answer, IdForm
from integrations.core.text import one_line, short_hash, shorten, slug
from integrations.vshn_portal.connection import ADMINISTRATOR, TITLE, Connection

NAME_LIMIT = 200


class Organization(Resource):
    """A customer in the portal, entered by a person.

    It takes the fields of the control API's organization, so that one playbook fits both panels. Nothing but
    the id can be read back, so no field is ever compared.
    """

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

    display_name: Annotated[str, FieldInfo(owner="people", once=True, label="name")]
    contact: Annotated[str | None, FieldInfo(looked_up=True, hidden=True)] = None
    billing_contact: Annotated[str | None, FieldInfo(owner="people", once=True, label="billed to contact")] = None
    name: Annotated[str, FieldInfo(output=True, label="id")] = ""
    task: Annotated[str, FieldInfo(output=True)] = ""
    """What a person has to do; empty once it is done."""

    @field_validator("display_name")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        line = shorten(one_line(value), NAME_LIMIT)
        if not line:
            raise ValueError("a name needs a letter at least")
        return line

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. Its id has the customer's number, once there is one: nothing has to be added."""
        del distinction
        is_known = self.key.startswith("customer:") and self.display_name != PLACEHOLDER
        return self.model_copy(update={"name": proposed_id(self, self.key)}) if is_known else self

    def label(self) -> str:
        """Its name for people."""
        return self.display_name


def plain_id(wanted: Organization) -> str:
    """The id that somebody who enters the customer by hand would probably choose; empty without letters."""
    return slug(wanted.display_name)


def proposed_id(wanted: Organization, key: str) -> str:
    """The id to enter: the name and the customer's own number, so that no two customers are shown the same.

    A namesake may be shown its id before anybody has entered either: what is listed does not tell yet.
    """
    return naming.identifier(wanted.display_name, number(key))


def number(key: str) -> str:
    """Return the customer's number in our key, in the form that an id has."""
    return slug(key.partition("/")[0].removeprefix("customer:"), naming.LONGEST)


Row = Live[Organization] | Taken[Organization] | None | IntegrationError


class Organizations:
    """Customers of the portal: read by us, entered by people.

    The portal keeps no mark. The id itself stands for it: one that we showed (the ledger remembers) or that a
    person chose is ours as soon as it is listed; one that was there before is a choice.
    """

    resource = Organization
    writes: Literal["create", "send", "manual"] = "manual"
    batch = 100
    id_form = IdForm(
        re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,253}"), "a customer's id as the portal lists it, such as acme"
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shown: dict[str, str] = {}

    def find(self, lookups: Sequence[Lookup[Organization]]) -> Answer:
        """Find all with one request."""
        if not lookups:
            return {}
        listed = self._connection.customers()
        return {lookup.key: self._row(lookup, listed) for lookup in lookups}

    def put(self, changes: Sequence[Change[Organization]]) -> Answer:
        """Send nothing; each answer says which id to enter, and where."""
        return {change.key: attempt(TITLE, self._task, change) for change in changes}

    def _row(self, lookup: Lookup[Organization], listed: frozenset[str]) -> Row:
        if lookup.id and lookup.id in listed:
            return self._live(lookup.resource, lookup.id)
        if lookup.chosen:
            return self._connection.error(
                Rejected,
                f"{TITLE}: the customer {lookup.id}, which was chosen, is not listed there",
                next="Choose again.",
            )
        if lookup.id:
            # Entered under the id that people have been told, whatever the name has become since.
            self._shown[lookup.key] = lookup.id
        answer = None if lookup.resource.display_name == PLACEHOLDER else self._unknown(lookup, listed)
        if answer is None and lookup.id and lookup.resource.name not in ("", lookup.id):
            return Taken((), lookup.resource.model_copy(update={"name": lookup.id}))
        return answer

    def _unknown(self, lookup: Lookup[Organization], listed: frozenset[str]) -> Row:
        """Return similar ids where the ledger does not know of any shown; with `new`, those with our own id.

        The end of an id identifies it: the customer's number, or a hash of our key in earlier releases. It is
        preceded by the name as it was spelled when the id was shown.
        """
        own = [f"-{short_hash(key)}" for key in lookup.keys]
        ids = {proposed_id(lookup.resource, key) for key in lookup.keys}
        if not lookup.new:
            own += [f"-{number(key)}" for key in lookup.keys]
        plain = "" if lookup.new else plain_id(lookup.resource)
        name = "" if lookup.new else lookup.resource.display_name
        alike = sorted(
            organization
            for organization in listed
            if organization.lower() in ids
            or organization.lower().endswith(tuple(own))
            or organization.lower() == plain
            or reads_the_same(organization, name)
        )
        if not alike:
            return None
        if lookup.new:
            return self._live(lookup.resource, alike[0])
        candidates = tuple(
            Candidate(customer, customer, self._connection.settings.base, "was there before") for customer in alike
        )
        return self._connection.error(
            Ambiguous,
            f"{TITLE}: listed already, and perhaps this customer: {', '.join(alike)}",
            candidates=candidates,
        )

    def _task(self, change: Change[Organization]) -> Row:
        wanted = change.wanted()
        if change.action == "archive":
            return self._connection.error(
                Rejected,
                f"{TITLE}: a customer can't be archived from here",
                who=ADMINISTRATOR,
                next=f"Ask {ADMINISTRATOR} to close {change.found.id if change.found else wanted.display_name}.",
            )
        if change.found is not None:
            return self._live(wanted, change.found.id)
        customer = self._shown.get(change.key) or wanted.name or proposed_id(wanted, change.key)
        where = self._connection.settings.base
        return self._live(wanted, customer, task=f"Create the customer {customer} ({wanted.display_name}) at {where}.")

    def _live(self, wanted: Organization, customer: str, task: str = "") -> Live[Organization]:
        state = wanted.model_copy(update={"name": customer, "task": task})
        return Live(id=customer, state=state, url=self._connection.settings.base, ours=True)
