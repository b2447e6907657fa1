"""Right and wrong exchanges with Jira and its service desk."""

from __future__ import annotations

import pytest

from integrations.sandbox.server import Exchange
from tests.contracts.exchanges import anonymous, answered, asked, exchange, sent, told

pytestmark = pytest.mark.usefixtures("contract_documents")

SITE = "http://127.0.0.1:8000/jira"
TEXT = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "Set up "},
                {"type": "text", "text": "hosting", "marks": [{"type": "strong"}]},
                {
                    "type": "text",
                    "text": "page",
                    "marks": [{"type": "link", "attrs": {"href": "https://acme.example"}}],
                },
            ],
        },
        {
            "type": "bulletList",
            "content": [
                {
                    "type": "listItem",
                    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}],
                }
            ],
        },
    ],
}
FIELDS = {
    "project": {"key": "HAND"},
    "issuetype": {"name": "Task"},
    "summary": "Set up managed hosting for Müller & Söhne AG",
    "labels": ["closedwon-1f3a"],
    "description": TEXT,
    "customfield_10010": None,
}
CREATED = {"id": "10001", "key": "HAND-1", "self": f"{SITE}/rest/api/3/issue/10001"}
CREATE = exchange(
    "jira",
    "POST /rest/api/3/issue",
    {"fields": FIELDS, "properties": [{"key": "closedwon", "value": {"key": "deal:42/ticket"}}]},
    201,
    CREATED,
)
FOUND = {"id": "10001", "key": "HAND-1", "fields": {"summary": "x", "description": TEXT, "status": {"name": "Open"}}}
SEARCH = exchange(
    "jira",
    "POST /rest/api/3/search/jql",
    {"jql": "labels = closedwon-1f3a", "fields": ["summary", "description"], "maxResults": 50},
    200,
    {"issues": [FOUND], "isLast": True},
)
COMMENT = exchange(
    "jira",
    "POST /rest/api/3/issue/HAND-1/comment",
    {"body": TEXT},
    201,
    {
        "id": "1",
        "self": f"{SITE}/rest/api/3/issue/10001/comment/1",
        "body": TEXT,
        "created": "2026-11-07T09:00:00.000+0000",
    },
)
PROJECT = exchange(
    "jira",
    "POST /rest/api/3/project",
    {
        "key": "MSAG",
        "name": "Customer: Müller & Söhne AG",
        "projectTypeKey": "business",
        "projectTemplateKey": "com.atlassian.jira-core-project-templates:jira-core-simplified-project-management",
        "leadAccountId": "5b10a2844c20165700ede21g",
        "description": "closedwon: 101",
    },
    201,
    {"id": 10000, "key": "MSAG", "self": f"{SITE}/rest/api/3/project/10000"},
)
PROJECTS = exchange(
    "jira",
    "GET /rest/api/3/project/search?keys=MSAG&maxResults=50&startAt=0",
    answer={"values": [], "isLast": True, "total": 0, "maxResults": 50, "startAt": 0},
)
CLAIM = exchange("jira", "PUT /rest/api/3/project/HAND/properties/closedwon-1f3a", {"deal": "42"}, 201, {})
ORGANIZATION = exchange(
    "jira",
    "POST /rest/servicedeskapi/organization",
    {"name": "Müller & Söhne AG"},
    201,
    {"id": "1", "name": "Müller & Söhne AG", "_links": {"self": f"{SITE}/rest/servicedeskapi/organization/1"}},
)
LINK = exchange("jira", "POST /rest/servicedeskapi/servicedesk/1/organization", {"organizationId": 1}, 204)
MEMBERS = exchange(
    "jira",
    "GET /rest/servicedeskapi/servicedesk/1/customer?query=beat",
    answer={"size": 0, "start": 0, "limit": 50, "isLastPage": True, "values": []},
    headers={"x-experimentalapi": "opt-in"},
)
RIGHTS = exchange(
    "jira", "GET /rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,ADMINISTER", answer={"permissions": {}}
)

GOOD = [CREATE, SEARCH, COMMENT, PROJECT, PROJECTS, CLAIM, ORGANIZATION, LINK, MEMBERS, RIGHTS]


