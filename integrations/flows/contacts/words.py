"""Texts by their words, in any script."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """A text's words in NFC without regard to case; accents and vowel signs are part of a word, and count."""
    folded = unicodedata.normalize("NFC", text.casefold())
    letters = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in folded)
    return tuple("".join(letters).split())
