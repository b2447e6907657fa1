"""The known name that a misspelt one was meant to be: for messages about keys, names and commands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Return the known names that are spelt most like a word, regardless of case; empty where none is close."""
    folded = {name.casefold(): name for name in known}
    return [folded[match] for match in difflib.get_close_matches(word.casefold(), list(folded), n=most)]


def did_you_mean(word: str, known: Iterable[str], *, form: str = "{}", most: int = 1) -> str:
    """Return the end of a message about an unknown word: `; did you mean adapter?`.

    It is empty where no known word is alike. `form` is the format of a name in it.
    """
    close = nearest(word, known, most)
    return f"; did you mean {' or '.join(map(form.format, close))}?" if close else ""


def no_such_key(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Return the message about a key that a model forbids; `location` is pydantic's."""
    return f"there is no such key{did_you_mean(str(location[-1]), keys_at(model, location[:-1]))}"


def keys_at(model: type[BaseModel], location: tuple[int | str, ...] = ()) -> list[str]:
    """Return the keys that are allowed at a location in a model.

    The location may lead through lists, mappings and unions of models.
    """
    models = [model]
    for part in location:
        inner = [found for name, annotation in _fields(models) if name == part for found in _models(annotation)]
        models = inner or ([] if any(name == part for name, _ in _fields(models)) else models)
    return [name for name, _ in _fields(models)]


def _fields(models: Iterable[type[BaseModel]]) -> Iterator[tuple[str, Any]]:
    for model in models:
        for name, field in model.model_fields.items():
            yield field.alias or name, field.annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    from pydantic import BaseModel  # noqa: PLC0415  (a tenth of a second, only for what is misspelt)

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
