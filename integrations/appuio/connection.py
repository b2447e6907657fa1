"""The connection to the control API: a Kubernetes API with bearer tokens, lists in parts, and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from integrations.appuio.settings import Settings
from integrations.core.errors import ErrorMaker, IntegrationError, Rejected, Unavailable
from integrations.core.http import Effect, ForeignAnswer, Http, HttpContext, vendor_text
from integrations.core.text import segment

TITLE = "APPUiO Control API"
ADMINISTRATOR = "an APPUiO administrator"
GROUP = "organization.appuio.io"
PATH = f"/apis/{GROUP}/v1/organizations"
RESTARTS = 3
"""Readings of a list whose state expires on the way (410)."""
ITEM = {"metadata": {"name": str}}

Item = Mapping[str, Any]
"""An object as the API answers it."""


class Connection(ErrorMaker):
    """A control panel: its settings, and the calls for its organizations and for whole lists."""

    def __init__(self, name: str, settings: Settings, wire: HttpContext) -> None:
        self.name, self.settings = name, settings
        self.http = Http(
            name,
            settings.base,
            wire,
            settings.limits,
            title=TITLE,
            headers=lambda: {"Authorization": f"Bearer {settings.token.reveal()}"},
            classify=self._classify,
            administrator=ADMINISTRATOR,
        )

    def organizations(self, selector: str = "") -> list[Item]:
        """All organizations, or those with these labels.

        Asked without `limit`: what the control API keeps itself is cut off there and nothing says so (v0.33.4
        filters a list by what we may see and drops its `continue`, `apiserver/authwrapper/storage.go`).
        """
        return self.listed(PATH, "organizations", "organization.list", {"labelSelector": selector} if selector else {})

    def listed(self, path: str, plural: str, operation: str, params: Mapping[str, Any]) -> list[Item]:
        """All objects of a list.

        A list is read in parts of one moment's state; when that state is too old to go on (410), it begins anew.
        """
        for _ in range(RESTARTS):
            items = self._in_parts(path, f"list the {plural}", operation, params)
            if items is not None:
                return items
        raise self.error(
            Unavailable, f"{TITLE}: could not list the {plural}: the list expires faster than it can be read"
        )

    def organization(self, name: str) -> Item | None:
        """Return an organization; None where there is none.

        Authorization comes first there, so 404 means absent.
        """
        what = f"read the organization {name}"
        path = f"{PATH}/{segment(name)}"
        response = self.http.request("GET", path, what=what, operation="organization.get", expect=(404,))
        return None if self.http.is_absent(response, what) else self.item(response, what)

    def create(self, item: Item) -> Item | None:
        """Create an organization; None where the name is taken (perhaps by an earlier try of ours)."""
        what = f"create the organization {item['metadata']['name']}"
        response = self.http.request(
            # Repeating is safe: names are unique, and a 409 leads to what the first try made.
            "POST",
            PATH,
            what=what,
            operation="organization.create",
            json=item,
            repeat=True,
            expect=(409,),
        )
        return None if response.status_code == 409 else self.item(response, what, "write")

    def patch(self, name: str, part: Item) -> Item | None:
        """Merge a part into an organization; None where the version in it is no longer the newest."""
        what = f"change the organization {name}"
        response = self.http.request(
            "PATCH",
            f"{PATH}/{segment(name)}",
            what=what,
            operation="organization.patch",
            json=part,
            headers={"Content-Type": "application/merge-patch+json"},
            repeat=True,  # the part has the version, which is another once it was done
            expect=(409,),
        )
        return None if response.status_code == 409 else self.item(response, what, "write")

    def review(self, kind: str, group: str, spec: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Ask the API about ourselves; a review is a POST that is answered and never stored."""
        body: dict[str, Any] = {"apiVersion": f"{group}/v1", "kind": kind}
        if spec is not None:
            body["spec"] = spec
        answer = self.http.json(
            "POST",
            f"/apis/{group}/v1/{kind.lower()}s",
            what="ask what we may do",
            operation=f"{kind}.create",
            shape={"status": dict},
            json=body,
            effect="read",
        )
        status: Mapping[str, Any] = answer["status"]
        return status

    def account(self) -> str:
        """The name behind the token; empty where the cluster does not serve this question."""
        try:
            status = self.review("SelfSubjectReview", "authentication.k8s.io")
        except ForeignAnswer:
            raise
        except Rejected:
            return ""
        user = status.get("userInfo")
        return str(user.get("username") or "") if isinstance(user, dict) else ""

    def url(self, name: str) -> str:
        """The organization's page for people, where the settings name a portal."""
        if self.settings.portal_url is not None:
            return f"{str(self.settings.portal_url).rstrip('/')}/organizations/{name}"
        return f"{self.settings.base}{PATH}/{name}"

    def _in_parts(self, path: str, what: str, operation: str, params: Mapping[str, Any]) -> list[Item] | None:
        """Every part of the list; None where it expired on the way."""
        items: list[Item] = []
        token = ""
        while True:
            response = self.http.request(
                "GET",
                path,
                what=what,
                operation=operation,
                params={**params, **({"continue": token} if token else {})},
                expect=(410,),
            )
            if response.status_code == 410:
                return None
            part = self.http.decoded(response, what, {"metadata": dict, "items": [ITEM]})
            items.extend(part["items"])
            token = part["metadata"].get("continue") or ""
            if not token:
                return items

    def item(self, response: requests.Response, what: str, effect: Effect = "read") -> Item:
        """The object in an answer."""
        item: Item = self.http.decoded(response, what, ITEM, effect=effect)
        return item

    def _classify(self, response: requests.Response, what: str) -> IntegrationError | None:
        """400 and 422 tell what is wrong with the object; so does a 500, where it is about the billing entity."""
        if response.status_code not in (400, 422, 500):
            return None
        status = _json(response)
        message = vendor_text(status.get("message") or "refused")
        if REFERENCE in message:
            return self.error(
                Rejected,
                f"{TITLE}: could not {what}: there is no billing entity for the contact, or we may not read it",
                field="billing_contact",
                who=ADMINISTRATOR,
                next="If its contact in the ERP is new, run this again in some minutes; else ask for the right to it.",
            )
        if response.status_code == 500:
            return None
        causes = (status.get("details") or {}).get("causes") or [{}]
        field = FIELDS.get(str(causes[0].get("field") or ""), "")
        # What is none of our fields was refused by a rule of the cluster's: a webhook, a quota.
        demanded = {} if field else {"who": ADMINISTRATOR, "next": f"Ask {ADMINISTRATOR} what the control API demands."}
        return self.error(Rejected, f"{TITLE}: could not {what}: {message}", field=field, **demanded)


REFERENCE = "validate billing entity reference"
"""What the control API says where `spec.billingEntityRef` names nothing, with whatever status."""
FIELDS = {"spec.displayName": "display_name", "spec.billingEntityRef": "billing_contact"}
"""Our fields, by where the API keeps them."""


def _json(response: requests.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
