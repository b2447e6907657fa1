"""Right and wrong exchanges with the APPUiO Control API."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sandbox.server import Exchange
from tests.contracts.exchanges import anonymous, answered, asked, exchange, sent, told

pytestmark = pytest.mark.usefixtures("contract_documents")

ORGANIZATIONS = "/apis/organization.appuio.io/v1/organizations"
ENTITIES = "/apis/billing.appuio.io/v1/billingentities"
MEMBERS = "/apis/appuio.io/v1/namespaces/mueller-soehne/organizationmembers/members"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SPEC = {"displayName": "Müller & Söhne AG", "billingEntityRef": "be-301"}
WHOLE: dict[str, Any] = {
    "apiVersion": "organization.appuio.io/v1",
    "kind": "Organization",
    "metadata": {"name": "mueller-soehne", "annotations": {"closedwon/key": "101"}, "labels": {"closedwon": "yes"}},
    "spec": SPEC,
}
STORED: dict[str, Any] = {
    **WHOLE,
    "metadata": {
        **WHOLE["metadata"],
        "uid": "5b3c1d1e-0000-4000-8000-000000000001",
        "resourceVersion": "17",
        "creationTimestamp": "2026-11-07T09:00:00Z",
    },
    "status": {"billingEntityName": "Müller & Söhne AG"},
}
MISSING = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "message": 'organizations "x" not found',
    "reason": "NotFound",
    "details": {"name": "x", "kind": "organizations"},
    "code": 404,
}
LISTED = {
    "kind": "OrganizationList",
    "apiVersion": "organization.appuio.io/v1",
    "metadata": {"resourceVersion": "17", "continue": "abc", "remainingItemCount": 3},
    "items": [{"metadata": STORED["metadata"], "spec": SPEC}, STORED],
}
CREATE = exchange("panel", f"POST {ORGANIZATIONS}", WHOLE, 201, STORED)
GET = exchange("panel", f"GET {ORGANIZATIONS}/mueller-soehne", answer=STORED)
LIST = exchange("panel", f"GET {ORGANIZATIONS}?limit=500", answer=LISTED)
UPDATE = exchange("panel", f"PUT {ORGANIZATIONS}/mueller-soehne", STORED, 200, STORED)
PATCH = exchange(
    "panel",
    f"PATCH {ORGANIZATIONS}/mueller-soehne",
    {"metadata": {"resourceVersion": "17"}, "spec": {"displayName": "M", "billingEntityRef": None}},
    200,
    STORED,
    headers={"content-type": "application/merge-patch+json"},
)
APPLY = exchange(
    "panel",
    f"PATCH {ORGANIZATIONS}/mueller-soehne?fieldManager=closedwon&force=true",
    WHOLE,
    201,
    STORED,
    headers={"content-type": "application/apply-patch+yaml"},
)
ENTITY = exchange(
    "panel",
    f"GET {ENTITIES}/be-301",
    answer={
        "apiVersion": "billing.appuio.io/v1",
        "kind": "BillingEntity",
        "metadata": {"name": "be-301"},
        "spec": {
            "name": "Müller & Söhne AG",
            "phone": "",
            "emails": [],
            "address": {"line1": "", "city": "Winterthur", "postalCode": "8400", "country": "Switzerland"},
            "accountingContact": {"name": "Accounting", "emails": ["a@b.example"]},
            "languagePreference": "de_CH",
        },
    },
)
JOIN = exchange(
    "panel",
    f"PATCH {MEMBERS}",
    [{"op": "add", "path": "/spec/userRefs/-", "value": {"name": "beat"}}],
    200,
    {
        "apiVersion": "appuio.io/v1",
        "kind": "OrganizationMembers",
        "metadata": {**STORED["metadata"], "name": "members", "namespace": "mueller-soehne"},
        "spec": {"userRefs": [{"name": "beat"}]},
    },
    headers={"content-type": "application/json-patch+json"},
)
QUESTION = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"group": "organization.appuio.io", "resource": "organizations", "verb": "create"}},
}
MAY = exchange("panel", f"POST {REVIEWS}", QUESTION, 201, {**QUESTION, "status": {"allowed": True}})

GOOD = [CREATE, GET, LIST, UPDATE, PATCH, APPLY, ENTITY, JOIN, MAY, answered(GET, 404, MISSING)]


def whole(**changed: Any) -> Exchange:
    """The creation of an organization with some top-level keys changed."""
    return sent(CREATE, {**WHOLE, **changed})


WRONG = {
    "unknown path": (
        exchange("panel", "GET /apis/organization.appuio.io/v1/organisations"),
        "request: the Control API has no such path",
    ),
    "cluster-scoped kind in a namespace": (
        exchange("panel", "GET /apis/organization.appuio.io/v1/namespaces/x/organizations/y"),
        "request: the Control API has no such path",
    ),
    "namespaced kind without a namespace": (
        exchange("panel", "GET /apis/appuio.io/v1/organizationmembers/members"),
        "request: the Control API has no such path",
    ),
    "billing entities are never deleted": (
        exchange("panel", f"DELETE {ENTITIES}/be-301"),
        "request: billingentities do not know DELETE here",
    ),
    "unknown query parameter": (asked(LIST, "pageSize=5"), "request: unknown query parameter 'pageSize'"),
    "extra field": (whole(spec={**SPEC, "owner": "x"}), "request: $.spec: Additional properties"),
    "extra key": (whole(specs={}), "request: $: Additional properties"),
    "wrong type": (whole(spec={"displayName": 3}), "request: $.spec.displayName: 3 is not of type 'string'"),
    "wrong kind": (whole(kind="Organisation"), "request: $.kind: "),
    "wrong version": (whole(apiVersion="appuio.io/v1"), "request: $.apiVersion: "),
    "no name": (whole(metadata={}), "request: $.metadata: "),
    "upper case in a name": (whole(metadata={"name": "Mueller"}), "request: $.metadata.name: "),
    "64 characters in a name": (whole(metadata={"name": "a" * 64}), "request: $.metadata.name: "),
    "version in a creation": (
        whole(metadata={"name": "m", "resourceVersion": "1"}),
        "request: $.metadata.resourceVersion: ",
    ),
    "annotation that is no text": (
        whole(metadata={"name": "m", "annotations": {"closedwon/key": 101}}),
        "request: $.metadata.annotations",
    ),
    "label with a space": (
        whole(metadata={"name": "m", "labels": {"closedwon": "two words"}}),
        "request: $.metadata.labels.closedwon: ",
    ),
    "update without a version": (sent(UPDATE, WHOLE), "request: $.metadata: 'resourceVersion' is a required"),
    "update of another": (
        sent(UPDATE, {**STORED, "metadata": {**STORED["metadata"], "name": "other"}}),
        "request: metadata.name is 'other'",
    ),
    "patch of an unknown field": (sent(PATCH, {"spec": {"name": "x"}}), "request: $.spec: Additional properties"),
    "patch of no known type": (
        exchange("panel", f"PATCH {ORGANIZATIONS}/mueller-soehne", {"spec": {}}, 200, STORED),
        "request: content type application/json, one of",
    ),
    "apply by nobody": (asked(APPLY, "force=true"), "request: server-side apply without the query parameter"),
    "apply without a kind": (
        sent(APPLY, {key: value for key, value in WHOLE.items() if key != "kind"}),
        "request: server-side apply without kind",
    ),
    "form instead of JSON": (
        exchange("panel", f"POST {ORGANIZATIONS}", WHOLE, 201, STORED, headers={"content-type": "text/plain"}),
        "request: content type text/plain",
    ),
    "body in a read": (sent(GET, WHOLE), "request: has a body"),
    "undocumented status": (answered(CREATE, 200, STORED), "answer 200: undocumented status"),
    "missing in the answer": (
        answered(
            ENTITY,
            200,
            {"apiVersion": "billing.appuio.io/v1", "kind": "BillingEntity", "metadata": {"name": "be-301"}, "spec": {}},
        ),
        "answer 200: $.spec: ",
    ),
    "extra field in the answer": (answered(GET, 200, {**STORED, "status": {"id": 3}}), "answer 200: $.status: "),
    "answer about another": (
        answered(GET, 200, {**STORED, "metadata": {**STORED["metadata"], "name": "other"}}),
        "answer 200: metadata.name is 'other'",
    ),
    "list of a wrong kind": (answered(LIST, 200, {**LISTED, "kind": "List"}), "answer 200: kind is 'List'"),
    "wrong item in a list": (
        answered(LIST, 200, {**LISTED, "items": [{**STORED, "spec": {"name": "x"}}]}),
        "answer 200: items[0] $.spec: ",
    ),
    "refusal that is no status": (answered(GET, 404, {"message": "gone"}), "answer 404: $: "),
    "refusal with another code": (answered(GET, 404, {**MISSING, "code": 409}), "answer 404: code is 409"),
}


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}")
def test_what_the_vendor_documents_passes(right: Exchange) -> None:
    assert told(right) == []


@pytest.mark.parametrize("right", GOOD, ids=lambda right: f"{right.method} {right.path}")
def test_every_request_needs_credentials(right: Exchange) -> None:
    assert told(anonymous(right)) == ["request: carries no credentials"]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_refusal_or_failure_of_the_server_is_still_a_status_object(status: int) -> None:
    assert told(answered(CREATE, status, {**MISSING, "code": status})) == []
    assert told(answered(CREATE, status, {"error": "no"})) != []


@pytest.mark.parametrize(("wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_the_vendor_does_not_allow_is_found(wrong: Exchange, expected: str) -> None:
    found = told(wrong)
    assert any(text.startswith(expected) for text in found), found
