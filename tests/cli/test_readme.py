"""The README's first transcript is what the command prints."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.cli.place import Place
from tests.cli.terminal import Terminal

README = Path(__file__).parents[2] / "README.md"
LEFT_OUT = "  ..."
ASKED = "Do it? [y/N]: "


def _transcripts() -> Iterator[tuple[str, list[str]]]:
    """Each command of the first block, with what it prints."""
    (block,) = re.findall(r"```\n(\$ closedwon setup 42\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[:1]
    for part in block.removeprefix("$ ").split("\n$ "):
        command, *lines = part.rstrip("\n").split("\n")
        yield command, lines


def _alike(line: str) -> str:
    """A line without what is another one in each run: ids, seconds, ports, and the year of a day that is past."""
    line = re.sub(r"\b[0-9a-f]{8}\b", "PLAN", line)
    line = re.sub(r"\b[0-9.]+ s\b", "N s", line)
    line = re.sub(r"127\.0\.0\.1:[0-9]+", "HOST", line)
    return re.sub(r"(won \w{3} \d+ \w{3}) \d{4}", r"\1", line)


def _is_printed(lines: list[str], printed: list[str]) -> bool:
    """Whether the lines are what was printed; where some are left out, any number of lines may stand."""
    if not lines or not printed:
        return not printed and all(line == LEFT_OUT for line in lines)
    if lines[0] == LEFT_OUT:
        return _is_printed(lines[1:], printed) or _is_printed(lines, printed[1:])
    return lines[0] == printed[0] and _is_printed(lines[1:], printed[1:])


def test_the_first_transcript_is_what_is_printed(place: Place) -> None:
    for command, lines in _transcripts():
        person = Terminal(shlex.split(command)[1:], place.folder)
        for line in lines:
            if ASKED in line:
                person.answer(ASKED, line.partition(ASKED)[2])
        assert person.end() == 0
        # Seconds of a busy machine have another length, and the line is wrapped elsewhere.
        text = person.text.rstrip("\n").replace("sent to the customer.", "sent to the\ncustomer.")
        printed = [line for line in text.split("\n") if not line.startswith("planning")]
        assert _is_printed([_alike(line) for line in lines], [_alike(line) for line in printed]), person.text
        person.kill()
