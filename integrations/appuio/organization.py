"""The store of organizations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import field_validator

from integrations.appuio.connection import ADMINISTRATOR, GROUP, TITLE, Connection, Item
from integrations.core import names as naming
from integrations.core.change import Change
from integrations.core.company_name import CompanyName, company_name
from integrations.core.errors import Ambiguous, Candidate, Conflict, IntegrationError, Rejected, Unavailable
from integrations.core.names import NUMBERS, PLAIN
from integrations.core.resource import (
    PLACEHOLDER,
    FieldInfo,
    Holder,
    Live,
    Lookup,
    Resource,
    Taken,
    precedence,
    twin_keys,
)
from integrations.core.rows import attempt
from integrations.core.system import Answer, IdForm
from integrations.core.text import one_line, short_hash, shorten

MARK = "closedwon.io/key"
"""The annotation with our key."""
LABEL = "closedwon.io/key-hash"
"""The label with a hash of it: annotations can't be selected by."""
NAME_LIMIT = 200
"""Characters of a display name that we give."""
RESERVED = ("kube-", "openshift", "appuio", "default")
"""Beginnings of namespaces that belong to the cluster: an organization is a namespace inside."""


class Organization(Resource):
    """An organization: what a customer's projects, members and bills belong to.

    `contact` is the ERP's id of the customer's own contact for invoices; an organization without our mark
    that is billed to it is the customer's. `billing_contact` is that of whoever pays.
    """

    kind: ClassVar[str] = "organization"
    title: ClassVar[str] = "organization"
    names: ClassVar[tuple[str, ...]] = ("name",)

    display_name: Annotated[str, FieldInfo(owner="people", label="name")]
    contact: Annotated[str | None, FieldInfo(looked_up=True, hidden=True)] = None
    billing_contact: Annotated[str | None, FieldInfo(owner="people", label="billed to contact")] = None
    name: Annotated[str, FieldInfo(output=True, label="id")] = ""

    @field_validator("display_name")
    @classmethod
    def _one_short_line(cls, value: str) -> str:
        return shorten(one_line(value), NAME_LIMIT)

    def named(self, distinction: str) -> Self:
        """See `Resource.named`. What it is called for people may be shared; a name in the API may not."""
        if self.display_name in ("", PLACEHOLDER):
            return self
        return self.model_copy(update={"name": naming.identifier(self.display_name, distinction, RESERVED)})

    def label(self) -> str:
        """Its name for people."""
        return self.display_name


def key_hash(key: str) -> str:
    """A key as a label's value may be: keys have colons and slashes, labels may not."""
    return short_hash(key, 32)


def marked(key: str) -> dict[str, Any]:
    """The metadata that mark an organization as the one of `key`."""
    return {"annotations": {MARK: key}, "labels": {LABEL: key_hash(key)}}


def mark(item: Mapping[str, Any]) -> str:
    """Our key in an organization; empty where it bears none."""
    return str((item["metadata"].get("annotations") or {}).get(MARK) or "")


def name(item: Mapping[str, Any]) -> str:
    """Its name in the API, which people use as its id."""
    return str(item["metadata"]["name"])


def is_going(item: Mapping[str, Any]) -> bool:
    """Return whether it is being deleted.

    Kubernetes shows it, and keeps its name, until that is done.
    """
    return bool(item["metadata"].get("deletionTimestamp"))


def is_name(text: str) -> bool:
    """Return whether the text could be an organization's name in the API; no other may stand in a path."""
    return bool(text) and len(text) <= 63 and all(part.isascii() and (part.isalnum() or part == "-") for part in text)


def display_name(item: Mapping[str, Any]) -> str:
    """Its name for people; the API's where it has none."""
    return one_line(str((item.get("spec") or {}).get("displayName") or "")) or name(item)


def billing_reference(item: Mapping[str, Any]) -> str:
    """The name of the billing entity it is billed to; empty where there is none."""
    return str((item.get("spec") or {}).get("billingEntityRef") or "")


def spec(wanted: Organization, fields: frozenset[str], prefix: str) -> dict[str, str]:
    """Return those of the fields that are set, as the API wants them."""
    parts = {}
    if "display_name" in fields:
        parts["displayName"] = wanted.display_name
    if "billing_contact" in fields and wanted.billing_contact:
        parts["billingEntityRef"] = prefix + wanted.billing_contact
    return parts


