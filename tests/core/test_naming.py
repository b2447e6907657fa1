"""Names are proposed by one module: the same everywhere, within every vendor's limits, and recognised again."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.names import (
    LONGEST,
    abridged,
    distinctions,
    further_keys,
    identifier,
    is_named,
    project_key,
    title,
    unlabelled,
)
from integrations.core.text import one_line

NAMES = st.text(min_size=1, max_size=260).map(one_line).filter(bool)
CITIES = st.text(max_size=60)
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}")


@pytest.mark.parametrize(
    ("name", "city", "first"),
    [
        ("Alpina Treuhand AG", "Chur", "Chur"),
        ("Alpina Treuhand AG", "Langnau (BE)", "Langnau BE"),
        ("Garage Winterthur AG", "Winterthur", "2"),
        ("Winterthurer Garage AG", "Winterthur", "Winterthur"),
        ("Alpina Treuhand AG", "", "2"),
        ("Alpina Treuhand AG", "★", "2"),
        ("Alpina Treuhand AG", "3", "2"),
        ("山田商事", "東京", "東京"),
    ],
)
def test_the_city_tells_namesakes_apart_unless_the_name_says_it_already(name: str, city: str, first: str) -> None:
    assert next(distinctions(name, city)) == first


@pytest.mark.parametrize(
    ("name", "distinction", "slug", "key"),
    [
        ("Müller & Söhne AG", "", "mueller-soehne", "MSAG"),
        ("Müller & Söhne AG", "St. Gallen", "mueller-soehne-st-gallen", "MSAGSTGA"),
        ("Müller & Söhne AG", "2", "mueller-soehne-2", "MSAG2"),
        ("Default AG", "", "customer-default", "DAG"),
        ("★ ★", "", "customer", "CUST"),
        ("★ ★", "Bern", "customer-bern", "CUSTBERN"),
    ],
)
def test_slugs_and_keys_say_what_was_added(name: str, distinction: str, slug: str, key: str) -> None:
    assert identifier(name, distinction, ("default",)) == slug
    assert project_key(f"Customer: {name}", distinction) == key


@pytest.mark.parametrize(
    ("found", "is_it"),
    [
        ("Alpina Treuhand AG (Chur)", True),
        ("alpina treuhand ag (2)", True),
        ("Alpina Treuhand AG (53c6d1)", True),
        ("Alpina Treuhand AG", False),
        ("Alpina Treuhand GmbH (Chur)", False),
        ("Alpina Treuhand AG (Chur) GmbH", False),
        ("Alpina Treuhand AG ()", False),
    ],
)
def test_a_name_with_something_added_is_recognised(found: str, *, is_it: bool) -> None:
    assert is_named(found, "Alpina Treuhand AG", 200) is is_it


@settings(max_examples=60, deadline=None)
@given(NAMES, CITIES, st.sampled_from([80, 200, 255]))
def test_every_title_fits_and_is_recognised_whatever_is_added(name: str, city: str, limit: int) -> None:
    plain = title(name, "", limit)
    for added in itertools.islice(distinctions(name, city), 3):
        assert 0 < len(added) <= LONGEST
        given_name = title(plain, added, limit)
        assert len(given_name) <= limit
        assert given_name.endswith(f" ({added})")
        assert is_named(given_name, plain, limit)
        assert len(abridged(given_name, 60)) <= 60
        assert abridged(given_name, 60).endswith(f" ({added})")


@settings(max_examples=60, deadline=None)
@given(NAMES, CITIES)
def test_every_slug_is_a_label_and_every_key_a_key(name: str, city: str) -> None:
    added = ["", *itertools.islice(distinctions(name, city), 3)]
    slugs = [identifier(name, taken, ("kube-",)) for taken in added]
    keys = [project_key(name, taken) for taken in added]
    assert len(set(slugs)) == len(added)
    assert len(set(keys)) == len(added)
    assert all(LABEL.fullmatch(slug) for slug in slugs)
    for key in keys:
        others = [key, *further_keys(key)]
        assert all(KEY.fullmatch(other) for other in others)
        assert len(set(others)) == len(others) > 90
    assert unlabelled(f"Customer: {name}").strip() == name
