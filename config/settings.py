"""`closedwon.toml`, checked: every fault at once, with its place, never with a value."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    InstanceOf,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from integrations.core import calendar
from integrations.core.calendar import WEEKDAYS, Calendar
from integrations.core.errors import ConfigError, Fault, IntegrationError
from integrations.core.hook import StandardSettings
from integrations.core.meant import did_you_mean, nearest, no_such_key
from integrations.core.model import Model
from integrations.core.rows import attempt, unforeseen
from integrations.core.schedule import prove_line
from integrations.core.secret import Secret
from integrations.core.server import Server
from integrations.core.system import RemoteSettings, SystemSettings
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.invoicing.settings import InvoiceSettings
from integrations.registry import adapter, refused

FILE = "closedwon.toml"
VARIABLE = "CLOSEDWON_CONFIG"
LONGEST_OFF = timedelta(days=366)
OFF = "none"
"""The `adapter` of a system that a company does not have; playbook steps in it are left out."""


class LedgerSettings(Model):
    """`[ledger]`: where our own memory is."""

    file: Path | None = None
    """The SQLite file; by default in the user's state folder."""
    url: Secret | None = None
    """Where the URL of a PostgreSQL database is, which then has the ledger instead of a file."""
    key: Secret | None = None
    """Where the key of the hashes in that database is."""

    @model_validator(mode="after")
    def _has_a_key(self) -> LedgerSettings:
        if self.url is not None and self.key is None:
            raise ValueError('has a url and no key: say where the key is, as key = { env = "NAME" }')
        return self


class LimitSettings(Model):
    """`[limits]`: bounds for the changes that one command makes to one kind of object in one system."""

    creates: int = Field(50, ge=0)
    updates: int = Field(50, ge=0)
    sends: int = Field(20, ge=0)
    archives: int = Field(10, ge=0)
    archive_share: float = Field(0.2, ge=0, le=1)


class DaysOff(Model):
    """Days on which the company does not work, whatever day of the week they are."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @field_validator("last")
    @classmethod
    def _not_before_the_first(cls, last: date, given: ValidationInfo) -> date:
        first = given.data.get("first", last)
        if not first <= last <= first + LONGEST_OFF:
            raise ValueError("must be the first day or later, and at most a year later")
        return last


class CalendarSettings(Model):
    """`[calendar]`: which day it is at the company, and on which days it works."""

    zone: str | None = None
    """The time zone of all days, such as `Europe/Zurich`; by default this machine's."""
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"), min_length=1
    )
    country: str = ""
    """The country whose public holidays are no working days, such as `CH`; by default there are no holidays."""
    canton: str = ""
    """The canton, state or region, such as `ZH`; by default only holidays of the whole country count."""
    off: tuple[
        Annotated[DaysOff, BeforeValidator(lambda day: {"from": day, "to": day} if _is_day(day) else day)], ...
    ] = ()
    """Further days off: single days, or `{ from = DAY, to = DAY }`."""

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        if zone is not None:
            calendar.zone(zone)
        return zone

    @field_validator("country")
    @classmethod
    def _has_holidays(cls, country: str) -> str:
        if country:
            calendar.prove_holidays(country)
        return country

    @field_validator("canton")
    @classmethod
    def _is_part_of_the_country(cls, canton: str, given: ValidationInfo) -> str:
        country = given.data.get("country")
        if canton and country == "":
            raise ValueError("needs the country that it is part of: country")
        if canton and country:
            calendar.prove_holidays(country, canton)
        return canton

    def calendar(self) -> Calendar:
        """The company's calendar by these settings."""
        return Calendar(
            zone=calendar.zone(self.zone) if self.zone else None,
            weekdays=frozenset(map(WEEKDAYS.index, self.weekdays)),
            country=self.country,
            part=self.canton,
            off=tuple((period.first, period.last) for period in self.off),
        )


def _is_day(value: object) -> bool:
    return isinstance(value, (date, str))


Schedule = Annotated[str, AfterValidator(prove_line)]


class ScheduleSettings(Model):
    """`[serve.schedules]`: when `serve` does by itself what a crontab would; an empty line: never."""

    won: Schedule = "*/5 * * * *"
    """Read the won deals, and set up those of which nobody told."""
    contacts: Schedule = "*/5 * * * *"
    invoices: Schedule = "0 7 * * *"