def state(item: Mapping[str, Any], key: str, prefix: str) -> Organization:
    """Return the organization that the API holds.

    A reference of another form than ours stays as it is.
    """
    return Organization(
        key=key,
        display_name=str((item.get("spec") or {}).get("displayName") or ""),
        billing_contact=billing_reference(item).removeprefix(prefix) or None,
        name=name(item),
    )


TRIALS = frozenset({"trial", "test", "demo"})
ENOUGH = 2
"""Words that two names must share before one is taken for a longer form of the other."""


def live(connection: Connection, item: Item, keys: Sequence[str], beside: Sequence[Item] = ()) -> Live[Organization]:
    """An organization for those who asked by `keys`, the first of which the answer is filed under.

    `beside`: all that was listed, among which others may bear the same mark.
    """
    borne = mark(item)
    same = twin_keys(keys, borne)
    key = keys[0] if not borne or borne in keys else borne
    return Live(
        id=name(item),
        state=state(item, key, connection.settings.billing_prefix),
        url=connection.url(name(item)),
        version=item["metadata"].get("resourceVersion"),
        ours=borne in keys,
        is_former=borne in keys[1:],
        twins=tuple(name(other) for other in beside if mark(other) in same and name(other) != name(item)),
    )


def bearing(items: Sequence[Item], keys: Sequence[str]) -> Item | None:
    """Return the organization that bears our mark, by its `precedence`; of several with one rank the oldest."""
    ours = [item for item in items if mark(item) in keys]
    return min(
        ours,
        key=lambda item: (precedence(keys, mark(item)), str(item["metadata"].get("creationTimestamp")), name(item)),
        default=None,
    )


def matched(
    connection: Connection, items: Sequence[Item], lookup: Lookup[Organization]
) -> Live[Organization] | Taken[Organization] | None | IntegrationError:
    """The answer to one look-up, given every organization there is.

    By itself: what bears our mark, else the only one that is billed to the customer's own invoice contact
    (the ERP, as the system of record, points to it). Whoever said `new` wants neither that nor a look-alike.
    """
    own = bearing(items, lookup.keys)
    if own is not None:
        return live(connection, own, lookup.keys, items)
    if lookup.new:
        return taken(connection, items, lookup.resource)
    free = [item for item in items if not mark(item)]
    contact = lookup.resource.contact
    if contact and contact != PLACEHOLDER:
        billed = [item for item in free if billing_reference(item) == connection.settings.billing_prefix + contact]
        if len(billed) == 1:
            return live(connection, billed[0], lookup.keys)
        if billed:
            return ambiguous(connection, billed, "billed to this customer")
    alike = [item for item in free if _is_alike(item, lookup.resource)]
    return ambiguous(connection, alike, "of a like name") if alike else taken(connection, items, lookup.resource)


def taken(connection: Connection, items: Sequence[Item], wanted: Organization) -> Taken[Organization] | None:
    """Return the holder of the name that the organization would get.

    None means that no organization holds it, or only one that is about to be gone.
    """
    holders = tuple(
        Holder("name", wanted.name, name(item), display_name(item), connection.url(name(item)), mark(item))
        for item in items
        if name(item) == wanted.name and not is_going(item)
    )
    return Taken(holders) if holders else None


def chosen(
    connection: Connection, item: Item | None, lookup: Lookup[Organization]
) -> Live[Organization] | IntegrationError:
    """The answer where a person chose an organization."""
    if item is None:
        return connection.error(
            Rejected,
            f"{TITLE}: the organization {lookup.id}, which was chosen, does not exist",
            next="Choose again.",
        )
    if mark(item) and mark(item) not in lookup.keys:
        return connection.error(
            Rejected,
            f"{TITLE}: the organization {lookup.id}, which was chosen, belongs to another customer ({mark(item)})",
            next="Choose again.",
        )
    return live(connection, item, lookup.keys)


def ambiguous(connection: Connection, items: Sequence[Item], why: str) -> Ambiguous:
    """A choice among organizations, the oldest first."""
    ordered = sorted(items, key=lambda item: (str(item["metadata"].get("creationTimestamp")), name(item)))
    candidates = tuple(
        Candidate(
            name(item),
            display_name(item),
            connection.url(name(item)),
            made=str(item["metadata"].get("creationTimestamp") or "")[:10],
            holds=f"billed to {billing_reference(item)}" if billing_reference(item) else "",
        )
        for item in ordered
    )
    names = ", ".join(candidate.id for candidate in candidates[:5])
    there = "there is an organization" if len(candidates) == 1 else "there are organizations"
    text = f"{TITLE}: {there} {why}: {names}"
    return connection.error(Ambiguous, text, candidates=candidates)


