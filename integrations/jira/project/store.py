"""Projects as core sees them: found and written."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Container, Sequence
from typing import Annotated, ClassVar, Literal, Self

import requests
from pydantic import AfterValidator, Field

from integrations.core import names as naming
from integrations.core.address import folded_address
from integrations.core.change import Change
from integrations.core.company_name import CompanyName, company_name, folded
from integrations.core.errors import Ambiguous, Candidate, Conflict, IntegrationError, Rejected, Unavailable
from integrations.core.http import vendor_text
from integrations.core.names import INITIALS, further_keys, project_key, unlabelled
from integrations.core.resource import (
    PLACEHOLDER,
    FieldInfo,
    Holder,
    Live,
    Lookup,
    Resource,
    Taken,
    precedence,
)
from integrations.core.system import Answer, IdForm
from integrations.core.text import one_line, short_hash, shorten, slug
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing, answered
from integrations.jira.people import People
from integrations.jira.project.api import LONGEST_NAME, Calls, Found, called, marked


class Project(Resource):
    """A project, made once from a template; people run it from then on."""

    kind: ClassVar[str] = "project"
    title: ClassVar[str] = "project"
    names: ClassVar[tuple[str, ...]] = ("name", "project_key")

    name: Annotated[
        str,
        AfterValidator(lambda name: shorten(one_line(name), LONGEST_NAME)),
        Field(min_length=2),
        FieldInfo(owner="people", once=True, looked_up=True),
    ]
    template: Annotated[str | None, FieldInfo(owner="people", once=True, kept=True)] = None
    """The template's key; None: the settings' one."""
    project_type: Annotated[str | None, FieldInfo(owner="people", once=True, label="type", kept=True)] = None
    """`business`, `software` or `service_desk`; None: the settings' one."""
    lead: Annotated[
        str | None,
        AfterValidator(lambda email: email and folded_address(email)),
        FieldInfo(owner="people", once=True, kept=True),
    ] = None
    """The e-mail address of who leads it; None: the settings' one."""
    project_key: Annotated[str | None, FieldInfo(output=True, label="key")] = None

    def named(self, distinction: str) -> Self:
        """See `Resource.named`."""
        names = {
            "name": naming.title(self.name, distinction, LONGEST_NAME),
            "project_key": naming.project_key(self.name, distinction),
        }
        return self.model_copy(update=names)

    def label(self) -> str:
        """Its name."""
        return self.name


AT_FIRST = 8
"""Keys beside the wanted one that are asked for together with it."""


def proposed_keys(wanted: Project) -> list[str]:
    """Return the keys to try, the best first: the wanted one, then others with a number."""
    first = wanted.project_key or project_key(wanted.name, "")
    return [first, *further_keys(first)]


def former_keys(wanted: Project) -> list[str]:
    """Return the keys that earlier releases gave, with a hash of our own key.

    Those releases did not yet propose names in the plan.
    """
    first = project_key(wanted.name, "")[:INITIALS]
    hashes = [short_hash(key, 6).upper() for key in (wanted.key, *wanted.former)]
    return [key for hashed in hashes for key in (f"{first}{hashed}", f"C{hashed}")]


def alike(name: str, other: str) -> bool:
    """Return whether the names of two projects share a distinctive word.

    Short keys coincide by chance, the names of one customer do not. Words of up to two letters, the label
    before a colon and the usual legal forms do not count.
    """
    return not _words(name).isdisjoint(_words(other)) or not (_words(name) and _words(other))


def _words(name: str) -> set[str]:
    return {word for word in slug(unlabelled(name), limit=LONGEST_NAME).split("-") if len(word) > 2}


KEY_TAKEN, NAME_TAKEN = "projectKey", "projectName"
TRIES = 2
"""Attempts with a key and a name that are refused as taken although we see no project that has them."""


def choice(connection: Connection, wanted: Project, standing: list[tuple[Found, str]]) -> Ambiguous:
    """Return the error that a person has to choose one of these projects, if any.

    Each is shown with what makes it look alike.
    """
    base = connection.settings.base
    candidates = tuple(
        Candidate(project.key, project.name, f"{base}/browse/{project.key}", note) for project, note in standing
    )
    names = ", ".join(f"{project.key} “{project.name}”" for project, _ in standing)
    return connection.error(
        Ambiguous,
        f"{TITLE}: in the way of the project “{wanted.name}” is one without a mark of ours: {names}",
        candidates=candidates,
        next="Choose it, or say `new`, with: closedwon link",
    )


