"""The pretend Jira answers as the vendor's documents say, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.sandbox.jira import PRETEND
from tests.contracts.driver import Driver
from tests.contracts.jira import platform, service_desk
from tests.contracts.test_jira import TEXT

PLATFORM = "/rest/api/3"
DESK = "/rest/servicedeskapi"


@pytest.fixture
def jira(drive: Callable[[str], Driver]) -> Iterator[Driver]:
    """The pretend Jira; what it answered must fit, whatever else the test asserts."""
    driver = drive("jira")
    yield driver
    assert driver.told() == []


def project(jira: Driver, key: str = "MSAG", **changed: Any) -> dict[str, Any]:
    """A new project for work, as the vendor answers its creation."""
    body = {
        "key": key,
        "name": f"Customer: {key}",
        "projectTypeKey": "business",
        "projectTemplateKey": "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management",
        "leadAccountId": jira.call(f"GET {PLATFORM}/myself")["accountId"],
        "description": "Käserei & Söhne",
        **changed,
    }
    created: dict[str, Any] = jira.call(f"POST {PLATFORM}/project", body, wanted=201)
    return created


def issue(jira: Driver, key: str = "MSAG", **fields: Any) -> dict[str, Any]:
    """A new issue of that project, as the vendor answers its creation."""
    body = {
        "fields": {
            "project": {"key": key},
            "issuetype": {"name": "Task"},
            "summary": "Set up hosting 🚀",
            "labels": ["closedwon-42"],
            "description": TEXT,
            **fields,
        },
        "properties": [{"key": "closedwon", "value": {"key": "deal:42/ticket"}}],
    }
    created: dict[str, Any] = jira.call(f"POST {PLATFORM}/issue", body, wanted=201)
    return created


def desk(jira: Driver) -> str:
    """The id of the seeded service desk."""
    found: str = jira.call(f"GET {DESK}/servicedesk")["values"][0]["id"]
    return found


def test_people_and_rights(jira: Driver) -> None:
    me = jira.call(f"GET {PLATFORM}/myself")
    jira.call(f"GET {PLATFORM}/user?accountId={me['accountId']}")
    jira.call(f"GET {PLATFORM}/user?accountId=nobody", wanted=404)
    assert jira.call(f"GET {PLATFORM}/user/search?query=reto")
    assert jira.call(f"GET {PLATFORM}/user/search?query=nobody") == []
    jira.call(f"GET {PLATFORM}/mypermissions?permissions=ADMINISTER,BROWSE_PROJECTS")
    jira.call(f"POST {PLATFORM}/permissions/check", {"globalPermissions": ["ADMINISTER"]})
    jira.call(f"GET {PLATFORM}/serverInfo")
    jira.call(f"GET {DESK}/info")


def test_projects(jira: Driver) -> None:
    created = project(jira)
    assert jira.call(f"GET {PLATFORM}/project/MSAG")["id"] == str(created["id"])
    jira.call(f"GET {PLATFORM}/project/NOPE", wanted=404)
    assert jira.call(f"GET {PLATFORM}/project/search?keys=MSAG&expand=description&maxResults=2")["total"] == 1
    jira.call(f"GET {PLATFORM}/project/search?query=Customer&startAt=0&maxResults=1")
    jira.call(f"GET {PLATFORM}/project/type")
    jira.call(f"GET {PLATFORM}/issuetype/project?projectId={created['id']}")
    jira.call(f"GET {PLATFORM}/issue/createmeta/MSAG/issuetypes")
    jira.call(f"PUT {PLATFORM}/project/MSAG", {"description": "other"})


def test_a_taken_project_key_is_refused_in_the_vendor_s_form(jira: Driver) -> None:
    project(jira)
    lead = jira.call(f"GET {PLATFORM}/myself")["accountId"]
    jira.call(
        f"POST {PLATFORM}/project",
        {"key": "MSAG", "name": "Another", "projectTypeKey": "business", "leadAccountId": lead},
        wanted=400,
    )


def test_deleted_and_archived_projects(jira: Driver) -> None:
    project(jira, "ONE")
    project(jira, "TWO")
    jira.call(f"POST {PLATFORM}/project/ONE/archive", wanted=204)
    jira.call(f"DELETE {PLATFORM}/project/TWO", wanted=204)
    jira.call(f"GET {PLATFORM}/project/search?status=deleted&status=archived")
    jira.call(f"POST {PLATFORM}/project/TWO/restore")


def test_project_properties(jira: Driver) -> None:
    project(jira)
    place = f"{PLATFORM}/project/MSAG/properties"
    jira.call(f"PUT {place}/closedwon-1", {"deal": "42"}, wanted=201)
    jira.call(f"PUT {place}/closedwon-1", {"deal": "42", "id": "10001"}, wanted=200)
    assert jira.call(f"GET {place}/closedwon-1")["value"] == {"deal": "42", "id": "10001"}
    jira.call(f"GET {place}")
    jira.call(f"DELETE {place}/closedwon-1", wanted=204)
    jira.call(f"GET {place}/closedwon-1", wanted=404)


def test_issues(jira: Driver) -> None:
    project(jira)
    created = issue(jira)
    place = f"{PLATFORM}/issue/{created['key']}"
    me = jira.call(f"GET {PLATFORM}/myself")["accountId"]
    assert jira.call(f"GET {place}")["fields"]["summary"] == "Set up hosting 🚀"
    jira.call(f"GET {place}?fields=summary,labels&properties=closedwon&expand=names")
    jira.call(f"PUT {place}", {"fields": {"summary": "Other", "assignee": {"accountId": me}}}, wanted=204)
    jira.call(f"PUT {place}", {"update": {"labels": [{"add": "second"}]}}, wanted=204)
    jira.call(f"GET {PLATFORM}/issue/MSAG-99", wanted=404)
    transitions = jira.call(f"GET {place}/transitions")["transitions"]
    jira.call(f"POST {place}/transitions", {"transition": {"id": transitions[-1]["id"]}}, wanted=204)


def test_issue_properties(jira: Driver) -> None:
    project(jira)
    place = f"{PLATFORM}/issue/{issue(jira)['key']}/properties"
    jira.call(f"GET {place}/closedwon")
    jira.call(f"PUT {place}/other", [1, 2], wanted=201)
    jira.call(f"GET {place}")
    jira.call(f"DELETE {place}/other", wanted=204)


def test_several_issues_at_once_and_refusals(jira: Driver) -> None:
    project(jira)
    good = {"project": {"key": "MSAG"}, "issuetype": {"name": "Task"}, "summary": "one"}
    bad = {**good, "project": {"key": "NOPE"}}
    answer = jira.call(f"POST {PLATFORM}/issue/bulk", {"issueUpdates": [{"fields": good}, {"fields": bad}]}, wanted=201)
    assert len(answer["issues"]) == len(answer["errors"]) == 1
    jira.call(f"POST {PLATFORM}/issue", {"fields": bad}, wanted=400)


def test_search(jira: Driver) -> None:
    project(jira)
    created = [issue(jira) for _ in range(3)]
    body: dict[str, Any] = {"jql": "labels = closedwon-42", "fields": ["summary", "description"], "maxResults": 2}
    first = jira.call(f"POST {PLATFORM}/search/jql", body)
    second = jira.call(f"POST {PLATFORM}/search/jql", {**body, "nextPageToken": first["nextPageToken"]})
    assert {issue["key"] for issue in first["issues"] + second["issues"]} == {issue["key"] for issue in created}
    jira.call(
        f"POST {PLATFORM}/search/jql",
        {
            "jql": "project = MSAG",
            "reconcileIssues": [int(created[0]["id"])],
            "fields": ["*all"],
            "properties": ["closedwon"],
        },
    )
    jira.call(f"GET {PLATFORM}/search/jql?jql=project=MSAG&fields=summary,status&maxResults=2")
    assert jira.call(f"POST {PLATFORM}/search/approximate-count", {"jql": "project = MSAG"})["count"] == 3
    jira.call(f"POST {PLATFORM}/search/jql", {"jql": "project = "}, wanted=400)


def test_comments(jira: Driver) -> None:
    project(jira)
    place = f"{PLATFORM}/issue/{issue(jira)['key']}/comment"
    written = jira.call(f"POST {place}", {"body": TEXT}, wanted=201)
    jira.call(f"GET {place}?maxResults=1&orderBy=-created")
    jira.call(f"GET {place}/{written['id']}")
    jira.call(f"PUT {place}/{written['id']}", {"body": TEXT})
    jira.call(f"DELETE {place}/{written['id']}", wanted=204)
    jira.call(f"GET {place}/{written['id']}", wanted=404)


def test_service_desks(jira: Driver) -> None:
    number = desk(jira)
    jira.call(f"GET {DESK}/servicedesk/{number}")
    jira.call(f"GET {DESK}/servicedesk/999", wanted=404)
    types = jira.call(f"GET {DESK}/servicedesk/{number}/requesttype")["values"]
    jira.call(f"GET {DESK}/servicedesk/{number}/requesttype/{types[0]['id']}")
    wanted = {
        "serviceDeskId": number,
        "requestTypeId": types[0]["id"],
        "requestFieldValues": {"summary": "Printer", "description": "on fire"},
    }
    jira.call(f"POST {DESK}/request", wanted, wanted=201)
    jira.call(f"POST {DESK}/request", {**wanted, "requestTypeId": "999"}, wanted=400)


def test_organizations(jira: Driver) -> None:
    number = desk(jira)
    made = jira.call(f"POST {DESK}/organization", {"name": "Żółta Łódź Sp. z o.o."}, wanted=201)
    place = f"{DESK}/organization/{made['id']}"
    jira.call(f"GET {place}")
    jira.call(f"GET {DESK}/organization?start=0&limit=1")
    jira.call(f"GET {DESK}/organization/99999", wanted=404)
    jira.call(f"POST {DESK}/organization", {"name": "x" * 201}, wanted=400)
    for _ in range(2):
        jira.call(f"POST {DESK}/servicedesk/{number}/organization", {"organizationId": int(made["id"])}, wanted=204)
    jira.call(f"GET {DESK}/servicedesk/{number}/organization?start=0&limit=50")
    jira.call(f"DELETE {DESK}/servicedesk/{number}/organization", {"organizationId": int(made["id"])}, wanted=204)
    jira.call(f"POST {DESK}/servicedesk/{number}/organization", {"organizationId": 99999}, wanted=404)
    jira.call(f"DELETE {place}", wanted=204)


def test_organization_properties(jira: Driver) -> None:
    made = jira.call(f"POST {DESK}/organization", {"name": "Müller & Söhne AG"}, wanted=201)
    place = f"{DESK}/organization/{made['id']}/property"
    jira.call(f"GET {place}/closedwon", wanted=404)
    jira.call(f"PUT {place}/closedwon", {"key": "101"}, wanted=201)
    jira.call(f"PUT {place}/closedwon", {"key": "101"}, wanted=200)
    assert jira.call(f"GET {place}/closedwon")["value"] == {"key": "101"}
    jira.call(f"GET {place}")
    jira.call(f"DELETE {place}/closedwon", wanted=204)


def test_members(jira: Driver) -> None:
    number = desk(jira)
    made = jira.call(f"POST {DESK}/organization", {"name": "Müller & Söhne AG"}, wanted=201)
    person = {"email": "beat@mueller-soehne.example", "displayName": "Beat Müller"}
    member = jira.call(f"POST {DESK}/customer?strictConflictStatusCode=true", person, wanted=201)
    jira.call(f"POST {DESK}/customer?strictConflictStatusCode=true", person, wanted=409)
    accounts = {"accountIds": [member["accountId"]]}
    place = f"{DESK}/organization/{made['id']}/user"
    jira.call(f"POST {place}", accounts, wanted=204)
    assert jira.call(f"GET {place}?start=0&limit=50")["size"] == 1
    jira.call(f"DELETE {place}", accounts, wanted=204)
    jira.call(f"POST {DESK}/servicedesk/{number}/customer", accounts, wanted=204)
    jira.call(f"GET {DESK}/servicedesk/{number}/customer?query=beat&start=0&limit=50")
    jira.call(f"DELETE {DESK}/servicedesk/{number}/customer", accounts, wanted=204)
    jira.call(f"POST {DESK}/organization/99999/user", accounts, wanted=404)
    jira.call(f"POST {DESK}/customer", {"email": "nobody", "displayName": "Nobody"}, wanted=400)


def test_wrong_credentials(jira: Driver) -> None:
    jira.with_wrong_credentials()
    for path in (f"{PLATFORM}/myself", f"{PLATFORM}/project/search", f"{DESK}/organization", f"{DESK}/servicedesk"):
        jira.call(f"GET {path}", wanted=401)
    jira.call(f"POST {DESK}/organization", {"name": "x"}, wanted=401)


def test_missing_rights(jira: Driver) -> None:
    lead = jira.call(f"GET {PLATFORM}/myself")["accountId"]
    jira.forbid("Administer Jira")
    body = {"key": "MSAG", "name": "Customer: M", "projectTypeKey": "business", "leadAccountId": lead}
    jira.call(f"POST {PLATFORM}/project", body, wanted=403)


@pytest.mark.usefixtures("contract_documents")
def test_the_pretend_jira_has_no_operation_that_jira_has_not() -> None:
    """Pages for people stand outside the two interfaces; the dead end answers everything else."""
    offered = [(method, route.path) for route in PRETEND.routes for method in route.methods or () if method != "HEAD"]
    unknown = [
        f"{method} {path}"
        for method, path in offered
        if path.startswith("/rest/") and not any(find(method, path) for find in (platform().find, service_desk().find))
    ]
    assert len(offered) > 40
    assert unknown == []