class ServeSettings(Model):
    """`[serve]`: the server of webhooks, schedules and their runs."""

    host: str = "127.0.0.1"
    port: int = Field(8910, ge=0, le=65535)
    look_again_minutes: float = Field(15, gt=0)
    """How often what waits for a person is looked at again."""
    give_up_hours: float = Field(24, gt=0)
    """How long what a system does not let happen is tried again, before it has failed."""
    stop_seconds: float = Field(30, ge=0)
    """How long a server that is stopped waits for what is under way."""
    largest_kilobytes: int = Field(256, ge=1)
    most_a_minute: int = Field(1200, ge=1)
    """Deliveries that one address may send to one hook."""
    keep_days: int = Field(90, ge=1)
    """How long runs that are over are kept, but for each deal's last one."""
    schedules: ScheduleSettings = ScheduleSettings()
    hooks: Mapping[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], StandardSettings] = Field(default_factory=dict)
    """Senders that sign by Standard Webhooks, by the name at the end of their address."""


class General(Model):
    """Settings outside the systems' sections."""

    deals: str | None = None
    """The system that deals are read from; by default the only one that has any."""
    deals_since: date | None = None
    """`setup --won` and `deals` take deals won since this day."""
    deals_at_once: int = Field(4, ge=1, le=64)
    """The number of deals that `setup --won` works on at once; each system's `concurrency` bounds the requests."""
    ledger: LedgerSettings = LedgerSettings()
    limits: LimitSettings = LimitSettings()
    calendar: CalendarSettings = CalendarSettings()
    contacts: ContactSettings = ContactSettings()
    invoices: InvoiceSettings = InvoiceSettings()
    serve: ServeSettings = ServeSettings()


class Settings(Model):
    """The whole file, checked.

    Attributes:
        path: The file itself; relative paths in it are relative to its folder.
        systems: By section; None for one that is switched off.
    """

    path: Path
    general: General
    systems: Mapping[str, SystemSettings | None]
    unusable: Mapping[str, InstanceOf[IntegrationError]] = Field(default_factory=dict)
    """By section the error because of which its adapter can't be used; then only the common keys were read."""

    @property
    def folder(self) -> Path:
        """The folder of the file, with `playbooks/` and `templates/` in it."""
        return self.path.parent

    @property
    def ledger(self) -> Path | Server:
        """The ledger's file, or its database on a server."""
        own = self.general.ledger
        if own.url is not None and own.key is not None:
            return Server(own.url, own.key)
        return self.ledger_file

    @property
    def ledger_file(self) -> Path:
        """The file that the ledger is in, where it is in no database."""
        if self.general.ledger.file is not None:
            return self.folder / self.general.ledger.file.expanduser()
        import platformdirs  # noqa: PLC0415  (only where the file does not say)

        return platformdirs.user_state_path("closedwon", appauthor=False) / self._installation / "ledger.sqlite"

    @property
    def locks(self) -> Path:
        """The folder for what the runs of this machine share."""
        return self.ledger_file.parent / "locks"

    @property
    def engine(self) -> str:
        """The address of the engine's database, a file beside the ledger."""
        return f"sqlite:///{self.ledger_file.with_name('engine.sqlite')}"

    @property
    def _installation(self) -> str:
        """The folder's name for the default ledger, by the address of the system that deals are read from.

        Each ERP has its own, so that deals tried out on one do not count as done on another.
        """
        named = self.general.deals or ("erp" if "erp" in self.systems else next(iter(self.systems)))
        section = self.systems.get(named)
        address = section.base if isinstance(section, RemoteSettings) else named
        return re.sub(r"[^a-z0-9.-]+", "-", address.lower().partition("://")[2] or named).strip("-.") or "default"


def find(path: Path | None = None) -> Path:
    """Find the settings' file: the named one, else `$CLOSEDWON_CONFIG`, else `closedwon.toml` here.

    Raises:
        ConfigError: There is no such file.
    """
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    found = named or Path(FILE)
    if not found.is_file():
        raise ConfigError(
            Fault(str(found), "", "there is no such file"),
            next="Make one with: closedwon init   (or try it out: closedwon demo)",
        )
    return found.absolute()


def read(path: Path) -> Settings:
    """Read the settings in a file.

    Raises:
        ConfigError: All faults at once.
    """
    settings, faults = examine(path)
    if faults:
        raise ConfigError(*faults, next="Fix these lines; config/example.toml shows every key.")
    return settings


