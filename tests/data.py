"""Laws as data: each file of a `cases` folder holds facts and what follows from them, one law a case."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest


def cases(test: str, name: str) -> Any:
    """Return a file's cases as parameters of a test, each named by its law; `test` is the test's own `__file__`."""
    text = (Path(test).parent / "cases" / f"{name}.toml").read_text(encoding="utf-8")
    found = [pytest.param(case, id=case.pop("law")) for case in tomllib.loads(text)["case"]]
    laws = [parameter.id for parameter in found]
    assert len(set(laws)) == len(laws) > 0
    return pytest.mark.parametrize("case", found)


def same(kind: str, law: str) -> list[str]:
    """Return the spellings that one law of likeness takes for one."""
    text = (Path(__file__).parent / f"core/cases/likeness_{kind}.toml").read_text(encoding="utf-8")
    found: list[str] = next(case["same"] for case in tomllib.loads(text)["case"] if case["law"] == law)
    return found
