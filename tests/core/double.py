"""A flow in a few lines: notes, one a subject, in a system in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from integrations.core.change import Result, foreseen
from integrations.core.outcome import Ending, Stamp, change_document, ending_of, envelope, exit_code
from integrations.core.plan import Plan, Planner
from integrations.core.run import Ended, Flow, Lock
from tests.core.memory import Bench, want


@dataclasses.dataclass(frozen=True)
class Notes:
    """How the notes stand."""

    results: tuple[Result, ...]
    ended: Ended
    stamp: Stamp = dataclasses.field(default_factory=Stamp)
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ending(self) -> Ending:
        return ending_of(self.results, self.ended.error, is_shown=self.ended.not_applied and bool(self.ended.plan),
                         is_read_only=self.ended.is_read_only, interrupted=self.ended.interrupted)  # fmt: skip

    @property
    def exit_code(self) -> int:
        is_shown = (self.ended.not_applied and bool(self.ended.plan)) or self.ended.is_read_only
        return exit_code(self.results, self.ended.error, is_shown=is_shown, interrupted=self.ended.interrupted)

    def document(self) -> dict[str, Any]:
        changes = [
            change_document(result.change.step, result, "Lena") for result in self.results if result.status != "kept"
        ]
        return envelope(self.stamp, outcome=self.ending, plan=self.ended.plan, changes=changes, counts={},
                        requests=self.requests, seconds=self.seconds, error=self.ended.error)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some notes, planned."""

    plan: Plan

    @property
    def changing(self) -> Sequence[str]:
        return list(self.plan.hashes)


class NoteFlow(Flow[Batch, Notes]):
    """The flow: wants a note with this text for each subject."""

    few: ClassVar[int] = 1
    at_once: ClassVar[int] = 10
    is_whole: ClassVar[bool] = False
    wait = 0.05

    def __init__(self, bench: Bench, notes: Mapping[str, str]) -> None:
        self.bench, self.notes, self.results = bench, notes, dict[str, Result]()

    def select(self) -> Sequence[str]:
        return list(self.notes)

    def locks(self, subject: str) -> Generator[Lock, bool, None]:
        yield Lock(subject)

    def batches(self, ids: Sequence[str], *, held: bool) -> Iterator[Batch]:
        del held
        yield Batch(self.planner().plan([want(number, name=self.notes[number]) for number in ids]))

    def show(self, batch: Batch) -> None:
        self.results |= {change.step: foreseen(change) for change in batch.plan.changes}

    def learn(self, batch: Batch, results: Sequence[Result]) -> None:
        del batch
        self.results |= {result.change.step: result for result in results}

    def outcome(self, ended: Ended) -> Notes:
        return Notes(tuple(self.results.values()), ended)

    def planner(self) -> Planner:
        return self.bench.planner()
