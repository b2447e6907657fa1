"""Creating a project once: its key and name are unique, and our mark goes with the creation."""

from __future__ import annotations

import requests

from integrations.core.change import Change
from integrations.core.company_name import folded
from integrations.core.errors import Ambiguous, Candidate, Conflict, IntegrationError, Unavailable
from integrations.core.http import vendor_text
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection
from integrations.jira.people import People
from integrations.jira.project.calls import Calls, Found, marked
from integrations.jira.project.naming import alike, proposed_keys
from integrations.jira.project.resource import Project

KEY_TAKEN, NAME_TAKEN = "projectKey", "projectName"
TRIES = 2
"""Attempts with a key and a name that are refused as taken although we see no project that has them."""


def choice(connection: Connection, wanted: Project, standing: list[tuple[Found, str]]) -> Ambiguous:
    """Return the error that a person has to choose one of these projects, if any.

    Each is shown with what makes it look alike.
    """
    base = connection.settings.base
    candidates = tuple(Candidate(one.key, one.name, f"{base}/browse/{one.key}", note) for one, note in standing)
    names = ", ".join(f"{one.key} “{one.name}”" for one, _ in standing)
    return Ambiguous(
        f"{TITLE}: in the way of the project “{wanted.name}” is one without a mark of ours: {names}",
        candidates=candidates,
        system=connection.name,
        next="Choose it, or say `new`, with: closedwon link",
    )


def standing(wanted: Project, keyed: list[Found], named: list[Found]) -> list[tuple[Found, str]]:
    """Return the unmarked projects with the wanted key or name, each with what is the same."""
    there = {one.id: (one, "has the same name") for one in named}
    there |= {one.id: (one, "has the same key") for one in keyed}
    return [
        (one, note)
        for _, (one, note) in sorted(there.items())
        if one.mark is None and not one.gone and alike(one.name, wanted.name)
    ]


class Creation:
    """Creates a project with the key and the name that the plan shows."""

    def __init__(self, connection: Connection, calls: Calls, people: People) -> None:
        self._connection, self._calls, self._people = connection, calls, people

    def create(self, change: Change[Project]) -> Found:
        """The new project, or ours of that key or name, if the first answer was lost.

        A key stays for good. So where a refusal finds no project that has key or name, they are tried once more: what
        had them may be gone.

        Raises:
            Ambiguous: The key or the name belongs to a project without a mark.
            AuthError: Something has it that we may not see: perhaps our own.
            Unavailable: It is refused, and nothing has it.
            Conflict: Another customer's, or a stranger's, has key or name meanwhile.
            Rejected: Jira refused something else.
        """
        wanted = change.wanted()
        key = proposed_keys(wanted)[0]
        body = self._body(wanted, key, self.lead(wanted))
        for _ in range(TRIES):
            response, errors = self._calls.create(body)
            if response.status_code != 400:
                return self._made(wanted, body, response)
            self._check_refusal(errors, wanted.name)
            keyed = self._calls.with_keys([key]) if KEY_TAKEN in errors else []
            named = self._calls.called(wanted.name) if NAME_TAKEN in errors else []
            holder = self._holder(change, keyed, named)
            if holder is not None:
                return holder
        raise self._unseen(key, wanted.name)

    def lead(self, wanted: Project) -> str:
        """The account of who leads it: as wanted, else by the settings, else ours."""
        email = wanted.lead or self._connection.settings.project_lead
        return self._people.account_id(email, "lead") if email else self._people.own_account_id()

    def _made(self, wanted: Project, body: dict[str, str], response: requests.Response) -> Found:
        what = f"create the project {body['key']}"
        # A number here, a string wherever a project is read (`jira-platform-v3.json`, `ProjectIdentifiers`).
        shape = {"id": (int, str), "key": str}
        created = self._connection.http.decoded(response, what, shape, effect="write")
        settings = self._connection.settings
        return Found(
            id=int(created["id"]),
            key=body["key"],
            name=body["name"],
            description=body["description"],
            project_type=body["projectTypeKey"],
            lead=wanted.lead or settings.project_lead or settings.account,
            archived=False,
            gone=False,
        )

    def _body(self, wanted: Project, key: str, lead: str) -> dict[str, str]:
        settings = self._connection.settings
        return {
            "key": key,
            "name": wanted.name,
            "projectTypeKey": wanted.project_type or settings.project_type,
            "projectTemplateKey": wanted.template or settings.project_template,
            "leadAccountId": lead,
            "assigneeType": "UNASSIGNED",
            "description": marked("", wanted.key),
        }

    def _check_refusal(self, errors: dict[str, str], name: str) -> None:
        """Make sure that nothing but the key or the name was refused.

        Raises:
            Rejected: Something else was.
        """
        other = {field: text for field, text in errors.items() if field not in (KEY_TAKEN, NAME_TAKEN)}
        if other or not errors:
            field, text = next(iter(other.items()), ("", "it did not say why"))
            said = f"{field}: {text}" if field else text
            raise self._connection.rejected(f"create the project “{name}”", field, vendor_text(said))

    def _holder(self, change: Change[Project], keyed: list[Found], named: list[Found]) -> Found | None:
        """Return our own project if it has the key or the name, with any addition; None: both are free.

        Raises:
            Ambiguous: The project that has it bears no mark.
            Conflict: It is another customer's, a stranger's or in the trash.
        """
        wanted = change.wanted()
        for one in (*keyed, *named):
            if one.mark in (wanted.key, *wanted.former) and not one.gone:
                return one
        named = [one for one in named if folded(one.name) == folded(wanted.name)]
        if not keyed and not named:
            return None
        unmarked = standing(wanted, keyed, named)
        if unmarked and not change.new:
            raise choice(self._connection, wanted, unmarked)
        raise Conflict(
            f"{TITLE}: meanwhile another project has the key {proposed_keys(wanted)[0]} or the name “{wanted.name}”",
            system=self._connection.name,
            next="Look at the plan again.",
        )

    def _unseen(self, key: str, name: str) -> IntegrationError:
        """The error of a key or a name that is refused as taken although we see no project that has it.

        Raises:
            AuthError: We do not see every project.
        """
        self._calls.prove_visibility()
        return Unavailable(
            f"{TITLE}: the key {key} or the name “{name}” is refused as taken, and no project has it",
            system=self._connection.name,
            who=ADMINISTRATOR,
            next="It is tried again by itself.",
        )
