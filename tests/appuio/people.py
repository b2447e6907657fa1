"""What people and the panel's own controllers do, and what tests want of organizations."""

from __future__ import annotations

from typing import Any

import requests

from integrations.appuio.organization import Organization
from integrations.core.change import Action, Change, FieldChange
from integrations.core.resource import Live, Want
from integrations.sandbox.thread import Running

PATH = "/panel/apis/organization.appuio.io/v1/organizations"
TIMEOUT = 10
FIELDS = ("display_name", "billing_contact")


class Panel:
    """The panel as people use it: by its API with the same token."""

    def __init__(self, server: Running) -> None:
        self.server, self.url = server, server.url

    def control(self, name: str, body: dict[str, Any]) -> None:
        requests.post(f"{self.url}/_sandbox/{name}", json=body, timeout=TIMEOUT).raise_for_status()

    def organizations(self) -> dict[str, Any]:
        """Every organization, by name."""
        items = self._send("GET", "").json()["items"]
        return {item["metadata"]["name"]: item for item in items}

    def make(self, name: str, title: str, contact: str = "", **metadata: Any) -> None:
        """Somebody signs up."""
        spec = {"displayName": title, **({"billingEntityRef": f"be-{contact}"} if contact else {})}
        body = {
            "apiVersion": "organization.appuio.io/v1",
            "kind": "Organization",
            "metadata": {"name": name, **metadata},
            "spec": spec,
        }
        self._send("POST", "", body)

    def change(self, name: str, part: dict[str, Any]) -> None:
        """Somebody changes an organization."""
        self._send("PATCH", f"/{name}", part, {"Content-Type": "application/merge-patch+json"})

    def requests(self) -> list[dict[str, Any]]:
        """What the panel was asked since the last reset."""
        log = requests.get(f"{self.url}/_sandbox/requests", timeout=TIMEOUT).json()
        return [entry for entry in log["requests"] if entry["system"] == "panel"]

    def forget_requests(self) -> None:
        requests.delete(f"{self.url}/_sandbox/requests", timeout=TIMEOUT).raise_for_status()

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        answer = requests.request(
            method,
            self.url + PATH + path,
            json=body,
            headers={"Authorization": "Bearer sandbox-token", **(headers or {})},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer


def customer(number: str = "102", name: str = "Rhône Logistique SA", **fields: Any) -> Organization:
    """The organization of a customer."""
    return Organization(key=f"customer:{number}", display_name=name, **fields)


def change(
    wanted: Organization,
    found: Live[Organization] | None = None,
    action: Action | None = None,
    *,
    fields: tuple[str, ...] = FIELDS,
    new: bool = False,
) -> Change[Organization]:
    """The change that the core would make of it."""
    decided = action or ("create" if found is None else "update" if found.ours else "adopt")
    changed = tuple(
        FieldChange(name, getattr(found.state, name) if found else None, getattr(wanted, name))
        for name in fields
        if getattr(wanted, name) is not None
    )
    return Change("panel", "panel", decided, Want("panel", "panel", wanted), found=found, fields=changed, new=new)


def is_settled(wanted: Organization, live: Any) -> bool:
    """Whether a plan would find nothing to do."""
    return (
        isinstance(live, Live)
        and live.ours
        and all(getattr(live.state, name) == getattr(wanted, name) for name in FIELDS if getattr(wanted, name))
    )
