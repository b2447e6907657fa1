"""What tests want of contact tables, and what people do to their rows."""

from __future__ import annotations

from typing import Any

from integrations.confluence.section import outline
from integrations.core.change import Action, Change, FieldChange
from integrations.core.member import Listed, mark_of
from integrations.core.resource import Live, Lookup, Want
from tests.confluence.people import Wiki

HASHES = {"anna": "a1" * 16, "bob": "b2" * 16, "carla": "c3" * 16}
"""The last parts of their keys: what only this ledger knows."""
MARKS = {name: mark_of("customer:101", f"{name}@customer.example") for name in HASHES}
"""What their anchors bear."""
FIELDS = ("name", "functions", "phone")


def person(who: str = "anna", place: str = "", customer: str = "101", **fields: Any) -> Listed:
    """A contact of a customer, as the ERP has it."""
    content = {
        "key": f"customer:{customer}/contact/{HASHES.get(who, who)}",
        "place": place,
        "email": f"{who}@customer.example",
        "name": who.title(),
        "functions": ("technical", "billing"),
        "phone": "+41443334455",
        **fields,
    }
    return Listed.model_validate(content)


def leaver(who: str = "anna", place: str = "", customer: str = "101", email: str = "") -> Listed:
    """Somebody to be taken out, of whom the ledger knows no address."""
    return person(who, place, customer, email=email, name="", functions=(), phone="", active=False)


def asked(wanted: Listed, **lookup: Any) -> Lookup[Listed]:
    """A look-up; of somebody whose address is not known the ledger has the row's id."""
    name = {mark: name for name, mark in HASHES.items()}.get(wanted.key.rpartition("/")[2])
    known = {"id": f"{wanted.place}/{MARKS[name]}"} if name and not wanted.email else {}
    return Lookup(wanted, **{**known, **lookup})


def change(wanted: Listed, found: Live[Listed] | None = None) -> Change[Listed]:
    """The change that the core would make of it where the ERP wins."""
    if not wanted.active:
        return _change(wanted, "archive", found, (FieldChange("active", True, False),))
    names = [name for name in FIELDS if getattr(wanted, name)]
    old = {name: getattr(found.state, name) if found is not None else None for name in names}
    fields = tuple(FieldChange(name, old[name], getattr(wanted, name)) for name in names)
    if found is None:
        return _change(wanted, "create", None, fields)
    differing = tuple(field for field in fields if field.old != field.new)
    return _change(wanted, "update" if found.ours else "adopt", found, differing)


def _change(
    wanted: Listed, action: Action, found: Live[Listed] | None, fields: tuple[FieldChange, ...]
) -> Change[Listed]:
    return Change(wanted.key, "wiki", action, Want(wanted.key, "wiki", wanted), found=found, fields=fields)


def found(store: Any, wanted: Listed, **lookup: Any) -> Any:
    """What `find` says of one."""
    return store.find([asked(wanted, **lookup)])[wanted.key]


def put(store: Any, *wants: Listed) -> list[Any]:
    """Find and write these at once; what `put` answers, in the same order."""
    there = store.find([asked(wanted) for wanted in wants])
    answers = store.put([change(wanted, there[wanted.key]) for wanted in wants])
    return [answers[wanted.key] for wanted in wants]


def section(wiki: Wiki, page: str, key: str = "customer:101/contacts") -> str:
    """The managed section with the table, as it is stored."""
    body = wiki.body(page)
    there = outline(body).section((key,))
    return body.encode()[there.start : there.end].decode() if there is not None else ""


def rows(wiki: Wiki, page: str, key: str = "customer:101/contacts") -> list[str]:
    """The table's rows as they are stored, without its header."""
    return [part.partition("</tr>")[0] for part in section(wiki, page, key).split("<tr>")[2:]]


def replace(wiki: Wiki, page: str, old: str, new: str) -> None:
    """A person changes a piece of the page."""
    body = wiki.body(page)
    assert old in body, body
    wiki.edit(page, body=body.replace(old, new, 1))


def add_row(wiki: Wiki, page: str, row: str) -> None:
    """A person adds a row at the table's end."""
    there = section(wiki, page)
    replace(wiki, page, there, there.replace("</tbody>", row + "</tbody>"))
