"""Every rule against its data cases, and laws that hold for all of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.findings import judge
from integrations.flows.invoicing.rules.every import RULES
from tests.flows.invoicing.facts import Case, cases, said

CASES = list(cases())
LONGEST = 400
"""Days that a verdict is followed."""


def _named(case: Case) -> str:
    return f"{case.rule}: {case.name}"


def _rule(case: Case):
    return next(rule for rule in RULES if rule.id == case.rule)


def _settings(case: Case):
    return _rule(case).settings.model_validate(case.settings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_case_that_fires_a_trap_and_an_edge(rule):
    """A rule without data is a claim."""
    kinds = Counter(case.kind for case in CASES if case.rule == rule.id)
    assert kinds.keys() == {"fires", "trap", "edge"}, kinds


def test_every_case_is_of_a_rule():
    """A misspelt file would test nothing."""
    assert {case.rule for case in CASES} == {rule.id for rule in RULES}


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_the_rule_finds_what_is_there_and_nothing_else(case):
    """Exactly the hits that the case names; one that fires names some, a trap none."""
    hits, again = said(_rule(case), case.facts, _settings(case), case.today)
    found = {hit.subject: hit for hit in hits}
    assert len(found) == len(hits), "two hits with one subject"
    assert found.keys() == {expected["subject"] for expected in case.hits}
    for expected in case.hits:
        for field, value in expected.items():
            assert str(getattr(found[expected["subject"]], field)) == str(value), field
    if case.again is not None:
        assert again == case.again
    assert case.kind == "edge" or bool(case.hits) is (case.kind == "fires")


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_a_verdict_stays_until_the_day_that_the_rule_named(case):
    """An account is read again only when it changed or when that day comes: nothing may change before."""
    rule, settings = _rule(case), _settings(case)
    today = case.today
    for _ in range(6):
        hits, again = said(rule, case.facts, settings, today)
        until = min(again or today + timedelta(days=LONGEST), today + timedelta(days=LONGEST))
        day = today + timedelta(days=1)
        while day < until:
            assert said(rule, case.facts, settings, day)[0] == hits, f"{today} says {again}, but {day} differs"
            day += timedelta(days=1)
        if again is None or (again - case.today).days > LONGEST:
            return
        today = again


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_what_is_found_can_be_told(case):
    """Amounts have a currency, subjects no blanks at their ends, messages no full stop and not the customer's name."""
    settings = catalogue({case.rule: case.settings}).settings
    for finding in judge(case.facts, RULES, settings, case.today).findings:
        assert finding.amount is None or finding.currency
        assert finding.subject == finding.subject.strip()
        assert finding.message
        assert not finding.message.endswith(".")
        assert not case.facts.name.strip() or case.facts.name not in finding.message
