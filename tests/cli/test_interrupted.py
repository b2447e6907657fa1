"""What a set-up that Ctrl-C stopped says of the steps that it had not begun."""

from __future__ import annotations

import pytest

from cli.render.setup import outcome_lines
from tests.flows.test_outcome import ended, result


@pytest.mark.parametrize(
    ("interrupted", "text", "unsaid"),
    [(True, "was not begun", "read only here"), (False, "[a] is read only here", "not begun")],
)
def test_what_was_not_begun_is_not_said_to_be_read_only(interrupted: bool, text: str, unsaid: str) -> None:
    lines = " ".join(" ".join(outcome_lines(ended(result("planned"), interrupted=interrupted))).split())
    assert text in lines
    assert unsaid not in lines
