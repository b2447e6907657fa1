from __future__ import annotations

import pytest

from integrations.core.dates import dated
from integrations.core.errors import AuthError
from integrations.core.system import Report
from integrations.sandbox.pretend import ACCOUNT
from tests.odoo.company import Company

KINDS = frozenset({"deals", "customer"})


def texts(report: Report) -> str:
    return "\n".join(finding.text for finding in report.findings)


def test_an_account_with_all_rights_has_no_faults_and_nothing_is_written(company: Company) -> None:
    company.operations()
    report = company.system(account_manager="lena.gerber@acme.example").check(KINDS)
    assert report.account == ACCOUNT
    assert report.faults == ()
    assert company.operations(writing=True) == []


def test_a_missing_right_is_named_with_who_grants_it(company: Company) -> None:
    company.lose_rights("res.partner:create", "res.partner.category:create")
    faults = company.system().check(KINDS).faults
    assert {fault.text.removeprefix(f"{ACCOUNT} may not ") for fault in faults} == {
        "create res.partner",
        "create res.partner.category",
    }
    assert {fault.who for fault in faults} == {"an Odoo administrator"}


def test_for_reading_no_right_to_write_is_asked_for(company: Company) -> None:
    company.lose_rights("res.partner:create", "res.partner:write", "crm.lead:write")
    assert company.system().check(frozenset()).faults == ()


def test_a_wrong_key_is_no_report_but_an_error(company: Company) -> None:
    system = company.system()
    (company.folder / "key").write_text("wrong")
    with pytest.raises(AuthError, match="not accepted"):
        system.check(KINDS)


def test_the_end_of_the_key_is_told_where_the_version_knows_it(newest: Company) -> None:
    """Earlier versions' keys do not end."""
    report = newest.system().check(KINDS)
    assert report.key_until is not None
    assert dated(report.key_until) in texts(report)
    newest.version("17.0")
    report = newest.system().check(KINDS)
    assert report.key_until is None
    assert "does not end" in texts(report)


def test_settings_that_name_what_odoo_lacks_are_faults(company: Company) -> None:
    engagement = {"field": "x_missing", "map": {"a": "service"}}
    system = company.system(account_manager="nobody@acme.example", engagement=engagement)
    text = "\n".join(fault.text for fault in system.check(KINDS).faults)
    assert "x_missing" in text
    assert "nobody@acme.example" in text


def test_a_missing_app_is_a_fact_and_no_fault(company: Company) -> None:
    company.lose_rights("app:sale")
    report = company.system().check(KINDS)
    assert report.faults == ()
    assert "no Sales app" in texts(report)


def test_an_account_that_sees_only_its_own_deals_is_a_fault(newest: Company) -> None:
    newest.lose_rights("group:sales_team.group_sale_salesman_all_leads")
    (fault,) = newest.system().check(KINDS).faults
    assert "own deals only" in fault.text
