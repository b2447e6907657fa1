"""Choices as a dialogue: the candidates side by side, an answer, and its keeping for later runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

import click

from cli.render.choice import answers_text, choice_lines
from cli.render.words import error_lines, safe, system_label, wrapped
from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Candidate, IntegrationError
from integrations.core.heirs import answer as answer_heir
from integrations.core.heirs import question
from integrations.core.ledger.heirs import NONE
from integrations.core.model import Deal
from integrations.core.plan import Plan
from integrations.flows.contacts.link import link as link_person
from integrations.flows.contacts.memory import ContactRepository
from integrations.flows.contacts.outcome import Line
from integrations.flows.contacts.outcome import Outcome as People
from integrations.flows.contacts.sync import ContactSync
from integrations.flows.setup import OpenHeir, Outcome, SetUp, Shown
from integrations.flows.setup.link import settle as settle_step


@dataclasses.dataclass(frozen=True)
class Choice:
    """A question that only a person answers.

    Attributes:
        question: The question as it is shown.
        wanted: The object that is sought, as far as it is known.
        keep: Keeps an answer, an id or `other`, for all later runs, and returns a sentence about it; raises
            `IntegrationError` if the answer can't be right.
        other: The answer for none of the candidates: `new` or `none`; empty where there is no such answer.
        meaning: The words for `other`: `a new one`.
    """

    question: str
    wanted: Candidate
    candidates: Sequence[Candidate]
    keep: Callable[[str], str]
    other: str = ""
    meaning: str = ""


class ShowPlan(Protocol):
    """Function that prints the plan of a deal."""

    def __call__(self, shown: Shown, *, asked: Collection[str] = ()) -> None:
        """Print the plan; `asked` are the steps about which a dialogue follows."""


class DealChoices:
    """Dialogues about the choices that the plans of deals leave open; a skipped one is not asked again.

    Attributes:
        show: Prints a plan; is given the steps about which a dialogue follows.
    """

    def __init__(self, setup: SetUp, show: ShowPlan, reason: str) -> None:
        self._setup, self._show, self._reason = setup, show, reason
        self._skipped: set[tuple[str, str]] = set()
        self._seen: Plan | None = None

    def settle(self, outcome: Outcome) -> bool:
        """Show the plan and ask; return whether anything was settled, so that the deal has to be planned anew."""
        if isinstance(outcome.error, OpenHeir):
            return self._settle_heir(outcome.error)
        if outcome.error is not None or outcome.plan is None:
            return False
        asked = [
            change
            for change in outcome.plan.changes
            if isinstance(change.error, Ambiguous)
            and change.action == "choose"
            and change.error.candidates
            and (outcome.reference, change.step) not in self._skipped
        ]
        if asked:
            self.show(outcome, asked=[change.step for change in asked])
        settled = [self._settle(outcome, change) for change in asked]
        return any(settled)

    def _settle_heir(self, error: OpenHeir) -> bool:
        """Ask who took the place of a customer that is gone; without --reason the candidate's evidence is the reason.

        Its contacts are read again by the next sync, for they had to wait for the answer.
        """
        gone, why = error.gone, {hint.customer: hint.reason for hint in error.gone.hints}
        if not why or ("heir", gone.customer) in self._skipped:
            return False

        def keep(answer: str) -> str:
            reason = self._reason or why.get(answer, "")
            answered = answer_heir(self._setup.ledger, self._setup.systems, gone.customer, answer, reason=reason)
            ContactRepository(self._setup.ledger).postpone({gone.customer: "again"})
            return answered

        asked = question(dataclasses.replace(gone, hints=()), error.name)
        candidates = [Candidate(hint.customer, hint.name or hint.customer, note=hint.reason) for hint in gone.hints]
        wanted = Candidate(gone.customer, error.name or f"customer {gone.customer}")
        is_settled = settle(Choice(f"{asked}. Who did?", wanted, candidates, keep, other=NONE, meaning="nobody"))
        if not is_settled:
            self._skipped.add(("heir", gone.customer))
        return is_settled

    def show(self, outcome: Outcome, *, asked: Collection[str] = ()) -> None:
        """Print the plan, unless this very plan was printed before; a dialogue about the steps `asked` follows."""
        if not self.has_shown(outcome):
            self._seen = outcome.plan
            self._show(self._setup.shown(outcome), asked=asked)

    def has_shown(self, outcome: Outcome) -> bool:
        """Return whether this very plan was printed."""
        return outcome.plan is not None and self._seen is outcome.plan

    def _settle(self, outcome: Outcome, change: Change[Any]) -> bool:
        shown, error = self._setup.shown(outcome), change.error
        deal, wants = shown.deal, [other.want for other in shown.plan.changes]
        if not isinstance(error, Ambiguous):
            return False
        object_name = f"{system_label(change.system)} {change.want.resource.kind_label()}"
        choice = Choice(
            f"{object_name}: {error.message.removeprefix(f'{system_label(change.system)}: ')}.",
            wanted_of(deal, change),
            error.candidates,
            keep=lambda answer: settle_step(self._setup, deal, change.want, answer, reason=self._reason, others=wants),
            other="new",
            meaning="a new one",
        )
        is_settled = settle(choice)
        if not is_settled:
            self._skipped.add((outcome.reference, change.step))
        return is_settled


class PersonChoices:
    """Dialogues about the accounts that people have; a skipped one is not asked again.

    Attributes:
        show: Prints a plan.
    """

    def __init__(self, sync: ContactSync, show: Callable[[People], None], reason: str) -> None:
        self._sync, self._show, self._reason = sync, show, reason
        self._skipped: set[tuple[str, str]] = set()

    def settle(self, outcome: People) -> bool:
        """Show the plan and ask; return whether anything was settled, so that the people have to be planned anew."""
        asked = [
            line
            for line in outcome.lines
            if isinstance(line.error, Ambiguous) and line.error.candidates and line.contacts
            if (line.system, line.key) not in self._skipped
        ]
        if asked:
            self._show(outcome)
        settled = [self._settle(line) for line in asked]
        return any(settled)

    def _settle(self, line: Line) -> bool:
        error, contact = line.error, line.contacts[0]
        if not isinstance(error, Ambiguous):
            return False

        def keep(answer: str) -> str:
            return " ".join(link_person(self._sync, contact, [(line.system, answer)], reason=self._reason))

        wanted = Candidate(contact, line.person, holds=f"a place at {line.company}")
        is_settled = settle(Choice(f"{error.message}.", wanted, error.candidates, keep))
        if not is_settled:
            self._skipped.add((line.system, line.key))
        return is_settled


def wanted_of(deal: Deal, change: Change[Any]) -> Candidate:
    """The object that is sought, described by what the deal has of it."""
    customer = deal.customer
    is_customers = change.kind == "customer"
    town = " ".join(part for part in (customer.zip, customer.city) if part)
    return Candidate(
        "",
        customer.name if is_customers else change.want.resource.label(),
        address=", ".join(part for part in (customer.street, town) if part),
        vat=customer.vat or "",
    )


def settle(choice: Choice) -> bool:
    """Ask until an answer can be kept; False if the person skips the question.

    Raises:
        KeyboardInterrupt: Ctrl-C, or the input has ended.
    """
    for line in choice_lines(choice.question, choice.wanted, choice.candidates):
        click.echo(line)
    while True:
        answer = _answer(choice)
        if answer is None:
            return False
        try:
            kept = choice.keep(answer)
        except IntegrationError as error:
            for line in error_lines(error, 2):
                click.echo(line, err=True)
        else:
            for line in wrapped("", safe(kept), 2):
                click.echo(line)
            return True


def _answer(choice: Choice) -> str | None:
    """Ask until there is an answer: the id of a candidate, `other`, or None if the question is skipped."""
    ids = [candidate.id for candidate in choice.candidates]
    answers = {str(number): customer for number, customer in enumerate(ids, 1)}
    known: dict[str, str | None] = {**answers, "s": None, "skip": None}
    if choice.other:
        known |= {choice.other[0]: choice.other, choice.other: choice.other}
    asked = answers_text(len(ids), choice.other)
    while True:
        try:
            answer = click.prompt(f"Which one? {asked}", default="", show_default=False, err=True).strip().casefold()
        except click.Abort:
            click.echo("\nNothing more was kept or written.", err=True)
            raise KeyboardInterrupt from None
        if answer in known:
            return known[answer]
        number = "the number of one" if len(ids) > 1 else "1 for the one that is there"
        other = f", {choice.other[0]} for {choice.meaning}" if choice.other else ""
        for line in wrapped("", f"Answer with {number}{other}, or s to leave it open for now.", 0):
            click.echo(line, err=True)
