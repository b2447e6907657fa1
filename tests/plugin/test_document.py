"""`docs/adapter.md` builds an adapter step by step: what it shows is what is installed here, and works as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.place import Place
from tests.plugin.conftest import PACKAGE

DOCUMENT = (Path(__file__).parents[2] / "docs/adapter.md").read_text(encoding="utf-8")
LONGEST = 150
"""Lines of a small adapter."""
FILES = ("closedwon_notes/__init__.py", "closedwon_notes/store.py")


def shown(name: str) -> str:
    """The block of the document that begins with a file's name."""
    found = re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)\n```", DOCUMENT, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", ["pyproject.toml", *FILES])
def test_it_shows_the_files_that_are_installed(name: str) -> None:
    assert shown(name) == (PACKAGE / name).read_text(encoding="utf-8").strip()


def test_two_files_of_few_lines_are_enough() -> None:
    assert sum(shown(name).count("\n") + 1 for name in FILES) <= LONGEST


@pytest.mark.usefixtures("installed")
def test_its_commands_do_what_it_says(place: Place) -> None:
    settings = place.settings.read_text(encoding="utf-8")
    place.settings.write_text(f"{settings}\n{shown('closedwon.toml')}\n", encoding="utf-8")
    place.write("playbooks/service.toml", shown("playbooks/service.toml"))
    (place.folder / "notes").mkdir()
    assert "$ closedwon check notes\n$ closedwon setup 42\n" in DOCUMENT
    assert place.run("check", "notes").code == 0
    document = place.set_up("42", "--yes")
    assert document["outcome"] == "done"
    assert len(list((place.folder / "notes").glob("*.json"))) == 1
    assert place.set_up("42", "--yes")["steps"][0]["result"] == "kept"
