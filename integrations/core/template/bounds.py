"""How much a template may give, and the filters that could give more than goes in, held to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

LIMIT = 1_000_000
"""Characters that a template may give, also on its way to the end."""


class TemplateFault(ValueError):
    """A template is wrong, or can't be rendered with these values; says where, never a value."""


def replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    """Jinja's filter `replace`, which could multiply a text with each use.

    Raises:
        TemplateFault: It would give more than `LIMIT`.
    """
    given, times = str(text), -1 if count is None else count
    found = given.count(old) if times < 0 else min(times, given.count(old))
    _check(len(given) + found * (len(new) - len(old)))
    return given.replace(old, new, times)


def join(parts: Iterable[Any], separator: str = "") -> str:
    """Jinja's filter `join`, which could multiply a separator by the letters of a text.

    Raises:
        TemplateFault: It would give more than `LIMIT`.
    """
    texts = [str(part) for part in parts]
    _check(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _check(length: int) -> None:
    if length > LIMIT:
        raise TemplateFault(f"gives more than {LIMIT} characters")
