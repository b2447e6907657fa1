"""Matching of wanted organizations and those that exist."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.appuio.connection import ADMINISTRATOR, TITLE, Connection, Item
from integrations.appuio.resource import Organization, billing_reference, display_name, is_going, mark, name, state
from integrations.core.company_name import CompanyName, company_name
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected, Unavailable
from integrations.core.resource import PLACEHOLDER, Holder, Live, Lookup, Taken, own_keys, twin_keys

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
    """Return the organization that bears our mark; a gone customer's counts only where there is no other.

    The oldest counts where several bear it.
    """
    own = [item for item in items if mark(item) in own_keys(keys)]
    own = own or [item for item in items if mark(item) in keys]
    return min(own, key=lambda item: (str(item["metadata"].get("creationTimestamp")), name(item)), default=None)


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
        return Rejected(
            f"{TITLE}: the organization {lookup.id}, which was chosen, does not exist",
            system=connection.name,
            next="Choose again.",
        )
    if mark(item) and mark(item) not in lookup.keys:
        return Rejected(
            f"{TITLE}: the organization {lookup.id}, which was chosen, belongs to another customer ({mark(item)})",
            system=connection.name,
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
    return Ambiguous(text, candidates=candidates, system=connection.name)


def taken_unseen(connection: Connection, item_name: str, other_name: str) -> Ambiguous:
    """A refusal of a name that no organization has.

    An organization is a namespace underneath: one that is none has the name, or one that is about to be gone. What
    they are called can't be changed later, so another name is a person's to choose; the next run tries this one again.
    """
    return Ambiguous(
        f"{TITLE}: the name {item_name} is taken, and not by an organization: by a namespace, or by what is just being "
        "deleted",
        candidates=(),
        system=connection.name,
        who=ADMINISTRATOR,
        next="Run this again in some minutes; if it stays so, say `new` for the name "
        f"{other_name} with: closedwon link",
    )


def going(connection: Connection, item_name: str) -> Unavailable:
    """A refusal of a name whose organization is being deleted."""
    return Unavailable(
        f"{TITLE}: the organization {item_name} is being deleted, and its name is free only then",
        system=connection.name,
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
    return Rejected(
        f"{TITLE}: the organization {item_name} can't be archived, only deleted with everything in it",
        system=connection.name,
        who=ADMINISTRATOR,
        next=f"Ask {ADMINISTRATOR} to remove it if nothing runs in it.",
    )
