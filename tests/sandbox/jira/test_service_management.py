"""Service Management: organizations, their marks, members and desks; the customers' people; requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.client import DESK, PLATFORM, TEXT, Client

ORGANIZATION = f"{DESK}/organization"
SEEDED = 4


def _names(jira: Client) -> list[str]:
    return [organization["name"] for organization in jira.state()["organization"]]


def test_creating_a_name_that_exists_may_make_a_second(jira: Client) -> None:
    first, second = (jira.post(ORGANIZATION, {"name": "Alpina Treuhand AG"})["id"] for _ in range(2))
    assert first != second


def test_creating_a_name_that_exists_may_give_the_first_with_the_same_201(jira: Client) -> None:
    jira.trap(jira_organization_name="existing")
    first, second = (jira.post(ORGANIZATION, {"name": "Alpina Treuhand AG"})["id"] for _ in range(2))
    assert first == second
    assert jira.post(ORGANIZATION, {"name": "Fondation Lac Noir"})["id"] == "1"
    assert len(_names(jira)) == SEEDED + 1


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "  "}, {"name": "x" * 201}, {"name": 7}, {"title": "x"}])
def test_a_name_has_1_to_200_characters(jira: Client, body: Any) -> None:
    assert jira.post(ORGANIZATION, body, 400)["errorMessage"]
    assert len(_names(jira)) == SEEDED
    assert jira.post(ORGANIZATION, {"name": "ü" * 200})["name"] == "ü" * 200


def test_the_id_is_text_and_in_the_link_call_a_number(jira: Client) -> None:
    made = jira.post(ORGANIZATION, {"name": "Atomic AG"})["id"]
    assert isinstance(made, str)
    jira.post(f"{DESK}/servicedesk/1/organization", {"organizationId": made}, 400)
    for _ in range(2):
        jira.post(f"{DESK}/servicedesk/1/organization", {"organizationId": int(made)}, 204)
    linked = [organization["id"] for organization in jira.get(f"{DESK}/servicedesk/1/organization")["values"]]
    assert linked.count(made) == 1
    for _ in range(2):
        jira.delete(f"{DESK}/servicedesk/1/organization", {"organizationId": int(made)})
    assert jira.get(f"{ORGANIZATION}/{made}")["id"] == made
    assert jira.get(f"{DESK}/servicedesk/1/organization")["size"] == SEEDED


def test_linking_what_does_not_exist_is_404(jira: Client) -> None:
    jira.post(f"{DESK}/servicedesk/1/organization", {"organizationId": 999}, 404)
    jira.post(f"{DESK}/servicedesk/9/organization", {"organizationId": 1}, 404)
    jira.post(f"{DESK}/servicedesk/1/organization", {}, 400)


@pytest.mark.parametrize("path", [ORGANIZATION, f"{DESK}/servicedesk/1/organization"])
def test_listings_come_in_pages_of_at_most_fifty(jira: Client, path: str) -> None:
    assert jira.get(path, limit=1000)["limit"] == 50
    jira.trap(page_size=3)
    first = jira.get(path)
    assert (first["size"], first["start"], first["limit"], first["isLastPage"]) == (3, 0, 3, False)
    second = jira.session.get(first["_links"]["next"], timeout=10).json()
    assert (second["size"], second["isLastPage"]) == (1, True)
    assert "next" not in second["_links"]
    assert len({organization["id"] for organization in first["values"] + second["values"]}) == SEEDED


def test_a_property_is_the_mark_and_is_read_before_it_is_written(jira: Client) -> None:
    path = f"{ORGANIZATION}/1/property/closedwon"
    jira.get(path, 404)
    jira.put(path, {"key": "101"}, 201)
    jira.put(path, {"key": "101"}, 200)
    assert jira.get(path)["value"] == {"key": "101"}
    assert [row["key"] for row in jira.get(f"{ORGANIZATION}/1/property")["keys"]] == ["closedwon"]
    jira.get(f"{ORGANIZATION}/999/property/closedwon", 404)
    jira.get(f"{ORGANIZATION}/abc/property/closedwon", 400)


def test_whether_organizations_may_be_created_no_call_shows(jira: Client) -> None:
    before = jira.get(f"{PLATFORM}/mypermissions", permissions="ADMINISTER,SERVICEDESK_AGENT", projectKey="SUP")
    jira.lose("Create Organizations")
    after = jira.get(f"{PLATFORM}/mypermissions", permissions="ADMINISTER,SERVICEDESK_AGENT", projectKey="SUP")
    assert before == after
    jira.post(ORGANIZATION, {"name": "Atomic AG"}, 403)
    assert len(_names(jira)) == SEEDED


def test_who_is_no_agent_writes_nothing_and_sees_only_his_own(jira: Client) -> None:
    jira.lose("Service Desk Agent")
    assert jira.get(ORGANIZATION)["values"] == []
    jira.get(f"{ORGANIZATION}/1", 404)
    jira.post(ORGANIZATION, {"name": "Atomic AG"}, 403)
    jira.put(f"{ORGANIZATION}/1/property/closedwon", {"key": "1"}, 403)
    jira.post(f"{ORGANIZATION}/1/user", {"accountIds": ["x"]}, 403)
    jira.post(f"{DESK}/servicedesk/1/organization", {"organizationId": 1}, 403)
    jira.get(f"{DESK}/servicedesk/1/organization", 403)


def test_a_desk_whose_project_may_not_be_browsed_does_not_exist(jira: Client) -> None:
    assert jira.get(f"{DESK}/servicedesk/1")["projectKey"] == "SUP"
    jira.lose("Browse Projects:SUP")
    jira.get(f"{DESK}/servicedesk/1", 404)
    assert jira.get(f"{DESK}/servicedesk")["values"] == []


def test_adding_and_removing_members_is_204_whatever_was(jira: Client) -> None:
    path, body = f"{ORGANIZATION}/2/user", {"accountIds": [jira.account_id("reto.frei@acme.example")]}
    for _ in range(2):
        jira.post(path, body, 204)
    assert [user["displayName"] for user in jira.get(path)["values"]] == ["Reto Frei"]
    for _ in range(2):
        jira.delete(path, body)
    assert jira.get(path)["size"] == 0


@pytest.mark.parametrize("body", [{}, {"accountIds": ["nobody"]}, {"usernames": ["reto"]}, {"accountIds": ["x"] * 51}])
def test_members_are_named_by_account_id_and_at_most_fifty(jira: Client, body: Any) -> None:
    jira.post(f"{ORGANIZATION}/2/user", body, 400)


def test_an_address_makes_one_customer_and_then_a_conflict(jira: Client) -> None:
    body = {"email": "Beat@mueller-soehne.example", "displayName": "Beat Müller"}
    made = jira.post(f"{DESK}/customer?strictConflictStatusCode=true", body)
    lower = {**body, "email": body["email"].lower()}
    jira.post(f"{DESK}/customer?strictConflictStatusCode=true", lower, 409)
    jira.post(f"{DESK}/customer", lower, 400)
    [found] = jira.get(f"{PLATFORM}/user/search", query=lower["email"])
    assert (found["accountId"], found["accountType"]) == (made["accountId"], "customer")


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": "a@b.example", "phone": "1"}])
def test_a_customer_needs_an_address_and_nothing_unknown(jira: Client, body: Any) -> None:
    jira.post(f"{DESK}/customer", body, 400)


def test_a_customer_s_e_mail_address_may_be_one_of_ours(jira: Client) -> None:
    jira.post(f"{DESK}/customer?strictConflictStatusCode=true", {"email": "reto.frei@acme.example"}, 409)


def test_experimental_operations_want_a_header(jira: Client) -> None:
    account_id = jira.account_id("finances@lacnoir.example")
    jira.post(f"{DESK}/servicedesk/1/customer", {"accountIds": [account_id]}, 204)
    jira.get(f"{DESK}/servicedesk/1/customer", 412)
    answer = jira.send("GET", f"{DESK}/servicedesk/1/customer", headers={"X-ExperimentalApi": "opt-in"})
    assert [user["accountId"] for user in answer.json()["values"]] == [account_id]


def test_a_request_shows_in_the_portal(jira: Client) -> None:
    [kind, *_] = jira.get(f"{DESK}/servicedesk/1/requesttype")["values"]
    values = {"summary": "Help", "description": TEXT}
    body = {"serviceDeskId": "1", "requestTypeId": kind["id"], "requestFieldValues": values, "isAdfRequest": True}
    key = jira.post(f"{DESK}/request", body)["issueKey"]
    [issue] = [issue for issue in jira.state()["issue"] if issue["key"] == key]
    assert issue["customer_visible"]
    jira.post(f"{DESK}/request", {**body, "requestTypeId": "99"}, 400)


def test_a_deleted_organization_is_gone_from_its_desks(jira: Client) -> None:
    jira.delete(f"{ORGANIZATION}/1")
    jira.get(f"{ORGANIZATION}/1", 404)
    assert jira.get(f"{DESK}/servicedesk/1/organization")["size"] == SEEDED - 1


def test_the_organizations_of_one_person(jira: Client) -> None:
    member, other = jira.account_id("finances@lacnoir.example"), jira.lead()
    for path in (ORGANIZATION, f"{DESK}/servicedesk/1/organization"):
        assert [organization["id"] for organization in jira.get(path, accountId=member)["values"]] == ["1"]
        assert jira.get(path, accountId=other)["values"] == []
        jira.get(path, 404, accountId="nobody")


def test_customers_are_let_into_a_desk_and_out_again(jira: Client) -> None:
    path, body = f"{DESK}/servicedesk/1/customer", {"accountIds": [jira.account_id("finances@lacnoir.example")]}
    headers = {"X-ExperimentalApi": "opt-in"}
    jira.post(path, body, 204)
    assert jira.send("GET", path, params={"query": "claire"}, headers=headers).json()["size"] == 1
    assert jira.send("GET", path, params={"query": "beat"}, headers=headers).json()["size"] == 0
    jira.delete(path, body, 412)
    for _ in range(2):
        assert jira.send("DELETE", path, body, headers=headers).status_code == 204
    assert jira.send("GET", path, headers=headers).json()["size"] == 0


def test_request_types_are_found_by_id_and_by_part_of_their_name(jira: Client) -> None:
    path = f"{DESK}/servicedesk/1/requesttype"
    [found] = jira.get(path, searchQuery="incident")["values"]
    assert jira.get(f"{path}/{found['id']}") == found
    jira.get(f"{path}/99", 404)


def test_a_request_on_behalf_of_a_customer_is_reported_by_him(jira: Client) -> None:
    customer = jira.account_id("finances@lacnoir.example")
    body = {
        "serviceDeskId": "1",
        "requestTypeId": "1",
        "requestFieldValues": {"summary": "Help", "description": "plain"},
    }
    key = jira.post(f"{DESK}/request", {**body, "raiseOnBehalfOf": customer})["issueKey"]
    fields = jira.get(f"{PLATFORM}/issue/{key}")["fields"]
    assert fields["reporter"]["accountId"] == customer
    assert fields["description"]["content"][0]["content"][0]["text"] == "plain"
    jira.post(f"{DESK}/request", {**body, "raiseOnBehalfOf": "nobody"}, 400)
    jira.post(f"{DESK}/request", {**body, "requestFieldValues": {"summary": ""}}, 400)
    jira.lose("Create Issues:SUP")
    jira.post(f"{DESK}/request", body, 403)