def taken_unseen(connection: Connection, item_name: str, other_name: str) -> Ambiguous:
    """A refusal of a name that no organization has.

    An organization is a namespace underneath: one that is none has the name, or one that is about to be gone. What
    they are called can't be changed later, so another name is a person's to choose; the next run tries this one again.
    """
    return connection.error(
        Ambiguous,
        f"{TITLE}: the name {item_name} is taken, and not by an organization: by a namespace, or by what is just being "
        "deleted",
        candidates=(),
        who=ADMINISTRATOR,
        next="Run this again in some minutes; if it stays so, say `new` for the name "
        f"{other_name} with: closedwon link",
    )


def going(connection: Connection, item_name: str) -> Unavailable:
    """A refusal of a name whose organization is being deleted."""
    return connection.error(
        Unavailable,
        f"{TITLE}: the organization {item_name} is being deleted, and its name is free only then",
        next="It is tried again by itself.",
    )


def _is_alike(item: Item, wanted: Organization) -> bool:
    """Return whether a person should look at the two names.

    They read the same, or one has all the words of the other and at least two. Legal forms do not count, nor
    the words "trial", "test" and "demo".
    """
    if wanted.display_name == PLACEHOLDER:
        return False
    own = company_name(wanted.display_name)
    others = [company_name(text) for text in (name(item), display_name(item))]
    return any(own.reads_as(other) or _are_alike(_words(own), _words(other)) for other in others)


def _words(company: CompanyName) -> frozenset[str]:
    return frozenset(company.words) - TRIALS


def _are_alike(words: frozenset[str], others: frozenset[str]) -> bool:
    fewer = min(words, others, key=len)
    return words == others != frozenset() or (len(fewer) >= ENOUGH and fewer == words & others)


def unarchivable(connection: Connection, item_name: str) -> Rejected:
    """The API can't archive, and deleting would take the customer's projects along."""
    return connection.error(
        Rejected,
        f"{TITLE}: the organization {item_name} can't be archived, only deleted with everything in it",
        who=ADMINISTRATOR,
        next=f"Ask {ADMINISTRATOR} to remove it if nothing runs in it.",
    )


SELECTED = 50
"""Look-ups that one label selector may carry: it stands in the address."""

TRIES = 3
"""How often a name is tried that is refused as taken although no organization has it."""

Row = Live[Organization] | Taken[Organization] | None | IntegrationError


