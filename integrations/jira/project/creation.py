"""Creating a project once: its key and name are unique, and our mark goes with the creation."""

from __future__ import annotations

import requests

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected, Unavailable
from integrations.core.http import vendor_text
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection
from integrations.jira.people import People
from integrations.jira.project.calls import Calls, Found, marked
from integrations.jira.project.naming import alike, proposed_keys, proposed_names
from integrations.jira.project.resource import Project

KEY_TAKEN, NAME_TAKEN = "projectKey", "projectName"


def choice(connection: Connection, wanted: Project, standing: list[tuple[Found, str]]) -> Ambiguous:
    """That a person has to say which of these projects it is, if any; each with what makes it look alike."""
    base = connection.settings.base
    candidates = tuple(Candidate(one.key, one.name, f"{base}/browse/{one.key}", note) for one, note in standing)
    names = ", ".join(f"{one.key} “{one.name}”" for one, _ in standing)
    return Ambiguous(
        f"{TITLE}: in the way of the project “{wanted.name}” is one without a mark of ours: {names}",
        candidates=candidates,
        system=connection.name,
        next="Choose it, or say `new`, with: closedwon link",
    )


class Creation:
    """Tries the proposed key and name, and those with our hash when somebody else's project has them."""

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
            Rejected: Key and name with our hash are taken as well, or Jira refused something else.
        """
        wanted = change.wanted()
        keys, names = list(proposed_keys(wanted)), list(proposed_names(wanted))
        lead = self.lead(wanted)
        has_looked_again = False
        while keys and names:
            body = self._body(wanted, keys[0], names[0], lead)
            response, errors = self._calls.create(body)
            if response.status_code != 400:
                return self._made(wanted, body, response)
            self._check_refusal(errors, names[0])
            keyed = self._calls.with_keys(keys[:1]) if KEY_TAKEN in errors else []
            named = self._calls.named(names[0]) if NAME_TAKEN in errors else []
            holder = self._holder(change, keyed, named)
            if holder is not None:
                return holder
            if not keyed and not named:
                if has_looked_again:
                    raise self._unseen(keys[0], names[0])
                has_looked_again = True
            keys = keys[1:] if keyed else keys
            names = names[1:] if named else names
        raise Rejected(
            f"{TITLE}: every key or name for the project “{wanted.name}” is taken",
            system=self._connection.name,
            field="name",
            who=ADMINISTRATOR,
            next="Make it by hand, then choose it with: closedwon link",
        )

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

    def _body(self, wanted: Project, key: str, name: str, lead: str) -> dict[str, str]:
        settings = self._connection.settings
        return {
            "key": key,
            "name": name,
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
        """Return our own project where it has the key or the name; None: another customer's, one in the trash, or none.

        Raises:
            Ambiguous: What has it bears no mark.
        """
        wanted = change.wanted()
        standing = {one.id: (one, "has the same name") for one in named}
        standing |= {one.id: (one, "has the same key") for one in keyed}
        for one, _ in standing.values():
            if one.mark in (wanted.key, *wanted.former) and not one.gone:
                return one
        unmarked = [
            (one, note)
            for one, note in standing.values()
            if one.mark is None and not one.gone and alike(one.name, wanted.name)
        ]
        if unmarked and not change.new:
            raise choice(self._connection, wanted, unmarked)
        return None

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
