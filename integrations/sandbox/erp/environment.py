"""The parts of a model, and the surroundings of one call: world, user, context, start of its transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from integrations.sandbox.erp.errors import AccessError
from integrations.sandbox.pretend import ACCOUNT, COLLEAGUE, COLLEAGUE_TOKEN, TOKEN, World, arrived, world
from integrations.sandbox.state import Document, Table

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
    """A field of a model.

    `inverse` is a one2many's field on the other side; `compute` makes it unstored.
    """

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
        """Return whether a document carries it."""
        return self.compute is None and self.type != "one2many"

    @property
    def is_x2many(self) -> bool:
        """Return whether it holds several records."""
        return self.type in ("one2many", "many2many")

    @property
    def empty(self) -> Any:
        """The value that is read where nothing was ever written."""
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
    """A model of Odoo.

    `rights` is what an ordinary user may do. `indexes` are stored fields looked up without reading all
    records. `complete` derives stored values and checks constraints before a document is kept; `follow` does
    what a write means for other records, afterwards.
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
        """The values of a new record where nothing else is given, whatever the version."""
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

MODELS: dict[str, Model] = {}
"""All models by name; `models` fills it."""

SYSTEM = "erp"
DATABASE = "odoo"

_VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


@dataclasses.dataclass(frozen=True)
class Environment:
    """Surroundings of every model function. `started` is the transaction's start, seconds since 1970."""

    world: World
    uid: int
    started: float
    context: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    known_fields: dict[str, dict[str, Field]] = dataclasses.field(default_factory=dict, repr=False)
    """By model: what `fields` has found in this call."""

    @functools.cached_property
    def major(self) -> int:
        """Today's Odoo version: 16 to 19."""
        return major_version(self.world)

    @functools.cached_property
    def now(self) -> str:
        """The transaction's start as it is stored: with microseconds, which no answer ever shows."""
        moment = dt.datetime.fromtimestamp(self.started, dt.UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    @functools.cached_property
    def is_account(self) -> bool:
        """Return whether our own account calls: rights are taken from nobody else."""
        return self.uid != user_id(self.world, COLLEAGUE)

    def lacks(self, right: str) -> bool:
        """Return whether the user lacks a right today."""
        return self.is_account and self.world.lacks(SYSTEM, right)

    def table(self, model: str) -> Table:
        """All records of a model."""
        return self.world.state.table(SYSTEM, model)

    def record(self, model: str, record_id: Any) -> Document | None:
        """Return a record, if it exists."""
        return self.table(model).get(str(record_id))

    def store(self, model: str, document: Document) -> None:
        """Keep a record."""
        self.table(model)[str(document["id"])] = document

    def model(self, name: str) -> Model | None:
        """A model by its name, if its app is installed."""
        found = MODELS.get(name)
        if found is None or self.major > found.until or not self.has_app(found.app):
            return None
        return found

    def has_app(self, name: str | None) -> bool:
        """Return whether an app is installed; None, for objects of no app, always is."""
        return name is None or not (name in self._absent or self.world.lacks(SYSTEM, f"app:{name}"))

    @functools.cached_property
    def _absent(self) -> frozenset[str]:
        return self.world.billing.contracts.absent

    def known_model(self, name: str | None) -> Model:
        """A model that surely exists: the other end of a field that does."""
        found = self.model(str(name))
        if found is None:
            raise LookupError(name)
        return found

    def fields(self, model: Model) -> dict[str, Field]:
        """The model's fields in this version, those for other groups included."""
        found = self.known_fields.get(model.name)
        if found is None:
            found = self.known_fields[model.name] = {
                name: field
                for name, newest in {**COMMON, **model.fields}.items()
                for field in (newest.before if newest.before and self.major < newest.since else newest,)
                if field.since <= self.major <= field.until and self.has_app(field.app)
            }
        return found

    def may_see_field(self, field: Field) -> bool:
        """Return whether the user is in the group that the field is for."""
        return field.groups is None or not self.lacks(f"group:{field.groups}")

    def hidden(self, model: str) -> frozenset[int]:
        """Records of a model that record rules keep from the user."""
        prefix = f"see:{model}:"
        missing = self.world.missing_rights.get(SYSTEM, frozenset()) if self.is_account else frozenset()
        return frozenset(int(right[len(prefix) :]) for right in missing if right.startswith(prefix))

    def may(self, model: Model, operation: str) -> bool:
        """Return whether the user has a right on the model as a whole."""
        if not self.is_account and ("create" in model.rights or model.by_people):
            return True
        return operation in model.rights and not self.lacks(f"{model.name}:{operation}")

    def check(self, model: Model, operation: str) -> None:
        """Refuse what the user may not do on the model as a whole."""
        if not self.may(model, operation):
            raise AccessError(
                f"You are not allowed to {_VERBS[operation]} '{model.description}' ({model.name}) records.\n\n"
                "This operation is allowed for the following groups:\n\t- Administration/Access Rights\n\n"
                "Contact your administrator to request access if necessary."
            )

    def check_records(self, model: Model, ids: list[int], operation: str) -> None:
        """Refuse records that a record rule keeps from the user."""
        forbidden = self.hidden(model.name).intersection(ids)
        if forbidden:
            raise AccessError(
                f"Due to security restrictions, you are not allowed to {_VERBS[operation]} "
                f"'{model.description}' ({model.name}) records.\n\n"
                f"Records: {', '.join(f'{model.name},{number}' for number in sorted(forbidden))}\nUser: {self.uid}\n\n"
                "Contact your administrator to request access if necessary."
            )

    def with_context(self, **more: Any) -> Environment:
        """The same call with more context."""
        return dataclasses.replace(self, context={**self.context, **more})


def played_version(there: World) -> tuple[int, int]:
    """Both numbers of the version that the sandbox plays today; `19.0+e` (Enterprise) and `saas~19.1` are versions too.

    Raises:
        ValueError: The trap holds no version.
    """
    numbers = re.search(r"(\d+)\.(\d+)", there.traps.odoo_version)
    if numbers is None:
        raise ValueError(f"{there.traps.odoo_version!r} is no version of Odoo")
    return int(numbers[1]), int(numbers[2])


def major_version(there: World) -> int:
    """The number before the point of the version that the sandbox plays today."""
    return played_version(there)[0]


def user_id(there: World, login: str) -> int:
    """The id of one of our people."""
    users = there.state.table(SYSTEM, "res.users")
    return next(int(key) for key, user in users.items() if user["login"] == login)


def login_of(key: Any) -> str | None:
    """Return the login that a key belongs to; None: nobody's."""
    return {TOKEN: ACCOUNT, COLLEAGUE_TOKEN: COLLEAGUE}.get(key) if isinstance(key, str) else None


def environment(request: Request, login: str = ACCOUNT, context: Mapping[str, Any] | None = None) -> Environment:
    """The surroundings of a request's call; its transaction began when the request came in."""
    there = world(request)
    waited = time.monotonic() - arrived(request)
    return Environment(there, user_id(there, login), time.time() - waited, context or {})