def standing(wanted: Project, keyed: list[Found], named: list[Found]) -> list[tuple[Found, str]]:
    """Return the unmarked projects with the wanted key or name, each with what is the same."""
    there = {project.id: (project, "has the same name") for project in named}
    there |= {project.id: (project, "has the same key") for project in keyed}
    return [
        (project, note)
        for _, (project, note) in sorted(there.items())
        if project.mark is None and not project.gone and alike(project.name, wanted.name)
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
            problem = f"{field}: {text}" if field else text
            raise self._connection.rejected(f"create the project “{name}”", field, vendor_text(problem))

    def _holder(self, change: Change[Project], keyed: list[Found], named: list[Found]) -> Found | None:
        """Return our own project if it has the key or the name, with any addition; None: both are free.

        Raises:
            Ambiguous: The project that has it bears no mark.
            Conflict: It is another customer's, a stranger's or in the trash.
        """
        wanted = change.wanted()
        for project in (*keyed, *named):
            if project.mark in (wanted.key, *wanted.former) and not project.gone:
                return project
        named = [project for project in named if folded(project.name) == folded(wanted.name)]
        if not keyed and not named:
            return None
        unmarked = standing(wanted, keyed, named)
        if unmarked and not change.new:
            raise choice(self._connection, wanted, unmarked)
        raise self._connection.error(
            Conflict,
            f"{TITLE}: meanwhile another project has the key {proposed_keys(wanted)[0]} or the name “{wanted.name}”",
            next="Look at the plan again.",
        )

    def _unseen(self, key: str, name: str) -> IntegrationError:
        """The error of a key or a name that is refused as taken although we see no project that has it.

        Raises:
            AuthError: We do not see every project.
        """
        self._calls.prove_visibility()
        return self._connection.error(
            Unavailable,
            f"{TITLE}: the key {key} or the name “{name}” is refused as taken, and no project has it",
            who=ADMINISTRATOR,
            next="It is tried again by itself.",
        )


Looked = Found | Taken[Project] | IntegrationError | None
Row = Live[Project] | Taken[Project] | IntegrationError | None


@dataclasses.dataclass(frozen=True)
class Seen:
    """The projects as one look saw them.

    Attributes:
        every: All that there are.
        is_whole: They were read just now; otherwise some time ago.
        keyed: Those with a proposed key, read just now.
    """

    every: Sequence[Found]
    is_whole: bool
    keyed: list[Found]

    def reading_as(self, name: str) -> list[Found]:
        """Return the projects whose name reads as this one, whatever label or legal form it has."""
        wanted = company_name(unlabelled(name))
        return [project for project, company in self._companies if wanted.reads_as(company)]

    @functools.cached_property
    def _companies(self) -> list[tuple[Found, CompanyName]]:
        return [(project, company_name(unlabelled(project.name))) for project in self.every]


class Projects:
    """Customers' projects.

    The mark is a line `closedwon: KEY` in the description, written with the creation, so there are no
    orphans. Keys and names are unique in Jira: whatever is lost or done at once, there is one. What we made
    is written once and left to people; the key of a project in the trash stays taken.
    """

    resource: type[Project] = Project
    writes: Literal["create", "send", "manual"] = "create"
    batch: int = 1
    id_form: IdForm = IdForm(re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}|[1-9][0-9]{0,17}"), "a key, such as OPS")

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection, self._people = connection, people
        self._width = connection.settings.concurrency
        self._calls = Calls(connection)
        self._creation = Creation(connection, self._calls, people)

    def find(self, lookups: Sequence[Lookup[Project]]) -> Answer:
        """See `Store.find`. One list of all projects, where one request takes them all.

        Where there are more, the list is for likeness and for marks, and is kept for a while: all proposed keys are
        asked for in one request besides, each name in one of its own, and what bears a mark is read again.
        """
        found: dict[str, Looked] = {**answered(lookups, self._by_id, self._width)}
        remainder = [lookup for lookup in lookups if found[lookup.key] is None]
        if remainder:
            every, is_whole = self._calls.every()
            wanted = [lookup.resource for lookup in remainder if not lookup.look]
            keys = [
                key for project in wanted for key in (*proposed_keys(project)[: AT_FIRST + 1], *former_keys(project))
            ]
            keyed = (
                self._calls.with_keys(keys)
                if keys and not is_whole
                else [project for project in every if project.key in keys]
            )
            seen = Seen(every, is_whole, keyed)
            found |= answered(remainder, lambda lookup: self._by_name(lookup, seen), self._width)
        return {lookup.key: self._answer(lookup, found[lookup.key]) for lookup in lookups}

    def put(self, changes: Sequence[Change[Project]]) -> Answer:
        """See `Store.put`. There is nothing to update: every field is written once."""
        return answered(changes, self._put, self._width)

    def _by_id(self, lookup: Lookup[Project]) -> Found | None:
        if lookup.id is None:
            return None
        try:
            project = self._calls.read(lookup.id)
        except Missing:
            if not lookup.chosen:
                return None
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the chosen project {lookup.id} does not exist, or {self._connection.settings.account} "
                "may not see it",
                who="the person who chose it",
                next="Choose another with: closedwon link",
            ) from None
        if project.mark in lookup.keys or (lookup.chosen and project.mark is None):
            return project
        if lookup.chosen:
            raise self._connection.error(
                Rejected,
                f"{TITLE}: the chosen project {project.key} “{project.name}” belongs to another customer "
                f"already ({project.mark})",
                who="the person who chose it",
                next="Choose another with: closedwon link",
            )
        return None

    def _by_name(self, lookup: Lookup[Project], seen: Seen) -> Found | Taken[Project] | None:
        wanted, keyed = lookup.resource, seen.keyed
        named = self._named(lookup, seen)
        same = [project for project in named if folded(project.name) == folded(wanted.name)]
        there = {project.id: project for project in (*keyed, *named)}
        marked = [project for project in there.values() if project.mark in lookup.keys]
        ours = sorted(marked, key=lambda project: (project.gone, precedence(lookup.keys, project.mark), project.id))
        if ours and not ours[0].gone:
            return ours[0]
        if ours and not lookup.new:
            raise self._in_trash(ours[0])
        first = proposed_keys(wanted)[0]
        unmarked = standing(
            wanted, [project for project in keyed if project.key == first], seen.reading_as(wanted.name)
        )
        if unmarked and not lookup.new:
            raise choice(self._connection, wanted, unmarked)
        self._calls.prove_visibility()
        if wanted.lead and wanted.lead != PLACEHOLDER and wanted.active:
            self._people.account_id(wanted.lead, "lead")
        return None if lookup.look else self._taken(wanted, keyed, same)

    def _named(self, lookup: Lookup[Project], seen: Seen) -> list[Found]:
        """Return the projects of the wanted name, and those with the customer's mark under any name."""
        marked = [project for project in seen.every if project.mark in lookup.keys]
        if seen.is_whole:
            return [*called(seen.every, lookup.resource.name), *marked]
        read = [self._reread(project) for project in marked]
        return [*self._calls.called(lookup.resource.name), *(project for project in read if project is not None)]

    def _reread(self, project: Found) -> Found | None:
        try:
            return self._calls.read(project.key)
        except Missing:
            return None

    def _taken(self, wanted: Project, keyed: list[Found], same: list[Found]) -> Taken[Project] | None:
        """Return the holder of the name or the key; a key that a stranger holds is replaced by a free one."""
        first = proposed_keys(wanted)[0]
        by_key = {project.key: project for project in keyed}
        holders = [self._holder("name", project.name, project) for project in same]
        if first not in by_key:
            return Taken(tuple(holders)) if holders else None
        holders.append(self._holder("project_key", first, by_key[first]))
        free = None if same else self._free_key(wanted, by_key)
        other = wanted.model_copy(update={"project_key": free}) if free else None
        return Taken(tuple(holders), other)

    def _free_key(self, wanted: Project, taken: Container[str]) -> str | None:
        """Return the first key that no project has, after those that were looked up already."""
        _, *keys = proposed_keys(wanted)
        free = next((key for key in keys[:AT_FIRST] if key not in taken), None)
        if free is not None:
            return free
        there = {project.key for project in self._calls.with_keys(keys[AT_FIRST:])}
        return next((key for key in keys[AT_FIRST:] if key not in there), None)

    def _holder(self, field: str, name: str, project: Found) -> Holder:
        url = "" if project.gone else f"{self._connection.settings.base}/browse/{project.key}"
        title = f"{project.name}, in the trash" if project.gone else project.name
        return Holder(field, name, project.key, title, url, project.mark or "")

    def _in_trash(self, project: Found) -> Ambiguous:
        return self._connection.error(
            Ambiguous,
            f"{TITLE}: the project {project.key} “{project.name}” was made for this, but somebody has deleted it",
            candidates=(),
            who=ADMINISTRATOR,
            next="Restore it from the trash, or say `new` or `never` with: closedwon link",
        )

    def _answer(
        self, lookup: Lookup[Project], found: Looked
    ) -> Live[Project] | Taken[Project] | IntegrationError | None:
        return self._live(lookup.resource, found) if isinstance(found, Found) else found

    def _live(self, wanted: Project, project: Found) -> Live[Project]:
        state = Project(
            key=wanted.key,
            active=not project.archived or wanted.active,
            name=project.name,
            project_type=project.project_type or None,
            lead=project.lead,
            project_key=project.key,
        )
        url = f"{self._connection.settings.base}/browse/{project.key}"
        return Live(project.key, state, url, ours=project.mark is not None, is_former=project.mark in wanted.former)

    def _put(self, change: Change[Project]) -> Live[Project]:
        wanted, found = change.wanted(), change.found
        if found is None:
            return self._live(wanted, self._creation.create(change))
        project = self._calls.read(found.id)
        if project.mark is not None and project.mark not in (wanted.key, *wanted.former):
            raise self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile the project {project.key} was taken for another customer ({project.mark})",
                next="Look at the plan again.",
            )
        if project.mark is None or (change.action == "adopt" and project.mark != wanted.key):
            self._calls.describe(project.key, marked(project.description, wanted.key))
        if change.action == "archive" and not project.archived:
            self._calls.archive(project.key)
            return Live(project.key, found.state.model_copy(update={"active": False}), found.url)
        return self._live(wanted, project)
