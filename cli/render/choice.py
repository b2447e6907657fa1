"""The candidates of a choice: side by side where there is room for it, else one below the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence

from cli.render.words import cells, padded, safe, width, wrapped
from integrations.core.errors import Candidate

ROWS: Mapping[str, Callable[[Candidate], str]] = {
    "name": lambda candidate: candidate.title,
    "address": lambda candidate: candidate.address,
    "VAT no.": lambda candidate: candidate.vat,
    "made": lambda candidate: candidate.made,
    "has": lambda candidate: candidate.holds,
    "why": lambda candidate: candidate.note,
    "id": lambda candidate: candidate.id,
}
"""The evidence, by its label."""
LABEL = 9
NARROWEST = 18
"""Columns that a candidate needs to be readable beside others."""
GAP = "  "


def choice_lines(question: str, wanted: Candidate, candidates: Sequence[Candidate]) -> list[str]:
    """The lines of the question, the wanted object, and the candidates."""
    room = min(width(), shutil.get_terminal_size((80, 24)).columns)
    named = {"wanted": wanted, **{str(number): candidate for number, candidate in enumerate(candidates, 1)}}
    space = (room - LABEL - 2 - len(GAP) * len(candidates)) // len(named)
    rows = _beside(named, space) if space >= NARROWEST else _below(named, room)
    links = [f"  {number}  {candidate.url}" for number, candidate in named.items() if candidate.url]
    return ["", *wrapped("", safe(question), 0, room), *rows, *links]


def answers_text(number: int, other: str = "") -> str:
    """The possible answers: `1, 2, n(ew), s(kip)`; `other` is the word for none of the candidates."""
    return ", ".join([*map(str, range(1, number + 1)), *([f"{other[0]}({other[1:]})"] if other else []), "s(kip)"])


def _beside(named: Mapping[str, Candidate], space: int) -> Iterator[str]:
    """Yield a column for each candidate, a row for each fact that is known of any."""
    yield _row("", [[name] for name in named], space)
    for label, fact in ROWS.items():
        texts = [fact(candidate) for candidate in named.values()]
        if any(texts):
            columns = [wrapped("", safe(text), 0, space) for text in texts]
            for line in range(max(map(len, columns))):
                parts = [column[line : line + 1] for column in columns]
                yield _row(label if line == 0 else "", parts, space)


def _row(label: str, parts: Sequence[Sequence[str]], space: int) -> str:
    texts = GAP.join(padded(part[0] if part else "", space) for part in parts)
    return f"  {padded(label, LABEL)}{texts}".rstrip()


def _below(named: Mapping[str, Candidate], room: int) -> Iterator[str]:
    """The candidates below each other, each with its known facts."""
    for name, candidate in named.items():
        yield f"  {name}"
        for label, fact in ROWS.items():
            if fact(candidate):
                yield from wrapped(
                    f"    {label}", safe(fact(candidate)), 4 + LABEL, max(room, 4 + LABEL + cells("…") * 8)
                )
