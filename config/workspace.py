"""The workspace of a command: systems, playbooks and locks by the settings. Nothing is contacted before it is used."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from config.settings import Settings, examine, unreadable
from integrations.core import calendar
from integrations.core.errors import ConfigError, Fault, IntegrationError
from integrations.core.http import HttpContext, Sent
from integrations.core.lock import FileLocks, Locks
from integrations.core.model import Deal
from integrations.core.plan import Limits
from integrations.core.playbook import Catalogue, Playbook, load
from integrations.core.rows import attempt
from integrations.core.server import Server
from integrations.core.server_lock import ServerLocks
from integrations.core.shape import lacking
from integrations.core.system import Billing, Contacts, Source, System
from integrations.core.system import resources as kinds
from integrations.flows.contacts.settings import FUNCTIONS
from integrations.registry import connected, refused

NEXT = 'Fix these lines; nothing was contacted. A system that you do not have: adapter = "none".'

EXCEPTION = "exception"
"""The kind of tickets of invoicing exceptions, by name: their module is imported only by the invoice check."""


@dataclasses.dataclass
class Workspace:
    """The systems, the playbooks and the locks of one installation.

    Attributes:
        playbooks: By name; empty where they were not read.
        public: What templates see as `systems`.
        waiting: Told, in words, what is waited for.
    """

    settings: Settings
    systems: Mapping[str, System]
    playbooks: Mapping[str, Playbook]
    public: Mapping[str, Mapping[str, Any]]
    locks: Locks
    waiting: Callable[[str, float, str], None] = lambda *_: None

    @property
    def deals(self) -> Source[Deal]:
        """The system that deals are read from.

        Raises:
            ConfigError: No system has deals, or several have and the settings don't name one.
            IntegrationError: The adapter of a system that may have them can't be used.
        """
        named = self.settings.general.deals
        sources = {
            name: system.deals
            for name, system in self.systems.items()
            if system.deals is not None and named in (None, name)
        }
        if len(sources) == 1:
            return next(iter(sources.values()))
        self._refuse(named)
        problem = "several systems have deals; say which" if sources else "no system here has deals"
        raise ConfigError(Fault(str(self.settings.path), "deals", problem))

    @property
    def contacts(self) -> Contacts:
        """The system that the customers' people are read from.

        Raises:
            ConfigError: No system has contacts, or several have.
            IntegrationError: The adapter of a system that may have them can't be used.
        """
        sources = {name: system.contacts for name, system in self.systems.items() if system.contacts is not None}
        if len(sources) == 1:
            return next(iter(sources.values()))
        self._refuse()
        problem = f"several systems have contacts: {', '.join(sources)}" if sources else "no system here has contacts"
        raise ConfigError(Fault(str(self.settings.path), "", problem))

    @property
    def has_contacts(self) -> bool:
        """Return whether contacts can be synced: a single system has contacts, and another has memberships."""
        sources = [system for system in self.systems.values() if system.contacts is not None]
        return len(sources) == 1 and any(system.people is not None for system in self.systems.values())

    @property
    def billing(self) -> Billing:
        """The system that contracts, invoices and payments are read from.

        Raises:
            ConfigError: No system has invoices, or several have.
            IntegrationError: The adapter of a system that may have them can't be used.
        """
        sources = [name for name, system in self.systems.items() if system.connect_billing is not None]
        if len(sources) == 1:
            return self._billing_of(sources[0])
        self._refuse()
        problem = f"several systems have invoices: {', '.join(sources)}" if sources else "no system here has invoices"
        raise ConfigError(Fault(str(self.settings.path), "", problem))

    def _billing_of(self, name: str) -> Billing:
        system = self.systems[name]
        found = attempt(name, lambda: system.billing)
        if isinstance(found, IntegrationError):
            raise found
        lacks = lacking(found, Billing) if found is not None else ["billing"]
        if lacks or found is None:
            raise refused(system.settings.adapter, f"its billing has no {lacks[0]}")
        return found

    @property
    def unusable(self) -> dict[str, IntegrationError]:
        """By section the error because of which its adapter can't be used."""
        return {name: system.unusable for name, system in self.systems.items() if system.unusable is not None}

    def _refuse(self, named: str | None = None) -> None:
        """Raise the error of an unusable system, which may be the one that is looked for.

        Raises:
            IntegrationError: There is such a system.
        """
        for name, error in self.unusable.items():
            if named in (None, name):
                raise error

    @property
    def has_billing(self) -> bool:
        """Return whether invoices can be checked: exactly one system has them."""
        return sum(system.connect_billing is not None for system in self.systems.values()) == 1

    def limits(self, lifted: Mapping[str, float] | None = None) -> Limits:
        """The safety limits, with the numbers of `--limit NAME=N` in place of the settings'."""
        return Limits(**self.settings.general.limits.model_dump()).lift(lifted or {})

    def kinds_of(self, system: str) -> frozenset[str]:
        """The kinds of object that playbooks, contact sync and invoicing tickets write in a system."""
        wanted = {
            step.resource.kind
            for playbook in self.playbooks.values()
            for step in playbook.steps
            if step.system == system
        }
        people, contacts = self.systems[system].people, self.settings.general.contacts
        if people is not None and self.has_contacts:
            gives = any(contacts.gives(function, system, people.access) for function in FUNCTIONS)
            wanted |= {people.resource.kind} if gives else set()
        tickets = self.settings.general.invoices.tickets
        if self.has_billing and tickets.project and tickets.system == system:
            wanted |= {EXCEPTION} & self.systems[system].stores.keys()
        return frozenset(wanted)


