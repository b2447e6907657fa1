"""From partner records, the contacts of a customer: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from integrations.core.model import Contact
from integrations.odoo.connection import Row
from integrations.odoo.moment import moment
from integrations.odoo.partners import INFLIGHT, name_of, reference

ALWAYS = (
    "name",
    "active",
    "parent_id",
    "commercial_partner_id",
    "type",
    "function",
    "email",
    "phone",
    "category_id",
    "write_date",
    "country_id",
)
PERHAPS = ("mobile", INFLIGHT)
"""`mobile` is gone from version 19 on."""


def commercial(row: Row) -> int:
    """The company that a partner belongs to; itself where it is one."""
    return reference(row["commercial_partner_id"]) or int(row["id"])


def is_real(row: Row) -> bool:
    """Whether the control API is done with making it."""
    return not row.get(INFLIGHT)


def people(customer: int, rows: Iterable[Row]) -> list[Row]:
    """A company's rows without itself, what is still being made, and mere headings.

    A partner below the company that has others below itself and no e-mail is a heading, such as a project.
    """
    rows = list(rows)
    parents = {reference(row["parent_id"]) for row in rows}
    return [
        row
        for row in rows
        if row["id"] != customer and is_real(row) and (row["id"] not in parents or str(row["email"] or "").strip())
    ]


def headings(rows: Iterable[Row]) -> set[int]:
    """The partners below their companies that these are filed under."""
    parents = {(reference(row["parent_id"]), commercial(row)) for row in rows}
    return {parent for parent, company in parents if parent is not None and parent != company}


def contact(
    row: Row, names: Mapping[int, str], tags: Mapping[int, str], link: Callable[[int], str] | None = None
) -> Contact:
    """A contact out of its record.

    `names`: of the partners that contacts are filed under, as far as they may be seen; `tags`: by id; `link`: from
    the id to the page for people.
    """
    return Contact(
        id=str(row["id"]),
        customer=str(commercial(row)),
        name=row["name"] or "",
        email=row["email"] or "",
        phone=row["phone"] or row.get("mobile") or "",
        type=row["type"] or "",
        position=row["function"] or "",
        tags=tuple(sorted(tags[tag] for tag in row["category_id"] if tag in tags)),
        project=_project(row, names),
        active=bool(row["active"]),
        changed=moment(row["write_date"]) if row["write_date"] else None,
        url=link(row["id"]) if link else None,
    )


def _project(row: Row, names: Mapping[int, str]) -> str:
    parent = reference(row["parent_id"])
    if parent is None or parent == commercial(row):
        return ""
    return names[parent] if parent in names else name_of(row["parent_id"]) or ""
