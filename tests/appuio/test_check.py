"""What `check` tells of the control panel."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest

from integrations.appuio.check import key_until
from integrations.core.errors import AuthError
from tests.appuio.conftest import Connect
from tests.appuio.people import Panel

ORGANIZATION = frozenset({"organization"})


def test_a_panel_in_order_has_no_faults_and_nothing_is_written(connect: Connect, panel: Panel) -> None:
    before = panel.organizations()
    report = connect().check(ORGANIZATION)
    assert report.account == "closedwon@acme.example"
    assert report.faults == ()
    texts = [finding.text for finding in report.findings]
    assert "create organizations.organization.appuio.io" in texts
    assert "can delete organizations, needn't" in texts
    assert "how long the token lives is not known" in texts
    assert panel.organizations() == before


@pytest.mark.parametrize(
    "right",
    ["list:organizations", "get:organizations", "create:organizations", "patch:organizations", "get:billingentities"],
)
def test_a_missing_right_is_a_fault_with_somebody_to_mend_it(connect: Connect, panel: Panel, right: str) -> None:
    panel.control("rights", {"system": "panel", "missing": [right]})
    (fault,) = connect().check(ORGANIZATION).faults
    assert fault.text.startswith(right.replace(":", " "))
    assert fault.who == "an APPUiO administrator"


def test_reading_alone_needs_no_right_to_write(connect: Connect, panel: Panel) -> None:
    missing = ["create:organizations", "patch:organizations", "get:billingentities"]
    panel.control("rights", {"system": "panel", "missing": missing})
    assert connect().check(frozenset()).faults == ()


MEMBER_RIGHTS = (
    "get:organizationmembers",
    "patch:organizationmembers",
    "update:organizationmembers",
    "list:users",
    "list:invitations",
    "create:invitations",
)


@pytest.mark.parametrize("right", MEMBER_RIGHTS)
def test_a_right_that_members_need_is_missed_by_them_alone(connect: Connect, panel: Panel, right: str) -> None:
    panel.control("rights", {"system": "panel", "missing": [right]})
    (fault,) = connect().check(frozenset({"member"})).faults
    assert fault.text.startswith(right.replace(":", " "))
    assert fault.who == "an APPUiO administrator"
    assert connect().check(ORGANIZATION).faults == ()


@pytest.mark.parametrize("right", ["get", "delete"])
def test_who_may_withdraw_but_their_own_invitations_lacks_nothing(connect: Connect, panel: Panel, right: str) -> None:
    panel.control("rights", {"system": "panel", "missing": [f"{right}:invitations"]})
    report = connect().check(frozenset({"member"}))
    assert report.faults == ()
    findings = [finding for finding in report.findings if finding.text.endswith("only those that we made ourselves")]
    assert [(finding.text.split()[0], finding.minor) for finding in findings] == [(right, False)]


def test_a_wrong_token_is_an_error_of_credentials(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANEL_TOKEN", "wrong")
    with pytest.raises(AuthError):
        connect().check(ORGANIZATION)


def test_a_service_accounts_token_tells_its_last_day() -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": 1_800_000_000}).encode()).decode().rstrip("=")
    assert key_until(f"x.{payload}.y") == dt.date(2027, 1, 15)


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.bm8.c", "a.e30.c", "a..c", "a.eyJleHAiOiAiYSJ9.c"])
def test_any_other_token_tells_nothing(token: str) -> None:
    assert key_until(token) is None
