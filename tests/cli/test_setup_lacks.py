"""What a deal lacks before its first invoice stands in the plan of its set-up, and holds nothing."""

from __future__ import annotations

import pytest

from tests.cli.place import Place


def test_the_plan_says_what_is_lacking_with_who_acts_and_does_everything_all_the_same(place: Place) -> None:
    shown = place.setup("42", "-n")
    assert shown.code == 3
    assert "\n  ! Invoicing  The VAT number can't be right" in shown.out
    assert "Reto Frei: Ask the customer for its VAT number" in shown.said
    assert shown.out.index("! Invoicing") < shown.out.index("Plan ")
    done = place.setup("42", "--yes")
    assert done.code == 0
    assert done.out.count("! Invoicing") == 1, "with the plan, and not again at the end"


def test_the_document_says_it_and_no_deal_means_no_warning(place: Place) -> None:
    (warning,) = place.set_up("42", "-n")["warnings"]
    assert (warning["rule"], warning["who"]) == ("vat-number", "Reto Frei")
    assert place.set_up("999999")["warnings"] == []


@pytest.mark.parametrize(("line", "code", "text"), [("on = false", 3, ""), ("grace_days = -1", 2, "vat-number")])
def test_only_a_rule_that_is_on_warns_and_its_settings_are_checked_first(
    place: Place, line: str, code: int, text: str
) -> None:
    place.edit("[erp]\n", f"[invoices.rules.vat-number]\n{line}\n[erp]\n")
    ended = place.setup("42", "-n")
    assert (ended.code, "! Invoicing" in ended.out) == (code, False)
    assert text in ended.said
    assert code == 3 or place.requests() == []
