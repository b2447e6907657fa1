"""Settings of the customers' people: `[contacts]`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from integrations.core.address import only
from integrations.core.member import Access
from integrations.core.model import Model

Function = Literal["technical", "billing", "sponsor", "daily", "emergency", "mailbox"]
"""What somebody is to us. `mailbox`: nobody in particular, an address that several people read."""

FUNCTIONS: tuple[Function, ...] = ("technical", "billing", "sponsor", "daily", "emergency", "mailbox")

MEMBERSHIPS: Mapping[Function, frozenset[Access]] = {
    "technical": frozenset({"service desk", "control panel", "directory"}),
    "billing": frozenset({"service desk", "directory"}),
    "sponsor": frozenset({"service desk", "directory"}),
    "daily": frozenset({"service desk", "directory"}),
    "emergency": frozenset({"service desk", "control panel", "directory"}),
    "mailbox": frozenset({"directory"}),
}
"""What each function gives where the settings do not say."""

WORDS: Mapping[Function, tuple[str, ...]] = {
    "technical": ("technical", "technik", "technique", "techniczny", "it", "devops", "cto"),
    "billing": (
        "billing",
        "invoice",
        "accounting",
        "buchhaltung",
        "rechnung",
        "comptabilité",
        "księgowość",
        "finance",
        "cfo",
    ),
    "sponsor": ("sponsor", "ceo", "management", "geschäftsleitung", "direction", "decision maker"),
    "daily": ("daily", "daily business", "operativ"),
    "emergency": ("emergency", "notfall", "urgence", "on-call", "pikett"),
    "mailbox": ("mailbox",),
}
"""Tags, kinds of address, and words of job positions that tell a function where the settings do not say."""

MAILBOXES = (
    "info", "office", "contact", "kontakt", "mail", "hello", "support", "admin", "sales", "team", "service", "it",
    "billing", "invoice", "invoices", "rechnung", "rechnungen", "buchhaltung", "accounting", "accounts", "finance",
    "finances", "compta", "comptabilite", "kreditoren", "debitoren", "noc", "ops", "security", "abuse", "postmaster",
    "biuro", "faktury", "noreply", "no-reply",
)  # fmt: skip
"""What stands before the @ of an address that several people read."""


class ContactSettings(Model):
    """`[contacts]`: who is who, what they may, and how carefully people are taken out again."""

    functions: Mapping[Function, tuple[str, ...]] = Field(default_factory=dict)
    """By function: tags, kinds of address or words of the job position that tell it, besides none of ours."""
    otherwise: Function | Literal["none"] = "daily"
    """What a person is of whom the ERP tells no function."""
    memberships: Mapping[Function, tuple[str, ...]] = Field(default_factory=dict)
    """By function: the systems, by section, that it gives; in place of ours for this function."""
    mailboxes: tuple[str, ...] = MAILBOXES
    ours: tuple[str, ...] = ()
    """Domains of our own people, besides the ERP's users: they are never taken for a customer's."""
    overlap_minutes: int = Field(10, ge=0, le=1440)
    """How far before the last change read is read again: the ERP shows a long transaction late."""
    full_every_hours: float = Field(24, gt=0)
    """How often everything is read and compared, whatever seems to have changed."""
    grace_days: float = Field(3, ge=0, le=3650)
    """How long somebody stays a member whom the ERP no longer gives the membership."""
    grace_in_working_days: bool = False
    """Count only working days of it, by `[calendar]`."""

    @field_validator("mailboxes")
    @classmethod
    def _lower(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.strip().lower().strip("@") for value in values)

    @field_validator("ours")
    @classmethod
    def _domains(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        """Folded like the domains of addresses: one with a slip would make customers' people of our own."""
        found = [only(f"us@{value.strip().lstrip('@')}") for value in values]
        if fault := next((address.problem for address in found if not address.email), ""):
            raise ValueError(f"is no domain: {fault}")
        return tuple(address.email.rpartition("@")[2] for address in found)

    @cached_property
    def department_words(self) -> frozenset[str]:
        """Words that are in the name of a department or a mailbox, and in no person's."""
        return frozenset({*self.mailboxes, *(word for word in self.words("billing") if " " not in word)})

    def words(self, function: Function) -> frozenset[str]:
        """Return what tells a function, in lower case."""
        return frozenset(word.strip().casefold() for word in self.functions.get(function, WORDS[function]))

    def gives(self, function: Function, system: str, access: Access) -> bool:
        """Return whether somebody of this function is a member in a system."""
        if function in self.memberships:
            return system in self.memberships[function]
        return access in MEMBERSHIPS[function]
