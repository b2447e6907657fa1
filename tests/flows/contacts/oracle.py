"""What the rules give, told once more and simply: from the ERP's own records, sharing no code with what it judges."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FUNCTIONS = ("technical", "billing", "sponsor", "daily", "emergency", "mailbox")
GIVES = {
    "technical": {"jira", "panel", "wiki"},
    "billing": {"jira", "wiki"},
    "sponsor": {"jira", "wiki"},
    "daily": {"jira", "wiki"},
    "emergency": {"jira", "panel", "wiki"},
    "mailbox": {"wiki"},
}
BY_TAG = {5: "technical", 6: "billing", 7: "emergency", 8: "sponsor"}
BY_POSITION = {
    "Leiterin IT": "technical",
    "DevOps Engineer": "technical",
    "CTO": "technical",
    "Buchhaltung": "billing",
    "Geschäftsleitung": "sponsor",
}
MAILBOXES = {"info", "office", "buchhaltung", "contact"}
NOBODY = "Accounting"
"""How an address for invoices is called that we make."""
OURS = "acme.example"
PHONES = {
    "052 555 01 02": "+41525550102",
    "+41 (0)52 555 01 03": "+41525550103",
    "+41 79 555 01 04": "+41795550104",
    "call the desk": "call the desk",
}

Record = Mapping[str, Any]
Spellings = Mapping[str, Sequence[str]]
"""By what stands in an e-mail field: the addresses that it holds."""


@dataclasses.dataclass(frozen=True)
class Right:
    """Somebody with a right to be a member, and how the wiki is to show them."""

    email: str
    name: str
    functions: str
    phone: str
    systems: frozenset[str]


def company_of(records: Mapping[str, Record], record: Record) -> str:
    """The id of the company above a partner."""
    while record.get("parent_id") and not record.get("is_company"):
        record = records[str(record.get("parent_id"))]
    return str(record["id"])


def contacts_of(records: Mapping[str, Record], customer: str) -> list[Record]:
    """A company's contacts, archived ones too, by id; a heading over others is none."""
    headings = {str(record.get("parent_id")) for record in records.values() if record.get("parent_id")}
    found = [
        record
        for key, record in records.items()
        if key != customer and company_of(records, record) == customer and (key not in headings or record.get("email"))
    ]
    return sorted(found, key=lambda record: int(record["id"]))


def emails_of(records: Iterable[Record], spellings: Spellings) -> set[str]:
    """Every address in these records."""
    return {email for record in records if record.get("email") for email in spellings[record["email"]]}


def rights(records: Mapping[str, Record], customer: str, spellings: Spellings) -> dict[str, Right]:
    """Who has a right to be a member of what, by address."""
    found: dict[str, list[Record]] = {}
    for record in contacts_of(records, customer):
        if record["active"] and record.get("email"):
            for email in spellings[record["email"]]:
                if not email.endswith(f"@{OURS}"):
                    found.setdefault(email, []).append(record)
    return {email: _right(records, customer, email, rows) for email, rows in found.items()}


def _right(records: Mapping[str, Record], customer: str, email: str, rows: Sequence[Record]) -> Right:
    purposes = {BY_TAG[tag] for row in rows for tag in row.get("category_id") or () if tag in BY_TAG}
    purposes |= {BY_POSITION[row["function"]] for row in rows if row.get("function") in BY_POSITION}
    purposes |= {"billing" for row in rows if row.get("type") == "invoice"}
    nobodies = [(row["name"], row.get("type")) == (NOBODY, "invoice") for row in rows]
    is_nobody = all(nobodies)
    # Whoever has a person's name is that person, whatever else the address stands in.
    named = [row for _, row in sorted(zip(nobodies, rows, strict=True), key=lambda pair: pair[0])]
    is_mailbox = is_nobody or email.partition("@")[0] in MAILBOXES
    if is_mailbox:
        purposes.add("mailbox")
    functions = [function for function in FUNCTIONS if function in (purposes or {"daily"})]
    given = {"mailbox"} if is_mailbox else set(functions)
    projects = sorted(
        {str(records[str(row.get("parent_id"))]["name"]) for row in rows if str(row.get("parent_id")) != customer}
    )
    words = [f"{project}: {function}" for project in projects for function in functions] or functions
    phones = (PHONES.get(str(row["phone"]), str(row["phone"])) for row in rows if row.get("phone"))
    return Right(
        email=email,
        name=next((row["name"] for row in named if row["name"]), ""),
        functions=", ".join(words),
        phone=next(phones, ""),
        systems=frozenset().union(*(GIVES[function] for function in given)),
    )
