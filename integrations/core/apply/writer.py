"""Writing one batch of changes: intent, put, outcome; and looking again where an answer was lost."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.core.apply.result import Result
from integrations.core.change import WRITING, Change
from integrations.core.errors import Ambiguous, Conflict, IntegrationError, Uncertain, Unforeseen
from integrations.core.ledger import Ledger
from integrations.core.plan.plan import fingerprint
from integrations.core.plan.planner import LOOK_AGAIN, Planner, unforeseen
from integrations.core.resource import Live
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
    stop: threading.Event
    waiting: Callable[[str, float, str], None]

    def write(self, changes: Sequence[Change[Any]], outcomes: Outcomes) -> list[Result]:
        """Write the changes and say what became of each; never raises for what a system said.

        `outcomes` is asked only for changes that have to be looked at again.
        """
        results = self._once(changes)
        return [self._settled(result, outcomes) for result in results]

    def _once(self, changes: Sequence[Change[Any]]) -> list[Result]:
        if len(changes) == 1 and changes[0].action == "archive" and changes[0].found is None:
            return [Result("kept", changes[0])]
        self.ledger.begin(self.run, changes)
        answers = self._answers(changes)
        ended = []
        results = []
        for change in changes:
            answer = answers[change.key]
            live = answer if isinstance(answer, Live) else None
            error = answer if isinstance(answer, IntegrationError) else None
            ended.append((change, live, _outcome(change, error)))
            results.append(_result(change, live, error))
        self.ledger.finish(self.run, ended)
        return results

    def _answers(self, changes: Sequence[Change[Any]]) -> dict[str, Live[Any] | IntegrationError]:
        system = changes[0].system
        store = self.systems[system].stores[changes[0].kind]
        try:
            answers = store.put(changes)
        except IntegrationError as error:
            return {change.key: error for change in changes}
        except Exception as error:  # noqa: BLE001  (a mistake in one adapter stops that adapter's steps only)
            return {change.key: unforeseen(system, error) for change in changes}
        missing = Unforeseen(f"{system}: gave no answer for this step", system=system)
        return {change.key: answers.get(change.key) or missing for change in changes}

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
            if change is None or change.error is not None:
                return dataclasses.replace(result, error=change.error if change else result.error)
            if change.action not in WRITING:
                if change.found is not None:
                    self.ledger.note([(change, change.found)])
                return Result("done", change, live=change.found)
            if isinstance(result.error, Conflict) and not self._is_same(change, planned):
                return result
            result = self._once([change])[0]
        return result

    def _is_same(self, change: Change[Any], planned: Change[Any]) -> bool:
        """Whether a person who approved the one has approved the other."""
        return fingerprint(change, self.ledger.hash) == fingerprint(planned, self.ledger.hash)


def _outcome(change: Change[Any], error: IntegrationError | None) -> str:
    if isinstance(error, (Uncertain, Unforeseen)):
        # Over what went wrong unforeseen, too, the vendor may have done it.
        return "uncertain"
    if error is not None:
        return error.type
    return "shown" if change.action == "manual" else "done"


def _result(change: Change[Any], live: Live[Any] | None, error: IntegrationError | None) -> Result:
    if error is not None:
        if isinstance(error, Ambiguous):
            change = dataclasses.replace(change, action="choose", error=error)
        return Result("waiting" if error.waits else "failed", change, live=change.found, error=error)
    return Result("waiting" if change.action == "manual" else "done", change, live=live)
