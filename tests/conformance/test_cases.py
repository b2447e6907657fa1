"""The cases themselves: every store has one, and no exemption hides."""

from __future__ import annotations

import pytest

from integrations.core.http import HttpContext
from integrations.registry import BUILT_IN, adapter
from tests.conformance.case import LAWS
from tests.conformance.cases import CASES
from tests.conformance.laws import applies, in_turn


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_store_of_every_adapter_is_put_to_the_laws(name, tmp_path):
    case = next(case for case in CASES if case.adapter == name)
    package = adapter(name)
    settings = package.Settings.model_validate({"adapter": name, "url": "http://127.0.0.1:1", **case.settings})
    kinds = set(package.connect(case.system, settings, HttpContext(tmp_path)).stores)
    assert kinds == {case.kind for case in CASES if case.adapter == name}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_exemption_names_a_law_and_says_why(case):
    assert set(case.exempt) <= set(LAWS)
    assert all(len(reason) > 20 for reason in case.exempt.values())


@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_kept_by_some_store(law):
    assert any(applies(law, case) for case in CASES)


@pytest.mark.parametrize("case", [case for case in CASES if case.made_as], ids=lambda case: case.name)
def test_who_is_put_to_a_few_faults_only_is_made_as_one_that_is_put_to_all(case):
    (other,) = [candidate for candidate in CASES if candidate.name == case.made_as]
    assert not other.made_as
    assert (other.adapter, other.writes, other.hiding) == (case.adapter, case.writes, case.hiding)


@pytest.mark.parametrize("law", ["faults of reads", "faults of writes", "texts"])
@pytest.mark.parametrize("place", range(4))
def test_the_usual_run_puts_each_system_to_the_whole_of_a_long_row(law, place):
    """Though it spares some stores a part: another store of the same system is put to it."""
    everywhere = {case.system for case in CASES if applies(law, case)}
    assert {case.system for case in CASES if applies(law, case) and not in_turn(case, place)} == everywhere


def test_cases_are_told_apart_by_their_names():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
