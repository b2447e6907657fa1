"""Outcome of a set-up: its steps, its exit code, and the document that `--json` prints and the ledger keeps."""

from __future__ import annotations

import dataclasses
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from integrations.core.change import Change, Result, news
from integrations.core.errors import Ambiguous, Blocked, IntegrationError
from integrations.core.model import Deal
from integrations.core.outcome import Ending, Stamp, change_document, ending_of, envelope, error_document, exit_code
from integrations.core.plan import Approved, Plan

KEPT = frozenset({"deal", "customer", "playbook", "plan", "outcome", "steps", "error"})
"""The keys of the document that the ledger keeps."""

PRIVATE = "a private person"
"""The word for a customer whose name is not to be kept."""


class Following(Protocol):
    """The plan of another flow for a deal's customer once the set-up is carried out: shown and approved with it."""

    @property
    def plan(self) -> Plan:
        """Return what would be done."""

    @property
    def documents(self) -> Sequence[Mapping[str, Any]]:
        """Return the changes as JSON."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcome of a set-up of one deal.

    Attributes:
        deal: As it was read; None where it could not be.
        reference: What the command was given.
        named: The playbook, where the command named it.
        plan: What was planned; None where it did not come to that.
        results: By step.
        error: What stopped the whole of it.
        not_applied: Nothing was to be written: a dry run, or nobody said yes.
        interrupted: Ctrl-C came while it was applied, or it was killed: what is still `planned` was not begun.
        approved: Whether a person approved this very plan.
        following: What follows the set-up, and is a part of its plan.
        approval: What was approved of the plan, and of what follows; None: nothing was.
        since: From when on a step has been waiting, by step, as ISO 8601; of one that waits for the first time nothing.
        requests: Sent, by system, in this run.
    """

    reference: str
    named: str | None = None
    deal: Deal | None = None
    playbook: str | None = None
    plan: Plan | None = None
    results: Mapping[str, Result] = dataclasses.field(default_factory=dict)
    error: IntegrationError | None = None
    not_applied: bool = False
    interrupted: bool = False
    following: Following | None = None
    approval: Approved | None = None
    since: Mapping[str, str] = dataclasses.field(default_factory=dict)
    stamp: Stamp = dataclasses.field(default_factory=Stamp)
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ending(self) -> Ending:
        """The run's end in one word."""
        pieces = [
            result
            for result in self.results.values()
            if result.status != "blocked" or not self._is_out_of_scope(result)
        ]
        return ending_of(
            pieces,
            self.error,
            is_shown=self._is_shown,
            is_read_only=self.is_read_only,
            interrupted=self.interrupted,
        )

    @property
    def _is_shown(self) -> bool:
        return self.not_applied and self.plan is not None and not self.plan.is_empty

    def _is_out_of_scope(self, result: Result) -> bool:
        """Return whether it is blocked only by what this run may not write: mode `read`, or outside the pilot."""
        while isinstance(result.error, Blocked) and result.error.step in self.results:
            result = self.results[result.error.step]
        return result.status == "planned"

    @property
    def exit_code(self) -> int:
        """Return what the command ends with."""
        is_shown = self._is_shown or self.is_read_only
        return exit_code(self.results.values(), self.error, is_shown=is_shown, interrupted=self.interrupted)

    @property
    def is_read_only(self) -> bool:
        """Return whether there are changes, and this run may write none of them: nobody can approve them."""
        return self.plan is not None and self.plan.is_read_only

    @property
    def has_written(self) -> bool:
        """Return whether anything was written."""
        return any(result.status == "done" for result in self.results.values())

    @property
    def customer(self) -> str | None:
        """The key of the customer that the customer step led to; None: it has led to none."""
        found = (result.live for result in self.results.values() if result.change.kind == "customer")
        return next((f"customer:{live.id}" for live in found if live is not None), None)

    @property
    def news(self) -> list[Result]:
        """Return what became of the steps that people are to see."""
        shown = news(result.change for result in self.results.values())
        return [result for result in self.results.values() if result.change.step in shown]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many changes there are that people are to see, by action."""
        return dict(Counter(result.change.action for result in self.news))

    def document(self) -> dict[str, Any]:
        """The JSON document; amounts as decimal strings."""
        subject = self.deal.id if self.deal is not None else self.reference
        steps = [step_document(result, self) for result in self.news]
        return {
            "deal": subject,
            "customer": self.deal.customer.name if self.deal is not None else None,
            "playbook": self.playbook,
            "steps": steps,
            **envelope(
                self.stamp,
                outcome=self.ending,
                plan=self.plan.id if self.plan is not None else "",
                changes=[*({"subject": subject, **step} for step in steps), *self._follow_documents()],
                counts=self.counts,
                requests=self.requests,
                seconds=self.seconds,
                error=self.error,
            ),
        }

    def _follow_documents(self) -> Sequence[Mapping[str, Any]]:
        """Return the changes that follow, as long as they are only shown: what became of them their own run says."""
        return self.following.documents if self.following is not None and self.not_applied else ()

    def standing(self) -> dict[str, Any]:
        """The document without what is the run's own."""
        return {name: value for name, value in self.document().items() if name in KEPT}

    def kept(self, now: str = "") -> dict[str, Any]:
        """The document as the ledger keeps it: what to call the deal by; no values of fields, no requests, no times.

        A customer who is a private person has no name there, nor has anybody who looks alike. `now`: since when those
        steps wait that did not before.
        """
        document: dict[str, Any] = {**self.standing(), "reference": self.reference}
        customer = self.deal.customer if self.deal is not None else None
        person = customer.name if customer is not None and customer.is_company is False else ""
        document["customer"] = PRIVATE if person else document["customer"]
        document["is_proven"] = self.deal is None or self.deal.is_proven
        for step, result in zip(document["steps"], self.news, strict=True):
            step |= {"name": None, "taken": []}
            if step["waits_for"] and step["since"] is None:
                step["since"] = now
            if person and result.error is not None:
                step["error"] |= {"message": result.error.message.replace(person, PRIVATE)}
            for side in ("fields", "theirs"):
                step[side] = [{"name": field["name"], "old": None, "new": None} for field in step[side]]
        return document