def checked(path: Path) -> Settings:
    """Read the settings in a file; if they have faults, the playbooks' faults are reported together with theirs.

    Raises:
        ConfigError: All faults, if the settings have any.
    """
    settings, faults = examine(path)
    if not faults:
        return settings
    if settings.systems:
        try:
            with opened(settings):
                pass
        except ConfigError as error:
            faults.extend(error.faults)
    raise ConfigError(*faults, next="Fix these lines; config/example.toml shows every key.")


@contextlib.contextmanager
def opened(
    settings: Settings,
    *,
    sent: Callable[[Sent], None] = lambda _: None,
    waiting: Callable[[str, float, str], None] = lambda *_: None,
    playbooks: bool = True,
) -> Iterator[Workspace]:
    """Open the workspace by the settings, with its calendar in force; its connections are closed afterwards.

    Reading the playbooks takes longer than all the rest, so commands that need none leave them out.

    Raises:
        ConfigError: All faults of all playbooks and templates.
    """
    ledger = settings.ledger
    locks = ServerLocks(ledger) if isinstance(ledger, Server) else FileLocks(settings.locks)
    wire = HttpContext(settings.locks, sent, waiting, locks)
    systems = {
        name: connected(name, section, wire, settings.unusable.get(name))
        for name, section in settings.systems.items()
        if section is not None
    }
    try:
        public = {
            name: section.public() if systems[name].unusable is None else {}
            for name, section in settings.systems.items()
            if section is not None
        }
        usable = {name: system for name, system in systems.items() if system.unusable is None}
        faults = [fault for name, system in usable.items() for fault in _owners(settings.path, name, system)]
        if not playbooks and faults:
            raise ConfigError(*faults, next=NEXT)
        known = _playbooks(settings, systems, public, faults) if playbooks else {}
        with calendar.used(settings.general.calendar.calendar()):
            yield Workspace(settings, systems, known, public, locks, waiting)
    finally:
        locks.close()
        for system in systems.values():
            if system.http is not None:
                system.http.close()


def _playbooks(
    settings: Settings, systems: Mapping[str, System], public: Mapping[str, Mapping[str, Any]], faults: list[Fault]
) -> dict[str, Playbook]:
    """The playbooks by name; earlier `faults` are raised together with theirs."""
    catalogue = Catalogue(
        resources={name: kinds(systems[name]) if name in systems else None for name in settings.systems},
        settings=public,
        unusable=frozenset(name for name, system in systems.items() if system.unusable is not None),
        template=lambda name: _template(settings.folder, name),
        record=next((name for name, system in systems.items() if system.customers is not None), ""),
    )
    playbooks: dict[str, Playbook] = {}
    for path, text in _files(settings.folder / "playbooks", "playbooks", ".toml").items():
        if isinstance(text, Fault):
            faults.append(text)
            continue
        playbook, found = load(path, text, catalogue)
        playbooks[playbook.name] = playbook
        faults.extend(found)
    if faults:
        raise ConfigError(*faults, next=NEXT)
    return playbooks


def _owners(path: Path, name: str, system: System) -> Iterator[Fault]:
    """The faults of `owners` that name fields which no kind of the system has."""
    stores = system.stores.items()
    known = {f"{kind}.{field}" for kind, store in stores for field in store.resource.model_fields}
    for field in system.settings.owners:
        if field not in known:
            place = f"[{name}] owners.{field}"
            yield Fault(str(path), place, "there is no such field; write it as KIND.FIELD, as playbooks call them")


def _files(own: Path, shipped: str, suffix: str) -> dict[Path, str | Fault]:
    """The files of a folder: the company's own, and shipped ones with other names."""
    found: dict[str, tuple[Path, str | Fault]] = {
        path.name: (path, _text(path)) for path in sorted(own.glob(f"*{suffix}"))
    }
    for entry in sorted(resources.files("config").joinpath(shipped).iterdir(), key=lambda file: file.name):
        if entry.name.endswith(suffix) and entry.name not in found:
            found[entry.name] = (Path(shipped) / entry.name, entry.read_text(encoding="utf-8"))
    return dict(found.values())


def _text(path: Path) -> str | Fault:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Fault(str(path), "", unreadable(error))


def _template(folder: Path, name: str) -> str | None:
    if Path(name).name != name:
        return None
    own = folder / "templates" / name
    if own.is_file():
        text = _text(own)
        if isinstance(text, Fault):
            raise ConfigError(text, next=NEXT)
        return text
    shipped = resources.files("config").joinpath("templates", name)
    return shipped.read_text(encoding="utf-8") if shipped.is_file() else None