def examine(path: Path) -> tuple[Settings, list[Fault]]:
    """Read the settings in a file as far as they are right, and all faults; a faulty system counts as switched off.

    Raises:
        ConfigError: The file is no TOML, or can't be read.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(Fault(str(path), "", unreadable(error))) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Fault(str(path), "", f"is not TOML: {_without_values(error)}")) from None
    faults: list[Fault] = []
    names = [name for name, value in tables.items() if isinstance(value, dict) and name not in General.model_fields]
    general = _general({name: value for name, value in tables.items() if name not in names}, path, faults)
    unusable: dict[str, IntegrationError] = {}
    systems = {name: _system(name, tables[name], path, faults, unusable) for name in names}
    if not names:
        faults.append(Fault(str(path), "", "has no systems: a system is a section with `adapter`"))
    if general.deals is not None and general.deals not in systems:
        faults.append(Fault(str(path), "deals", "names a system that has no section"))
    faults.extend(
        Fault(str(path), f"contacts.memberships.{function}", "names a system that has no section")
        for function, named in general.contacts.memberships.items()
        if not systems.keys() >= set(named)
    )
    faults.extend(
        Fault(str(path), f"serve.hooks.{name}", "is the name of a system; give it one of its own")
        for name in general.serve.hooks
        if name in systems
    )
    faults.extend(_rules(general.invoices, path))
    return Settings(path=path, general=general, systems=systems, unusable=unusable), faults


def _rules(invoices: InvoiceSettings, path: Path) -> tuple[Fault, ...]:
    """The faults in the settings of invoicing rules; the rules are imported only if there are any settings."""
    if not invoices.rules:
        return ()
    from integrations.flows.invoicing.catalogue import catalogue  # noqa: PLC0415  (only where the file names rules)

    try:
        catalogue(invoices.rules, where=str(path))
    except ConfigError as error:
        return error.faults
    return ()


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """The reason why a file can't be read, in words."""
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8"
    return f"can't be read ({error.strerror or type(error).__name__})"


def _without_values(error: tomllib.TOMLDecodeError) -> str:
    """Python's message about a TOML error: it quotes single characters at most, so no secret gets into it."""
    return str(error)


def _general(tables: Mapping[str, Any], path: Path, faults: list[Fault]) -> General:
    try:
        return General.model_validate(tables, context={"base": path.parent})
    except ValidationError as error:
        faults.extend(_faults(error, path, "", General))
        return General()


def _system(
    name: str,
    table: Mapping[str, Any],
    path: Path,
    faults: list[Fault],
    unusable: dict[str, IntegrationError],
) -> SystemSettings | None:
    if table.get("adapter") == OFF:
        return None
    if "adapter" not in table:
        faults.append(_without_adapter(name, table, path))
        return None
    model: type[SystemSettings] = SystemSettings
    try:
        if isinstance(table.get("adapter"), str):
            read = attempt(name, _model, table["adapter"])
            if isinstance(read, IntegrationError):
                unusable[name] = read
            else:
                model = read
        return _read(name, table, model, path, unusable)
    except ConfigError as error:
        faults.extend(Fault(str(path), f"[{name}] {fault.place}", fault.message) for fault in error.faults)
    except ValidationError as error:
        faults.extend(_faults(error, path, name, model))
    return None


def _without_adapter(name: str, table: Mapping[str, Any], path: Path) -> Fault:
    """The fault of a section without `adapter`: the section's name or the key is misspelt, or the key is missing."""
    sections = [key for key in General.model_fields if nearest(name, [key])]
    misspelt = [] if sections else nearest("adapter", table.keys() - SystemSettings.model_fields.keys())
    if misspelt:
        return Fault(str(path), f"[{name}] {misspelt[0]}", "there is no such key; did you mean adapter?")
    meant = did_you_mean(name, sections, form="[{}]")
    return Fault(str(path), f"[{name}]", f"is a system, and says no `adapter`{meant}")


def _model(name: str) -> type[SystemSettings]:
    return adapter(name).Settings


def _read(
    name: str, table: Mapping[str, Any], model: type[SystemSettings], path: Path, unusable: dict[str, IntegrationError]
) -> SystemSettings:
    """Read a section by its adapter's model; only the keys common to all systems where that model can't be used.

    Raises:
        ValidationError: The section is wrong.
    """
    if name not in unusable:
        try:
            return model.model_validate(table, context={"base": path.parent})
        except ValidationError:
            raise
        except Exception as error:  # noqa: BLE001  (somebody else's validator: the system is named, the others go on)
            unusable[name] = refused(str(table["adapter"]), f"its Settings fail: {unforeseen(name, error).message}")
    common = {key: value for key, value in table.items() if key in SystemSettings.model_fields}
    return SystemSettings.model_validate(common)


def _faults(error: ValidationError, path: Path, section: str, model: type[BaseModel]) -> list[Fault]:
    return [
        Fault(str(path), _place(section, entry["loc"]), _message(entry, model))
        for entry in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _place(section: str, location: tuple[int | str, ...]) -> str:
    inner = ".".join(str(part) for part in location)
    return f"[{section}] {inner}".strip() if section else inner


def _message(entry: Any, model: type[BaseModel]) -> str:
    if entry["type"] == "missing":
        return "is missing"
    if entry["type"] == "string_pattern_mismatch":
        return "has a form that is not allowed here"
    if entry["type"] != "extra_forbidden":
        message = str(entry["msg"]).removeprefix("Value error, ")
        return message[:1].lower() + message[1:]
    return no_such_key(entry["loc"], model)
