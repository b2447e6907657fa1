"""Writing one batch of changes: intent, put, outcome; and looking again where an answer was lost."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.core.apply.result import Result, status_of
from integrations.core.change import WRITING, Change
from integrations.core.errors import (
    Ambiguous,
    Conflict,
    IntegrationError,
    LedgerError,
    Unavailable,
    Uncertain,
    Unforeseen,
)
from integrations.core.http import counted_writes
from integrations.core.http.attempt import Writes
from integrations.core.ledger import Ended, Ledger
from integrations.core.plan.approval import Approved
from integrations.core.plan.planner import LOOK_AGAIN, Planner, answered
from integrations.core.resource import Live
from integrations.core.rows import attempt
from integrations.core.system import System

Outcomes = Callable[[], Mapping[str, Live[Any] | None]]
"""Gives what exists of the steps that are over."""

TRIES = 3
"""How often one change is sent in one run, when its answers are lost or its name is taken meanwhile."""


@dataclasses.dataclass
class Writer:
    """Writes batches, each of one system and kind, from several threads."""

    systems: Mapping[str, System]
    ledger: Ledger
    planner: Planner
    run: str
    approved: Approved
    stop: threading.Event
    waiting: Callable[[str, float, str], None]

    def write(self, changes: Sequence[Change[Any]], outcomes: Outcomes) -> list[Result]:
        """Write the changes and say what became of each; never raises for what a system said.

        `outcomes` is asked only for changes that have to be looked at again.
        """
        covered = [self.approved.allows(change, self.ledger.hash) for change in changes]
        approved = [change for change, is_covered in zip(changes, covered, strict=True) if is_covered]
        written = iter([self._looked_after(result, outcomes) for result in self._once(approved)] if approved else [])
        return [
            next(written) if is_covered else self._changed(Result("waiting", change, live=change.found))
            for change, is_covered in zip(changes, covered, strict=True)
        ]

    @staticmethod
    def _changed(result: Result) -> Result:
        """The result of a change that nobody approved as it is by now."""
        if isinstance(result.error, Conflict):
            return result
        error = Conflict("changed since it was shown", system=result.change.system, next="Look at the plan again.")
        return dataclasses.replace(result, status="waiting", error=error)

    def _looked_after(self, result: Result, outcomes: Outcomes) -> Result:
        """Return what is settled of a result; as it is, with the error, where looking again raises."""
        settled = attempt(result.change.system, self._settled, result, outcomes)
        if isinstance(settled, Result):
            return settled
        if isinstance(settled, LedgerError):
            return _unrecorded(result)
        return dataclasses.replace(result, status=status_of(settled), error=settled)

    def _once(self, changes: Sequence[Change[Any]]) -> list[Result]:
        if len(changes) == 1 and changes[0].action == "archive" and changes[0].found is None:
            return [Result("kept", changes[0])]
        try:
            intents = self.ledger.begin(self.run, changes, self.systems[changes[0].system].now())
        except LedgerError:
            return [not_begun(change) for change in changes]
        with counted_writes() as writes:
            answers = self._answers(changes)
        results = [_result(change, answers[change.key], writes) for change in changes]
        ended = [
            Ended(result.change, result.live if result.error is None else None, _outcome(result), open=result.open)
            for result in results
        ]
        try:
            self.ledger.finish(self.run, intents, ended)
        except LedgerError:
            return [_unrecorded(result) for result in results]
        return results

    def _answers(self, changes: Sequence[Change[Any]]) -> dict[str, Live[Any] | IntegrationError]:
        system = changes[0].system
        store = self.systems[system].stores[changes[0].kind]
        answers = attempt(system, store.put, changes)
        if isinstance(answers, IntegrationError):
            return dict.fromkeys((change.key for change in changes), answers)
        missing = Unforeseen(f"{system}: gave no answer for this step", system=system)
        given = [(change.key, answered(system, answers, change.key)) for change in changes]
        return {key: one if isinstance(one, (Live, IntegrationError)) else missing for key, one in given}

    def _settled(self, result: Result, outcomes: Outcomes) -> Result:
        """The result, after looking again where the answer was lost or the object changed meanwhile."""
        planned = result.change
        for _ in range(TRIES - 1):
            looks_again = isinstance(result.error, (Uncertain, Conflict))
            if not looks_again or not self.planner.patient or self.stop.is_set():
                return result
            if isinstance(result.error, Uncertain):
                pause = min(LOOK_AGAIN, result.error.retry_after or LOOK_AGAIN)
                self.waiting(self.systems[result.change.system].title, pause, result.error.message)
                time.sleep(pause)
            change = self.planner.again(result.change.want, outcomes())
            if change is None:
                return result
            if change.error is not None:
                return self._unseen(result, change.error)
            if change.action not in WRITING:
                if change.found is not None:
                    self.ledger.note([(change, change.found)])
                return Result("done", change, live=change.found)
            if change.found is None and _names(change) != _names(planned):
                return dataclasses.replace(result, error=self._other_names(change), status="waiting")
            if not self.approved.allows(change, self.ledger.hash):
                return self._changed(result)
            result = self._once([change])[0]
        return result

    @staticmethod
    def _unseen(result: Result, error: IntegrationError) -> Result:
        """The result of a change, after a look at it failed: what was uncertain before is so still."""
        if isinstance(result.error, Uncertain) and not isinstance(error, Ambiguous):
            return result
        return dataclasses.replace(result, error=error)

    def _other_names(self, change: Change[Any]) -> Conflict:
        """Say that it was not made, and would get other names by now than were shown."""
        title = self.systems[change.system].title
        return Conflict(
            f"{title}: the {change.want.resource.kind_label()} was not made, and would be called "
            f"“{change.want.resource.label()}” by now",
            system=change.system,
            next="Look at the plan again.",
        )


def _names(change: Change[Any]) -> list[Any]:
    resource = change.want.resource
    return [getattr(resource, name) for name in resource.names]


def _outcome(result: Result) -> str:
    """What the audit says of it."""
    if isinstance(result.error, (Uncertain, Unforeseen)):
        return "uncertain"
    if result.error is not None:
        return result.error.type
    return "shown" if result.change.action == "manual" else "done"


def _result(change: Change[Any], answer: Live[Any] | IntegrationError, writes: Writes) -> Result:
    if isinstance(answer, Live):
        return Result("waiting" if change.action == "manual" else "done", change, live=answer)
    touched = writes.touched(change.key)
    error = _partly_done(answer) if touched else answer
    if isinstance(error, Ambiguous):
        change = dataclasses.replace(change, action="choose", error=error)
    is_open = touched or isinstance(error, (Uncertain, Unforeseen))
    return Result("waiting" if error.waits else "failed", change, live=change.found, error=error, open=is_open)


def not_begun(change: Change[Any]) -> Result:
    """The result of a change of which no intent can be written down, so that nothing is sent."""
    error = LedgerError("was not begun, as the ledger can't be used", system=change.system)
    return Result("failed", change, live=change.found, error=error)


def _unrecorded(result: Result) -> Result:
    """The result of a change whose end could not be written down: its intent is open, so the next run looks for it."""
    if result.error is not None or result.live is None:
        return dataclasses.replace(result, open=True)
    message = f"is written ({result.live.id}), but not recorded: the next run finds it"
    error = LedgerError(message, system=result.change.system)
    return dataclasses.replace(result, status="failed", open=True, error=error)


def _partly_done(error: IntegrationError) -> IntegrationError:
    """The error after something was done: `Unavailable` would say that nothing was."""
    if not isinstance(error, Unavailable) or isinstance(error, Uncertain):
        return error
    return Uncertain(
        f"{error.message}; a part of it was done before",
        system=error.system,
        next=f"It is looked for before it is tried again. {error.next}".rstrip(),
        who=error.who,
        retry_after=error.retry_after,
    )
