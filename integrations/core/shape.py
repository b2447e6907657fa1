"""Checks that a plug-in's adapter has the required parts, and a system in place of one that has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NoReturn

from integrations.core.change import Change
from integrations.core.errors import IntegrationError
from integrations.core.http import Http
from integrations.core.resource import Lookup, Resource
from integrations.core.system import Contacts, MemberStore, Source, Store, System, SystemSettings

WRITES = ("create", "send", "manual")


def lacking_adapter(adapter: Any) -> str:
    """Return the part that an adapter's package lacks, in words; empty where it has all."""
    settings = getattr(adapter, "Settings", None)
    if settings is None:
        return "it has no Settings"
    if not isinstance(settings, type) or not issubclass(settings, SystemSettings):
        return "its Settings is no SystemSettings"
    return "" if callable(getattr(adapter, "connect", None)) else "it has no connect"


def lacking_system(made: Any) -> str:
    """Return, in words, a part of a system that is missing or wrong; empty where it is as `System` says."""
    if not isinstance(made, System):
        return f"its connect gives no System ({type(made).__name__})"
    found = [
        "its System has no settings" if not isinstance(made.settings, SystemSettings) else "",
        "its System has no title" if not isinstance(made.title, str) or not made.title else "",
        "its System has no check" if not callable(made.check) else "",
        "its System has an http that is no Http" if not isinstance(made.http, Http | None) else "",
        *_stores(made.stores),
        *(f"its deals have no {name}" for name in lacking(made.deals, Source)),
        *(f"its contacts have no {name}" for name in lacking(made.contacts, Contacts)),
        *(f"its people have no {name}" for name in lacking(made.people, MemberStore)),
        *(
            f"its {name} is no function"
            for name in ("customers", "connect_billing")
            if getattr(made, name) is not None and not callable(getattr(made, name))
        ),
    ]
    return next(filter(None, found), "")


def lacking(part: Any, protocol: Any) -> list[str]:
    """Return the names in a protocol that a part lacks; none where there is no such part."""
    if part is None:
        return []
    classes = [ancestor for ancestor in protocol.__mro__ if ancestor.__module__ == protocol.__module__]
    names = {
        name
        for ancestor in classes
        for name in (*ancestor.__annotations__, *vars(ancestor))
        if not name.startswith("_")
    }
    return sorted(name for name in names if getattr(part, name, None) is None)


def _stores(stores: Any) -> Iterator[str]:
    if not isinstance(stores, Mapping):
        yield "its stores are no mapping"
        return
    for kind, store in stores.items():
        yield from (f"its store {kind} has no {name}" for name in lacking(store, Store))
        resource = getattr(store, "resource", None)
        if not isinstance(resource, type) or not issubclass(resource, Resource) or resource.kind != kind:
            yield f"its store {kind} has no Resource of that kind"
        elif store.writes not in WRITES or not isinstance(store.batch, int) or store.batch < 1:
            yield f"its store {kind} does not say how it writes"


class _Unknown(Resource):
    """A resource of a kind that nobody could load: nothing is known of its fields."""

    kind: ClassVar[str] = "unknown"
    title: ClassVar[str] = "unknown"


def unknown(kind: str) -> type[Resource]:
    """Return a placeholder resource class for this kind."""
    return type("Unknown", (_Unknown,), {"kind": kind, "title": kind, "__module__": __name__})


class _Unusable:
    """A store in place of one that can't be used: it answers every look-up with why."""

    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1

    def __init__(self, kind: str, error: IntegrationError) -> None:
        self.resource: type[Resource] = unknown(kind)
        self._error = error

    def find(self, lookups: Sequence[Lookup[Any]]) -> Mapping[str, IntegrationError]:
        return self._all(lookup.key for lookup in lookups)

    def put(self, changes: Sequence[Change[Any]]) -> Mapping[str, IntegrationError]:
        return self._all(change.key for change in changes)

    def _all(self, keys: Iterable[str]) -> Mapping[str, IntegrationError]:
        return dict.fromkeys(keys, self._error)


class _Stores(Mapping[str, Any]):
    """Stores of whatever kind is asked for; none where it is asked which there are."""

    def __init__(self, error: IntegrationError) -> None:
        self._error = error

    def __getitem__(self, kind: str) -> _Unusable:
        return _Unusable(kind, self._error)

    def __contains__(self, kind: object) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def unusable(name: str, settings: SystemSettings, error: IntegrationError) -> System:
    """Return a system in place of one with an adapter that can't be used.

    Steps that depend on it are blocked with the reason.
    """

    def check(_: frozenset[str]) -> NoReturn:
        raise error

    return System(name, settings.adapter, settings, _Stores(error), check, unusable=error)
