"""Records that hardly change: fields, users, currencies, countries, stages, tags; read once and kept for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.core.address import emails, folded_address
from integrations.core.errors import Rejected
from integrations.core.model import Person
from integrations.odoo.connection import OPERATOR, Connection, Row
from integrations.odoo.settings import USER

LIFETIME = 600.0
"""Seconds for which a listing is used before it is read again."""
LEAST_AGE = 2.0
"""Seconds between two reads of a listing that lacks what was asked for: many deals of one run may lack the same."""


class Listing:
    """The records of one model by id; read again when it is old, or lacks what is asked for."""

    def __init__(
        self,
        connection: Connection,
        model: str,
        fields: Sequence[str],
        what: str,
        domain: Sequence[Any] = (),
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self._connection, self._model, self._fields, self._what = connection, model, fields, what
        self._domain, self._context = domain, context
        self._guard = threading.Lock()
        self._rows: dict[int, Row] = {}
        self._read_at = float("-inf")

    def rows(self, needed: Iterable[int] = (), *, lacking: bool = False) -> Mapping[int, Row]:
        """All records by id; read again where the listing is old, or lacks one of the ids `needed`.

        `lacking` says that the caller did not find in it what it looked for by something other than an id.
        """
        wanted = set(needed)
        with self._guard:
            age = time.monotonic() - self._read_at
            if age > LIFETIME or (age > LEAST_AGE and (lacking or not wanted <= self._rows.keys())):
                self._rows = {row["id"]: row for row in self._listed()}
                self._read_at = time.monotonic()
            return self._rows

    def _listed(self) -> list[Row]:
        if self._context is None:
            return self._connection.search(self._model, self._domain, self._fields, what=self._what)
        found: list[Row] = self._connection.call(
            self._model,
            "search_read",
            what=self._what,
            context=self._context,
            domain=list(self._domain),
            fields=list(self._fields),
        )
        return found


class Facts:
    """The listings of one connection, shared by everything that uses it."""

    def __init__(self, connection: Connection, probed: Mapping[str, Sequence[str]]) -> None:
        """Read nothing yet.

        `probed` names, by model, the fields that may be absent, or whose type or choices have to be known.
        """
        self._connection, self._probed = connection, probed
        self._guard = threading.Lock()
        self._guards = {model: threading.Lock() for model in probed}
        self._fields: dict[str, Mapping[str, Row]] = {}
        self._named: dict[str, Listing] = {}
        self._staff: tuple[Mapping[int, Row], frozenset[str]] = ({}, frozenset())
        """The users as they were listed, and their addresses: a list of deals asks for each."""
        self.users = Listing(
            connection,
            "res.users",
            ("login", "email", "name", "active", "partner_id"),
            "read the users",
            [["share", "=", False]],
        )
        self.currencies = Listing(connection, "res.currency", ("name", "decimal_places"), "read the currencies")
        self.stages = Listing(connection, "crm.stage", ("is_won",), "read the stages")
        # Country names in English, whatever the account's language: the control panel knows no other.
        self.countries = Listing(
            connection, "res.country", ("name", "code"), "read the countries", context={"lang": "en_US"}
        )

    def fields(self, model: str) -> Mapping[str, Row]:
        """The probed fields that exist and that we may read, with type, relation and choices.

        Asked of the server rather than derived from its version: apps, groups and customizing decide it too.
        """
        with self._guards[model]:
            if model not in self._fields:
                self._fields[model] = self._connection.call(
                    model,
                    "fields_get",
                    what=f"read which fields {model} has",
                    allfields=list(self._probed[model]),
                    attributes=["type", "relation", "selection"],
                )
            return self._fields[model]

    @property
    def manager_field(self) -> str:
        """The field of a customer that names its account manager.

        Raises:
            Rejected: A customer has no such field, or it names no user.
        """
        field = self._connection.settings.account_manager.field
        if field == USER:
            return field
        known = self.fields("res.partner").get(field, {})
        if (known.get("type"), known.get("relation")) != ("many2one", "res.users"):
            raise mistaken_manager(f"a customer has no field {field} that names a user")
        return field

    def language(self, code: str | None, model: str = "res.partner") -> str | None:
        """The installed language for a code: itself, else the first one that differs in the country only."""
        installed = [str(choice[0]) for choice in self.fields(model).get("lang", {}).get("selection", ())]
        wanted = (code or "").replace("-", "_")
        alike = sorted(
            language for language in installed if wanted and language.partition("_")[0] == wanted.partition("_")[0]
        )
        return wanted if wanted in installed else next(iter(alike), None)

    def names(self, model: str, ids: Iterable[int]) -> Mapping[int, str]:
        """The names of a model's records, such as tags."""
        with self._guard:
            listing = self._named.setdefault(
                model, Listing(self._connection, model, ("display_name",), f"read the names of {model}")
            )
        return {number: str(row["display_name"]) for number, row in listing.rows(ids).items()}

    def person(self, user: int | None) -> Person | None:
        """A user as a person of ours."""
        row = self.users.rows([user]).get(user) if user else None
        return Person(name=str(row["name"]), email=address(row)) if row else None

    def is_ours(self, email: str) -> bool:
        """Return whether this is the address of an internal user, archived ones included."""
        rows = self.users.rows()
        known, staff = self._staff
        if known is not rows:
            staff = frozenset(address for row in rows.values() for address in _addresses(row))
            self._staff = rows, staff
        return email in staff

    def user(self, email: str) -> int | None:
        """The active user of this e-mail or login; None where there is none."""
        # The second time the users are read again: a colleague may have been added since.
        for lacking in (False, True):
            for number, row in sorted(self.users.rows(lacking=lacking).items()):
                if row["active"] and folded_address(email) in _addresses(row):
                    return number
        return None

    def country(self, number: int | None) -> Row | None:
        """A country with its English name and its code."""
        return self.countries.rows([number]).get(number) if number else None

    def country_id(self, code: str) -> int:
        """The country of this ISO code.

        Raises:
            Rejected: There is none.
        """
        for number, row in self.countries.rows().items():
            if row["code"] == code:
                return number
        raise self._connection.error(Rejected, f"Odoo knows no country {code}", field="country_code")

    def currency(self, reference: Any) -> tuple[str, int]:
        """A currency's ISO code and its digits after the point."""
        row = self.currencies.rows([reference[0]]).get(reference[0]) if reference else None
        return (str(row["name"]), int(row["decimal_places"])) if row else ("", 2)


def mistaken_manager(what: str) -> Rejected:
    """The error for settings of `account_manager` that can't be followed; `what` says why."""
    return Rejected(f"Odoo: {what}", who=OPERATOR, next="Fix `account_manager` in the settings.")


def address(user: Row) -> str | None:
    """A user's e-mail address: the login if it is one, else the first of the e-mail field, else the bare login."""
    known = [*emails(user["login"] or ""), *emails(user["email"] or ""), folded_address(user["login"] or "")]
    return known[0] or None


def _addresses(user: Row) -> set[str]:
    return {folded_address(user["login"] or ""), *emails(user["email"] or "")}


def named(value: Any, field: Row, facts: Facts) -> list[str]:
    """A field's value as people write it: a choice by its key and its label, a reference by its name."""
    if field["type"] in ("many2many", "one2many"):
        known = facts.names(field["relation"], value) if value else {}
        return [known[number] for number in value if number in known]
    if field["type"] == "many2one":
        return [str(value[1])] if value else []
    labels = {str(key): str(label) for key, label in field.get("selection") or ()}
    if value is False and field["type"] != "boolean":
        return []
    return [str(value), *([labels[str(value)]] if str(value) in labels else [])]
