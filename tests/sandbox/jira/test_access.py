"""Credentials, people and rights."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from integrations.sandbox.pretend import ACCOUNT
from tests.sandbox.jira.client import DESK, PLATFORM, TIMEOUT, Client


@pytest.mark.parametrize("path", [f"{PLATFORM}/myself", f"{PLATFORM}/project", f"{DESK}/organization"])
@pytest.mark.parametrize("credentials", [None, (ACCOUNT, "wrong"), ("nobody@acme.example", "sandbox-token")])
def test_wrong_or_missing_credentials_are_401(jira: Client, path: str, credentials: tuple[str, str] | None) -> None:
    answer = requests.get(jira.base + path, auth=credentials, timeout=TIMEOUT)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_what_needs_no_credentials_still_refuses_wrong_ones(jira: Client) -> None:
    """A client that asks `serverInfo` to prove its token learns of a wrong one."""
    path = f"{jira.base}{PLATFORM}/serverInfo"
    assert requests.get(path, timeout=TIMEOUT).json()["deploymentType"] == "Cloud"
    assert requests.get(path, auth=(ACCOUNT, "wrong"), timeout=TIMEOUT).status_code == 401


def test_an_unknown_path_is_404_and_a_wrong_method_405(jira: Client) -> None:
    assert "null for uri" in jira.get(f"{PLATFORM}/nothing", 404)["message"]
    assert jira.send("DELETE", f"{PLATFORM}/myself").status_code == 405


def test_people_are_found_by_the_beginning_of_their_e_mail_address(jira: Client) -> None:
    """A prefix is enough, so who looks for one person has to compare the address."""
    found = jira.get(f"{PLATFORM}/user/search", query="reto.frei@acme.example")
    assert [user["displayName"] for user in found] == ["Reto Frei"]
    assert jira.get(f"{PLATFORM}/user/search", query="reto.f") == found


@pytest.mark.parametrize("email", ["anna.keller@acme.example", "marc.dubois@acme.example"])
def test_who_is_deactivated_or_hides_the_address_is_not_found_by_it(jira: Client, email: str) -> None:
    account_id = jira.account_id(email)
    assert jira.get(f"{PLATFORM}/user/search", query=email) == []
    assert jira.get(f"{PLATFORM}/user", accountId=account_id)["accountId"] == account_id


def test_a_hidden_address_is_left_out_of_every_answer(jira: Client) -> None:
    account_id = jira.account_id("marc.dubois@acme.example")
    assert "emailAddress" not in jira.get(f"{PLATFORM}/user", accountId=account_id)
    [found] = jira.get(f"{PLATFORM}/user/search", query="Dubois")
    assert found["accountId"] == account_id
    assert "emailAddress" not in found


def test_addresses_of_avatars_are_addresses_whatever_the_name(jira: Client) -> None:
    """The document wants a URI of each; a name's first letters may be none that stand in one."""
    for number, name in enumerate(("Ümit Łuk", "<b> /?#", "🚤 Boote")):
        made = jira.post(f"{DESK}/customer", {"email": f"{number}@somewhere.example", "displayName": name})
        shown = jira.get(f"{PLATFORM}/user", accountId=made["accountId"])["avatarUrls"]
        for address in shown.values():
            assert re.fullmatch(r"http://[A-Za-z0-9.:/%?=_-]+", address)
            assert urlsplit(address).query.startswith("size=")


def test_a_new_account_is_not_found_until_the_index_has_caught_up(jira: Client) -> None:
    jira.trap(jira_index_lag=1000)
    made = jira.post(f"{DESK}/customer", {"email": "new@somewhere.example", "displayName": "New"})
    assert jira.get(f"{PLATFORM}/user/search", query="new@somewhere.example") == []
    assert jira.get(f"{PLATFORM}/user", accountId=made["accountId"])["displayName"] == "New"
    jira.trap(jira_index_lag=0)
    assert len(jira.get(f"{PLATFORM}/user/search", query="new@somewhere.example")) == 1


def test_an_account_is_hidden_and_deactivated_by_hand(jira: Client) -> None:
    url, email = f"{jira.root}/_sandbox/jira/account", "reto.frei@acme.example"
    assert requests.post(url, json={"email": email, "emailHidden": True}, timeout=TIMEOUT).status_code == 204
    [found] = jira.get(f"{PLATFORM}/user/search", query="Reto")
    assert "emailAddress" not in found
    assert requests.post(url, json={"email": email, "active": False}, timeout=TIMEOUT).status_code == 204
    assert jira.get(f"{PLATFORM}/user/search", query="Reto") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"email": "nobody@acme.example", "active": False}, 404),
        ({"email": "reto.frei@acme.example"}, 400),
        ({"email": "reto.frei@acme.example", "active": "no"}, 400),
        ({"email": "reto.frei@acme.example", "accountId": True}, 400),
        (["active"], 400),
    ],
)
def test_what_is_not_understood_changes_no_account(jira: Client, body: Any, status: int) -> None:
    before = dict(jira.world.state.table("jira", "user"))
    assert requests.post(f"{jira.root}/_sandbox/jira/account", json=body, timeout=TIMEOUT).status_code == status
    assert dict(jira.world.state.table("jira", "user")) == before


