"""Text on its way to another system: words stay apart, and names keep their letters."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.text import clean, one_line, romanized, slug
from tests.data import cases

SILENT = {"א": ["א", "ע"], "Ѐ": ["Ъ", "Ь", "ъ", "ь"]}
"""Letters that Latin ones do not spell."""


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u2028", "\u2029"]
)
def test_whatever_ends_a_line_keeps_words_apart(end):
    """Word's line breaks are vertical tabs, its page breaks form feeds; the web has line and paragraph separators."""
    assert clean(f"Anna{end}Muster") == "Anna\nMuster"
    assert one_line(f"Anna{end}Muster{end}{end}AG") == "Anna Muster AG"


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\u202e", "\u2066"])
def test_what_shows_nothing_or_something_else_goes(sign):
    assert clean(f"Anna{sign}Muster") == "AnnaMuster"


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_cleaned_text_is_clean_and_keeps_its_words(text):
    assert clean(clean(text)) == clean(text) == unicodedata.normalize("NFC", clean(text))
    assert one_line(one_line(text)) == one_line(text)
    assert len(one_line(text).splitlines()) <= 1
    letters = {sign for sign in unicodedata.normalize("NFC", text) if sign.isalnum()}
    assert letters <= set(one_line(text))


@cases(__file__, "slugs")
def test_a_name_becomes_a_label_that_reads_like_it(case):
    for name, expected in case["slugs"]:
        assert slug(name) == expected, name
        assert slug(unicodedata.normalize("NFD", name)) == expected, name
        assert slug(expected, limit=80) == expected or expected in ("ag", "se"), name


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_every_slug_is_a_label(name):
    """RFC 1123: letters, digits, inner hyphens."""
    found = slug(name)
    assert found == "" or re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", found)


@pytest.mark.parametrize(
    ("first", "last"),
    [("À", "ſ"), ("Ά", "Ώ"), ("Α", "ώ"), ("Ѐ", "ҁ"), ("Ա", "Ֆ"), ("ა", "ჶ"), ("א", "ת"), ("ぁ", "ゖ"), ("一", "丏")],
)
def test_no_letter_of_an_alphabet_is_lost(first, last):
    """Or `Işık` and `Isk` would be one."""
    letters = [chr(point) for point in range(ord(first), ord(last) + 1)]
    assert [letter for letter in letters if letter.isalpha() and not romanized(letter)] == SILENT.get(first, [])