class Organizations:
    """Organizations, each marked by the annotation `closedwon.io/key`.

    The mark is written in the request that creates the organization, so there are no orphans; names are
    unique, so creating twice makes one. The label beside it only makes finding cheap. Versions are
    compared by the API itself.
    """

    resource = Organization
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = IdForm(re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"), "its name in the API, such as acme")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, lookups: Sequence[Lookup[Organization]]) -> Answer:
        """Find in one request those known from an earlier run, else in one list.

        A chosen object takes one request more.
        """
        answers: dict[str, Row] = {}
        for lookup in lookups:
            if lookup.chosen and lookup.id:
                answers[lookup.key] = self._chosen(lookup)
        open_ones = [lookup for lookup in lookups if lookup.key not in answers]
        known = [lookup for lookup in open_ones if lookup.id]
        if len(known) == len(open_ones) <= SELECTED:
            answers |= self._by_label(known)
        remainder = [lookup for lookup in open_ones if lookup.key not in answers]
        if remainder:
            items = self._connection.organizations()
            answers |= {lookup.key: matched(self._connection, items, lookup) for lookup in remainder}
        return answers

    def put(self, changes: Sequence[Change[Organization]]) -> Answer:
        """Each change by itself: the API has no batches."""
        answers: dict[str, Row] = {}
        for change in changes:
            answers[change.key] = attempt(TITLE, self._put, change)
        return answers

    def _chosen(self, lookup: Lookup[Organization]) -> Row:
        try:
            item = self._connection.organization(str(lookup.id)) if is_name(str(lookup.id)) else None
        except IntegrationError as error:
            return error
        return chosen(self._connection, item, lookup)

    def _by_label(self, lookups: Sequence[Lookup[Organization]]) -> dict[str, Row]:
        """Return those that their labels lead to; the others may be anywhere or nowhere."""
        if not lookups:
            return {}
        hashes = sorted({key_hash(key) for lookup in lookups for key in lookup.keys})
        items = self._connection.organizations(f"closedwon.io/key-hash in ({','.join(hashes)})")
        found = {lookup.key: bearing(items, lookup.keys) for lookup in lookups}
        keys = {lookup.key: lookup.keys for lookup in lookups}
        return {key: live(self._connection, item, keys[key], items) for key, item in found.items() if item}

    def _put(self, change: Change[Organization]) -> Row:
        if change.action == "create":
            return self._create(change)
        if change.found is None:
            raise self._connection.error(Conflict, f"{TITLE}: there is nothing yet to change for {change.key}")
        if change.action == "archive":
            return unarchivable(self._connection, change.found.id)
        return self._patch(change, change.found)

    def _create(self, change: Change[Organization]) -> Row:
        """Create it by the name that the plan shows, or by the first free one where its name was not known then.

        Nobody can see what is no organization: who said `new` to that gets the name that the question named.
        """
        wanted = change.wanted()
        if not wanted.display_name:
            raise self._connection.error(Rejected, f"{TITLE}: the organization has no name", field="display_name")
        proposal = wanted.name or wanted.named(PLAIN).name
        others = [f"{proposal}-{number}" for number in NUMBERS]
        row: Row = None
        for candidate in [proposal] if wanted.name else [proposal, *others]:
            row = self._named(change, candidate)
            if not isinstance(row, Conflict):
                break
        if row is None and change.new:
            row = self._named(change, others[0])
        return taken_unseen(self._connection, proposal, others[0]) if row is None else row

    def _named(self, change: Change[Organization], candidate: str) -> Row:
        """Create the organization of this name, or return the one that has it, or why it can't be used.

        None means that the name is refused, and no organization has it. A name stays for good: where a
        refusal finds nobody, it is tried again, for what had the name may be gone.
        """
        for _ in range(TRIES):
            made = self._connection.create(self._body(change.wanted(), candidate))
            if made is not None:
                return self._live(made, change)
            there = self._connection.organization(candidate)
            if there is not None:
                return self._holder(change, there)
        return None

    def _holder(self, change: Change[Organization], there: Item) -> Row:
        """Return the organization that has the name, if it is ours, or why it can't be used."""
        if is_going(there):
            return going(self._connection, name(there))
        if mark(there) in _keys(change):
            return self._live(there, change)
        if mark(there) or change.new:
            return self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile another customer's organization has the name {name(there)}",
                next="Look at the plan again.",
            )
        return ambiguous(self._connection, [there], "of this very name")

    def _patch(self, change: Change[Organization], found: Live[Organization]) -> Row:
        """Adopting adds the mark; updating writes the fields alone. Both only upon the version that was read."""
        connection = self._connection
        wanted = change.wanted()
        metadata = marked(change.key) if change.action == "adopt" else {}
        parts = spec(wanted, change.names, connection.settings.billing_prefix)
        patched = connection.patch(
            found.id, {"metadata": {**metadata, "resourceVersion": found.version}, **({"spec": parts} if parts else {})}
        )
        if patched is None:
            # Our own first try, if its answer was lost, also made the version a newer one.
            patched = connection.organization(found.id)
            if patched is None or mark(patched) not in _keys(change) or not _holds(patched, parts):
                raise connection.error(
                    Conflict,
                    f"{TITLE}: the organization {found.id} was changed meanwhile",
                    next="Look at the plan again.",
                )
        return self._live(patched, change)

    def _body(self, wanted: Organization, proposal: str) -> Item:
        fields = frozenset({"display_name", "billing_contact"})
        return {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Organization",
            "metadata": {"name": proposal, **marked(wanted.key)},
            "spec": spec(wanted, fields, self._connection.settings.billing_prefix),
        }

    def _live(self, item: Item, change: Change[Organization]) -> Live[Organization]:
        return live(self._connection, item, _keys(change))


def _keys(change: Change[Organization]) -> tuple[str, ...]:
    return (change.key, *change.wanted().former)


def _holds(item: Item, parts: dict[str, str]) -> bool:
    held = item.get("spec") or {}
    return all(held.get(field) == value for field, value in parts.items())
