"""Errors are values too: they are copied to say the same without a name, and handed between threads and processes."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import cli
import config
import integrations
from integrations.core.errors import Ambiguous, Candidate, ClosedwonError, ConfigError, Fault
from integrations.core.ledger.heirs import Gone

REQUIRED: dict[str, Any] = {
    "message": "it failed",
    "candidates": (Candidate("1", "One"), Candidate("2", "Two")),
    "step": "page",
    "answer": {"ids": False},
    "gone": Gone("101"),
    "name": "Muster AG",
    "who": "Lena",
    "next": "Say who.",
}
"""By name: a value for each argument that some class requires."""


def modules() -> Iterator[str]:
    """Every module of ours, so that every class of error is known."""
    for package in (integrations, config, cli):
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def subclasses(of: type[ClosedwonError]) -> Iterator[type[ClosedwonError]]:
    for subclass in of.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def made(kind: type[ClosedwonError]) -> ClosedwonError:
    """An error of this class, with everything in it that its constructor takes."""
    if issubclass(kind, ConfigError):
        return kind(Fault("closedwon.toml", "[jira]", "is wrong"), next="Fix it.")
    needed = [
        parameter.name
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.default is parameter.empty
    ]
    error = kind(**{name: REQUIRED[name] for name in needed})
    error.next = "Do this."
    error.add_note("found later")
    return error


for _name in modules():
    importlib.import_module(_name)
KINDS = [ClosedwonError, *sorted(set(subclasses(ClosedwonError)), key=lambda kind: kind.__qualname__)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, *(lambda error, at=at: pickle.loads(pickle.dumps(error, at)) for at in (0, 2, 5))],  # noqa: S301
    ids=["copy", "deepcopy", "pickle 0", "pickle 2", "pickle 5"],
)
def test_every_error_survives_being_copied(kind: type[ClosedwonError], copied: Any) -> None:
    """Whatever its constructor requires, a copy has the same class, text and attributes."""
    error = made(kind)
    other = copied(error)
    assert type(other) is kind
    assert other is not error
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_an_error_that_says_something_else_says_it_everywhere() -> None:
    """The former text, which may have somebody's address, is nowhere in the copy; the original stays as it is."""
    error = Ambiguous("two have eva@example.com", candidates=(Candidate("1", "One"),), system="panel")
    other = error.saying("two have this address")
    assert (other.message, str(other), other.candidates, other.system) == (
        "two have this address",
        "two have this address",
        error.candidates,
        "panel",
    )
    assert "eva@example.com" not in f"{other!r} {other.args} {vars(other)}"
    assert str(error) == "two have eva@example.com"
