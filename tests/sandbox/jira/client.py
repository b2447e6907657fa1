"""Speaks to the pretend Jira as a plain HTTP client does."""

from __future__ import annotations

from typing import Any

import requests

from integrations.sandbox.pretend import ACCOUNT, TOKEN, Traps, World
from integrations.sandbox.thread import Running

PLATFORM = "/rest/api/3"
DESK = "/rest/servicedeskapi"
TIMEOUT = 10.0
TEXT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Zürich & <b>Köln</b>"}]}],
}


class Client:
    """The sandbox's account, at a freshly seeded pretend Jira whose index does not lag."""

    def __init__(self, running: Running) -> None:
        self.root = running.url
        self.base = f"{running.url}/jira"
        self.session = requests.Session()
        self.session.auth = (ACCOUNT, TOKEN)
        self.world: World = running.server.world
        requests.post(f"{self.root}/_sandbox/reset", timeout=TIMEOUT)
        self.trap(jira_index_lag=0)

    def trap(self, **traps: Any) -> None:
        """Change some of the traps."""
        answer = requests.post(f"{self.root}/_sandbox/traps", json=traps, timeout=TIMEOUT)
        assert Traps(**answer.json())

    def lose(self, *rights: str) -> None:
        """Take these rights away; all others are there."""
        body = {"system": "jira", "missing": rights}
        assert requests.post(f"{self.root}/_sandbox/rights", json=body, timeout=TIMEOUT).status_code == 204

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """One request, whatever its answer."""
        more = {"timeout": TIMEOUT, **({} if body is None else {"json": body}), **more}
        return self.session.request(method, self.base + path, **more)

    def get(self, path: str, wanted: int = 200, **query: Any) -> Any:
        """What a GET answers."""
        return self._told(self.send("GET", path, params=query), wanted)

    def post(self, path: str, body: Any, wanted: int = 201) -> Any:
        """What a POST answers."""
        return self._told(self.send("POST", path, body), wanted)

    def put(self, path: str, body: Any, wanted: int = 200) -> Any:
        """What a PUT answers."""
        return self._told(self.send("PUT", path, body), wanted)

    def delete(self, path: str, body: Any = None, wanted: int = 204) -> Any:
        """What a DELETE answers."""
        return self._told(self.send("DELETE", path, body), wanted)

    @staticmethod
    def _told(answer: requests.Response, wanted: int) -> Any:
        assert answer.status_code == wanted, answer.text
        return answer.json() if answer.content else None

    def state(self) -> Any:
        """Every object of the pretend Jira by kind, and the duplicates."""
        shown = requests.get(f"{self.root}/_sandbox/state", timeout=TIMEOUT).json()
        return {**shown["jira"], "duplicates": shown["duplicates"]}

    def lead(self) -> str:
        """The account id of the account itself."""
        found: str = self.get(f"{PLATFORM}/myself")["accountId"]
        return found

    def account_id(self, email: str) -> str:
        """The account id behind an e-mail address, known without asking Jira."""
        return next(str(user["accountId"]) for user in self.state()["user"] if user["email"] == email)

    def project(self, key: str = "ATOM", **changed: Any) -> Any:
        """What the creation of a project answers."""
        body = {"key": key, "name": f"Customer: {key}", "projectTypeKey": "business", "leadAccountId": self.lead()}
        return self.post(f"{PLATFORM}/project", {**body, **changed})

    def fields(self, project: str = "OPS", **changed: Any) -> dict[str, Any]:
        """The fields of an issue that may be created."""
        return {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": "Set up", **changed}

    def issue(self, project: str = "OPS", properties: Any = (), **changed: Any) -> Any:
        """What the creation of an issue answers."""
        body = {"fields": self.fields(project, **changed), "properties": list(properties)}
        return self.post(f"{PLATFORM}/issue", body)

    def found(self, jql: str, **more: Any) -> list[str]:
        """The ids that a search answers, in its order."""
        body = {"jql": jql, **more}
        return [issue["id"] for issue in self.post(f"{PLATFORM}/search/jql", body, 200)["issues"]]
