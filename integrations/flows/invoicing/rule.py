"""Rules: pure functions over one account's facts, each with its description."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import Field, ValidationError

from integrations.core.errors import Fault
from integrations.core.meant import no_such_key
from integrations.core.model import Model, Person

if TYPE_CHECKING:  # the settings know rules by name, and few commands read what is billed
    from integrations.core.billing import Account, Part

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")

Role = Literal["account manager", "finance", "service manager", "project manager"]
"""Who acts."""
ROLES: tuple[Role, ...] = ("account manager", "finance", "service manager", "project manager")

Group = Literal[
    "before the first invoice",
    "contract against invoice",
    "overdue",
    "credit and dispute",
    "duplicates",
    "tax and currency",
    "end, renewal, index",
    "unbilled work",
    "the whole chain",
]


class RuleSettings(Model):
    """Settings of every rule: `[invoices.rules.NAME]`; a rule's own settings add to it."""

    on: bool = True
    severity: Severity | None = None
    """In place of the rule's own."""
    who: Role | None = None
    """Who acts, in place of the rule's own."""
    grace_days: int = Field(0, ge=0, le=3650)
    """Days that something may be wrong before it is reported."""
    minimum: Decimal = Field(Decimal(0), ge=0)
    """Amounts below this are not reported, in whatever currency."""


S = TypeVar("S", bound=RuleSettings)


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """A thing that shows it: a number or a figure in words, and the ERP's page."""

    text: str
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """Fault that a rule found in one subject.

    Its words hold no name of a person or a customer, and nothing that changes from day to day by itself (“due 30 Sep”,
    not “for 53 days”): they are kept, and compared.

    Attributes:
        subject: What it is about, the same for as long as it is wrong: `invoice:602`, `contract:7/line:3/2026-10-01`.
            Unique among the rule's hits of one account. Never an amount.
        message: What is wrong, in one sentence without a full stop.
        amount: What is at risk, in `currency`; None: no amount can be said.
        since: The day from which it is wrong, for its age; None: from whenever it was first seen.
        severity: In place of the rule's own.
        action: What to do, in place of the rule's own.
        cause: What it has in common with other customers' findings; empty: nothing.
        payer: The id of who pays, where it is another customer.
        person: Who acts by the ERP's word, such as the project's manager; None: whoever has the rule's role.
    """

    subject: str
    message: str
    amount: Decimal | None = None
    currency: str = ""
    evidence: tuple[Evidence, ...] = ()
    since: date | None = None
    severity: Severity | None = None
    action: str = ""
    cause: str = ""
    payer: str = ""
    person: Person | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Again:
    """A day on which the rule may say something else although nothing was written: the account is looked at then."""

    day: date


Verdict = Hit | Again
Judge = Callable[["Account", Any, date], Iterator[Verdict]]
"""`(account, the rule's settings, today) -> hits, and days on which they may change by themselves`. Pure."""


@dataclasses.dataclass(frozen=True)
class Rule(Generic[S]):
    """A rule with what is said of it once.

    Attributes:
        id: What settings, JSON and tickets call it: `overdue`; lower case with `-` between words.
        title: What is wrong, in plain words, for a heading: `Invoice not paid`.
        who: Who acts.
        action: What to do about it, one short sentence in the imperative.
        needs: The parts of an account without which it can't judge: it is then `data stale`.
        settings: Its settings' model.
        judge: The function.
    """

    id: str
    group: str
    title: str
    severity: Severity
    who: Role
    action: str
    needs: frozenset[Part]
    settings: type[S]
    judge: Judge


def rule(
    id: str,  # noqa: A002  (the field's name)
    *,
    group: str,
    title: str,
    severity: Severity,
    who: Role,
    action: str,
    needs: frozenset[Part] | set[Part],
    settings: type[S] = RuleSettings,  # type: ignore[assignment]  # a default for a type variable
) -> Callable[[Callable[[Account, S, date], Iterator[Verdict]]], Rule[S]]:
    """Make a function a rule."""

    def described(judge: Callable[[Account, S, date], Iterator[Verdict]]) -> Rule[S]:
        return Rule(id, group, title, severity, who, action, frozenset(needs), settings, judge)

    return described


Configured = Mapping[str, RuleSettings]
"""Each rule's settings, by its id."""


NEXT = "Fix these lines; config/example.toml shows every key."


def configured(
    rules: Sequence[Rule[Any]], tables: Mapping[str, Mapping[str, Any]], where: str
) -> tuple[dict[str, RuleSettings], list[Fault]]:
    """Each of these rules' settings by its id, and all that is wrong in them; `where`: the settings' file."""
    settings: dict[str, RuleSettings] = {}
    faults: list[Fault] = []
    for rule in rules:
        try:
            settings[rule.id] = rule.settings.model_validate(tables.get(rule.id, {}))
        except ValidationError as error:
            faults.extend(_faults(error, where, rule))
    return settings, faults


def _faults(error: ValidationError, where: str, rule: Rule[Any]) -> Iterator[Fault]:
    for entry in error.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in (f"invoices.rules.{rule.id}", *entry["loc"]))
        if entry["type"] == "extra_forbidden":
            message = no_such_key(entry["loc"], rule.settings)
        else:
            message = str(entry["msg"]).removeprefix("Value error, ")
            message = message[:1].lower() + message[1:]
        yield Fault(where, place, message)
