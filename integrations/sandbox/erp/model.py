"""What a model is made of: fields with Odoo's names and types, in which versions and for whom they exist."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from integrations.sandbox.state import Document

if TYPE_CHECKING:
    from integrations.sandbox.erp.environment import Environment

Compute = Callable[["Environment", Document], Any]

EMPTY: Mapping[str, Any] = {
    "integer": 0,
    "float": 0.0,
    "monetary": 0.0,
    "one2many": (),
    "many2many": (),
}
"""What an unset field of a type reads as; all others read `false`."""


@dataclasses.dataclass(frozen=True)
class Field:
    """One field. `inverse` is a one2many's field on the other side; `compute` makes it unstored."""

    type: str
    string: str
    relation: str | None = None
    inverse: str | None = None
    required: bool = False
    readonly: bool = False
    selection: tuple[tuple[str, str], ...] = ()
    default: Any = None
    compute: Compute | None = None
    active_only: bool = False
    """Whether a one2many leaves out archived ends whatever the context says."""
    holds: Callable[[Document], bool] | None = None
    """Which ends a one2many is about, where those of another kind share its inverse; None: all of them."""
    past_rules: bool = False
    """Whether a search by a one2many finds also ends that a record rule hides; reading it never shows them."""
    groups: str | None = None
    """The group without which the field does not exist for a user."""
    app: str | None = None
    """The app that brings the field."""
    since: int = 0
    until: int = 99
    """First and last major version that has it."""
    before: Field | None = None
    """What bears its name in the versions before `since`."""

    @property
    def stored(self) -> bool:
        """Whether a document carries it."""
        return self.compute is None and self.type != "one2many"

    @property
    def is_x2many(self) -> bool:
        """Whether it holds several records."""
        return self.type in ("one2many", "many2many")

    @property
    def empty(self) -> Any:
        """What it reads as where nothing was ever written."""
        return EMPTY.get(self.type, False)

    def described(self, name: str) -> dict[str, Any]:
        """The field's entry in `fields_get`."""
        description = {
            "type": self.type,
            "name": name,
            "string": self.string,
            "required": self.required,
            "readonly": self.readonly or self.compute is not None,
            "store": self.stored or self.type == "one2many",
            "searchable": True,
            "sortable": self.stored and self.type != "many2many",
            "company_dependent": name.startswith("property_"),
        }
        if self.relation:
            description["relation"] = self.relation
        if self.inverse:
            description["relation_field"] = self.inverse
        if self.type == "selection":
            description["selection"] = [list(pair) for pair in self.selection]
        if self.type == "monetary":
            description["currency_field"] = "currency_id"
        return description


def nothing_to_complete(_environment: Environment, _document: Document, _changed: frozenset[str]) -> None:
    """Most models derive nothing from what is written."""


@dataclasses.dataclass(frozen=True)
class Model:
    """One model.

    `rights` is what an ordinary user may do. `indexes` are stored fields looked up without reading all
    records. `complete` derives stored values and checks constraints before a document is kept;
    `follow` does what a write means for other records, afterwards.
    """

    name: str
    description: str
    fields: Mapping[str, Field]
    order: str = "id"
    rights: frozenset[str] = frozenset({"read"})
    indexes: tuple[str, ...] = ()
    unique: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Field -> what Odoo says when its value is taken."""
    app: str | None = None
    until: int = 99
    """The last major version that has it."""
    by_people: bool = False
    """Whether our people write and delete it, though our own account may only read it."""
    complete: Callable[[Environment, Document, frozenset[str]], None] = nothing_to_complete
    follow: Callable[[Environment, Document, frozenset[str]], None] = nothing_to_complete

    @functools.cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a new record has where nothing else is said, whatever the version."""
        return {name: field.default for name, field in self.fields.items() if field.default is not None}


def _display_name(_environment: Environment, document: Document) -> str:
    return str(document.get("name") or "")


COMMON: Mapping[str, Field] = {
    "id": Field("integer", "ID", readonly=True),
    "display_name": Field("char", "Display Name", compute=_display_name),
    "create_date": Field("datetime", "Created on", readonly=True),
    "create_uid": Field("many2one", "Created by", "res.users", readonly=True),
    "write_date": Field("datetime", "Last Updated on", readonly=True),
    "write_uid": Field("many2one", "Last Updated by", "res.users", readonly=True),
}
"""Fields that every model has."""

MAGIC = frozenset({"id", "create_date", "create_uid", "write_date", "write_uid"})
"""Set by Odoo itself; what a client says about them is dropped without a word."""

EVERYTHING = frozenset({"read", "write", "create"})