def test_who_may_not_browse_users_finds_nobody_without_an_error(jira: Client) -> None:
    jira.lose("Browse users and groups")
    assert jira.get(f"{PLATFORM}/user/search", query="reto") == []
    jira.get(f"{PLATFORM}/user", 403, accountId=jira.account_id("reto.frei@acme.example"))


def test_usernames_are_gone(jira: Client) -> None:
    jira.get(f"{PLATFORM}/user/search", 400, username="reto")


def _have(jira: Client, key: str, **query: Any) -> bool:
    found = jira.get(f"{PLATFORM}/mypermissions", permissions=key, **query)
    return bool(found["permissions"][key]["havePermission"])


@pytest.mark.parametrize(
    ("right", "key"),
    [
        ("Browse Projects:OPS", "BROWSE_PROJECTS"),
        ("Administer Projects:OPS", "ADMINISTER_PROJECTS"),
        ("Create Issues:OPS", "CREATE_ISSUES"),
    ],
)
def test_the_rights_on_a_project_are_told_truly(jira: Client, right: str, key: str) -> None:
    number = int(jira.get(f"{PLATFORM}/project/OPS")["id"])
    check = {"projectPermissions": [{"permissions": [key], "projects": [number]}]}
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["projectPermissions"][0]["projects"] == [number]
    jira.lose(right)
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["projectPermissions"][0]["projects"] == []
    assert _have(jira, key), "another project grants it"
    assert _have(jira, key, projectKey="HAND")
    if key == "BROWSE_PROJECTS":
        jira.get(f"{PLATFORM}/mypermissions", 404, permissions=key, projectKey="OPS")
    else:
        assert not _have(jira, key, projectKey="OPS")


def test_the_right_to_administer_is_told_truly(jira: Client) -> None:
    check = {"globalPermissions": ["ADMINISTER"]}
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["globalPermissions"] == ["ADMINISTER"]
    jira.lose("Administer Jira")
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["globalPermissions"] == []
    assert not _have(jira, "ADMINISTER")


def test_rights_are_told_only_by_name(jira: Client) -> None:
    jira.get(f"{PLATFORM}/mypermissions", 400)
    jira.get(f"{PLATFORM}/mypermissions", 400, permissions="CREATE_ORGANIZATIONS")


def test_an_account_is_asked_for_by_its_id(jira: Client) -> None:
    account_id = jira.account_id("reto.frei@acme.example")
    assert jira.get(f"{PLATFORM}/user/search", accountId=account_id)[0]["displayName"] == "Reto Frei"
    jira.get(f"{PLATFORM}/user/search", 400)
    jira.get(f"{PLATFORM}/user", 400)
    jira.get(f"{PLATFORM}/user", 400, username="reto")
    jira.get(f"{PLATFORM}/user", 404, accountId="nobody")


def test_the_rights_on_an_issue_are_those_on_its_project(jira: Client) -> None:
    number = int(jira.get(f"{PLATFORM}/issue/OPS-1")["id"])
    check = {"projectPermissions": [{"permissions": ["EDIT_ISSUES"], "issues": [number, 1]}]}
    assert _have(jira, "EDIT_ISSUES", issueKey="OPS-1")
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["projectPermissions"][0]["issues"] == [number]
    jira.lose("Edit Issues:OPS")
    assert not _have(jira, "EDIT_ISSUES", issueKey="OPS-1")
    assert jira.post(f"{PLATFORM}/permissions/check", check, 200)["projectPermissions"][0]["issues"] == []
    jira.get(f"{PLATFORM}/mypermissions", 404, permissions="EDIT_ISSUES", issueKey="OPS-99")


@pytest.mark.parametrize(
    "body",
    [
        {"globalPermissions": ["BROWSE_PROJECTS"]},
        {"projectPermissions": [{"permissions": []}]},
        {"projectPermissions": [7]},
    ],
)
def test_a_check_of_unknown_rights_is_refused(jira: Client, body: Any) -> None:
    jira.post(f"{PLATFORM}/permissions/check", body, 400)