def fields(**changed: object) -> Exchange:
    """The creation of an issue with some fields changed."""
    return sent(CREATE, {"fields": {**FIELDS, **changed}})


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}")
def test_what_the_vendor_documents_passes(right: Exchange) -> None:
    assert told(right) == []


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}")
def test_every_request_needs_credentials(right: Exchange) -> None:
    assert told(anonymous(right)) == ["request: carries no credentials"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_refusal_or_failure_of_the_server_need_not_be_documented(status: int) -> None:
    assert "undocumented" not in " ".join(told(answered(LINK, status, {"errorMessage": "no"})))
    assert "undocumented" not in " ".join(told(answered(PROJECTS, status, {"errorMessages": ["no"]})))


WRONG = {
    "deprecated operation": (
        exchange("jira", "GET /rest/api/3/project", answer=[]),
        "request: the operation is deprecated",
    ),
    "search that is gone": (
        exchange("jira", "GET /rest/api/3/search?jql=x", answer={"issues": []}),
        "request: the operation is deprecated",
    ),
    "deprecated key": (
        sent(PROJECT, {"key": "MSAG", "name": "Customer", "lead": "admin"}),
        "request: the key 'lead' is deprecated",
    ),
    "deprecated query parameter": (
        exchange("jira", "GET /rest/api/3/user/search?username=reto", answer=[]),
        "request: the query parameter 'username' is deprecated",
    ),
    "deprecated query parameter that the document says so of": (
        exchange("jira", "GET /rest/api/3/user?accountId=1&key=reto", status=404),
        "request: the query parameter 'key' is deprecated",
    ),
    "unknown path": (exchange("jira", "GET /rest/api/3/projekt", answer=[]), "request: Jira has no such operation"),
    "unknown method": (exchange("jira", "PATCH /rest/api/3/issue/A-1", {}), "request: Jira has no such operation"),
    "other version of the API": (exchange("jira", "GET /rest/api/2/project", answer=[]), "request: outside"),
    "unknown query parameter": (asked(SEARCH, "startAt=0"), "request: unknown query parameter 'startAt'"),
    "query parameter of a wrong type": (asked(PROJECTS, "startAt=first"), "request: startAt: "),
    "permissions not named": (asked(RIGHTS, ""), "request: asks for all permissions"),
    "body where none is taken": (sent(PROJECTS, {"keys": ["A"]}), "request: has a body"),
    "body missing": (sent(CREATE, None), "request: "),
    "required key missing": (sent(PROJECT, {"key": "MSAG"}), "request: $: 'name' is a required property"),
    "unknown key": (sent(ORGANIZATION, {"name": "A", "nmae": "B"}), "request: $: Additional properties"),
    "wrong type": (sent(LINK, {"organizationId": "1"}), "request: $.organizationId: '1' is not of type 'integer'"),
    "value outside its list": (
        sent(PROJECT, {"key": "MSAG", "name": "Customer", "projectTypeKey": "buisness"}),
        "request: $.projectTypeKey: 'buisness' is not one of",
    ),
    "experimental without the header": (
        exchange("jira", "GET /rest/servicedeskapi/servicedesk/1/customer", answer={}),
        "request: an experimental operation without the header",
    ),
    "unknown issue field": (fields(summery="x"), "request: issue field $: "),
    "label with a space": (fields(labels=["two words"]), "request: issue field $.labels[0]: "),
    "summary too long": (fields(summary="x" * 256), "request: issue field $.summary: "),
    "summary over two lines": (fields(summary="a\nb"), "request: issue field $.summary: "),
    "assignee by name": (fields(assignee={"name": "reto"}), "request: issue field $.assignee: "),
    "description as text": (fields(description="plain"), "request: description is no ADF document but str"),
    "unknown node in a description": (
        fields(description={"type": "doc", "version": 1, "content": [{"type": "blink"}]}),
        "request: $.fields.description is no ADF: ",
    ),
    "empty text node": (
        fields(
            description={
                "type": "doc",
                "version": 1,
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
            }
        ),
        "request: $.fields.description is no ADF: ",
    ),
    "ADF without a version": (
        fields(description={"type": "doc", "content": []}),
        "request: $.fields.description is no ADF: $: 'version' is a required property",
    ),
    "ADF in a custom field": (
        fields(customfield_10011={"type": "doc", "version": 2, "content": []}),
        "request: $.fields.customfield_10011 is no ADF: ",
    ),
    "comment as text": (sent(COMMENT, {"body": "plain"}), "request: the comment's body is no ADF document but str"),
    "comment as text in an edit": (
        exchange("jira", "PUT /rest/api/3/issue/HAND-1", {"update": {"comment": [{"add": {"body": "plain"}}]}}, 204),
        "request: an added comment's body is no ADF document but str",
    ),
    "unknown field in one of many": (
        exchange(
            "jira",
            "POST /rest/api/3/issue/bulk",
            {"issueUpdates": [{"fields": FIELDS}, {"fields": {**FIELDS, "Summary": "x"}}]},
            201,
            {"issues": [CREATED], "errors": []},
        ),
        "request: issue field $: ",
    ),
    "unknown field in an update": (
        exchange("jira", "PUT /rest/api/3/issue/HAND-1", {"update": {"lables": [{"add": "x"}]}}, 204),
        "request: unknown issue field 'lables'",
    ),
    "unknown field asked for": (
        sent(SEARCH, {"jql": "x", "fields": ["summery"]}),
        "request: unknown issue field 'summery'",
    ),
    "unknown field asked for by GET": (
        exchange("jira", "GET /rest/api/3/issue/A-1?fields=summary,sumary", answer=FOUND),
        "request: unknown issue field 'sumary'",
    ),
    "undocumented status": (answered(CREATE, 200, CREATED), "answer 200: undocumented status"),
    "undocumented refusal": (answered(ORGANIZATION, 418, {}), "answer 418: undocumented status"),
    "answer without a body": (answered(PROJECT, 201), "answer 201: "),
    "answer of a wrong type": (
        answered(ORGANIZATION, 201, {"id": 1, "name": "A"}),
        "answer 201: $.id: 1 is not of type 'string'",
    ),
    "answer with half a moment": (
        answered(COMMENT, 201, {"id": "1", "body": TEXT, "created": "2026-11-07 09:00"}),
        "answer 201: $.created: '2026-11-07 09:00' is not a 'date-time'",
    ),
    "answer with an unknown key": (answered(CREATE, 201, {**CREATED, "url": "x"}), "answer 201: $: Additional"),
    "answer with an unknown issue field": (
        answered(SEARCH, 200, {"issues": [{"id": "1", "key": "A-1", "fields": {"title": "x"}}]}),
        "answer 200: unknown issue field 'title'",
    ),
    "answer with a description as text": (
        answered(SEARCH, 200, {"issues": [{"id": "1", "key": "A-1", "fields": {"description": "x"}}]}),
        "answer 200: description is no ADF document but str",
    ),
    "answer with a comment as text": (
        answered(COMMENT, 201, {"id": "1", "body": "x"}),
        "answer 201: the comment's body is no ADF document but str",
    ),
}


@pytest.mark.parametrize(("wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_the_vendor_does_not_allow_is_found(wrong: Exchange, expected: str) -> None:
    found = told(wrong)
    assert any(text.startswith(expected) for text in found), found
    assert len(found) == 1, found


def test_what_the_jira_library_sends_beyond_the_document_passes_and_nothing_like_it() -> None:
    searched = exchange(
        "jira", "GET /rest/api/3/user/search?query=reto&includeActive=True&includeInactive=False", answer=[]
    )
    assert told(searched) == []
    assert told(asked(searched, "query=reto&includeAll=True")) == ["request: unknown query parameter 'includeAll'"]
    taken = exchange("jira", "POST /rest/api/3/issue/HAND-1/transitions", {"transition": {"id": 11}}, 204)
    assert told(taken) == []
    assert told(sent(taken, {"transition": {"id": True}})) == ["request: $.transition.id: True is not of type 'string'"]


def test_the_most_concrete_path_is_the_one_checked() -> None:
    """`/project/search` also fits `/project/{projectIdOrKey}`, which takes no `keys`."""
    assert told(PROJECTS) == []
    assert told(exchange("jira", "GET /rest/api/3/project/MSAG?keys=A", status=404, answer={})) == [
        "request: unknown query parameter 'keys'"
    ]