class Called(Protocol):
    """Object that knows how the deal was named on the command line."""

    @property
    def reference(self) -> str:
        """The deal, as the command was given it."""

    @property
    def named(self) -> str | None:
        """The playbook, if the command named it."""


def called(outcome: Called) -> str:
    """Return what follows `closedwon setup` to go on with this deal: `42`, `deal.toml --playbook service`."""
    return f"{outcome.reference} --playbook {outcome.named}" if outcome.named is not None else outcome.reference


def link_commands(outcome: Called, change: Change[Any]) -> list[str]:
    """The commands that settle a choice, one for each answer."""
    ids = [candidate.id for candidate in change.error.candidates] if isinstance(change.error, Ambiguous) else []
    named = f" --playbook {outcome.named}" if outcome.named is not None else ""
    subject = shlex.quote(outcome.reference)
    return [f"closedwon link {subject} {shlex.quote(f'{change.step}={answer}')}{named}" for answer in (*ids, "new")]


def step_error(result: Result, outcome: Called) -> dict[str, str] | None:
    """A step's error as JSON; a choice names all that it could be and why, and the command that settles it."""
    error = result.error
    if not isinstance(error, Ambiguous):
        return error_document(error)
    candidates = "; ".join(
        " ".join(
            part
            for part in (
                f"{candidate.id}: {candidate.title}",
                f"({candidate.remark})" if candidate.remark else "",
                candidate.url,
            )
            if part
        )
        for candidate in error.candidates
    )
    message = f"{error.message}: {candidates}" if candidates else error.message
    return {"type": error.type, "message": message, "next": "\n".join(link_commands(outcome, result.change))}


def step_document(result: Result, outcome: Outcome) -> dict[str, Any]:
    """A step as JSON."""
    document = change_document("", result, account_manager(outcome.deal))
    del document["subject"]
    taken = [dataclasses.asdict(holder) for holder in result.change.taken]
    since = outcome.since.get(result.change.step) if document["waits_for"] else None
    return {**document, "taken": taken, "since": since, "error": step_error(result, outcome)}


def account_manager(deal: Deal | None) -> str:
    """Return who looks after the deal's customer, by name."""
    person = deal.account_manager if deal is not None else None
    return person.name if person is not None else "the account manager"
