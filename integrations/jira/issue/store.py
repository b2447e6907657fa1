"""Matching of wanted tickets: by a person's choice, by the ledger, by our claim, by our label."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, Field, model_validator

from integrations.core.address import folded_address
from integrations.core.document import Document, Paragraph, Span
from integrations.core.errors import Ambiguous, AuthError, Conflict, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.resource import PLACEHOLDER, FieldInfo, Lookup, Resource, precedence
from integrations.core.text import one_line, shorten
from integrations.jira.adf import from_adf, to_adf
from integrations.jira.claims import Claim, Claims, Held
from integrations.jira.connection import ADMINISTRATOR, TITLE, Connection, Missing, answered
from integrations.jira.issue.api import Calls, Issue
from integrations.jira.people import People

LONGEST_SUMMARY = LONGEST_LABEL = 255
"""Characters that Jira takes."""

NONE = "none"
"""No other ticket bears the same mark."""


def _words(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels as Jira takes them: without blanks, each once."""
    joined = (shorten("-".join(one_line(label).split()), LONGEST_LABEL) for label in labels)
    return tuple(dict.fromkeys(label for label in joined if label))


@functools.lru_cache(maxsize=64)
def _read_back(description: Document) -> Document:
    return from_adf(to_adf(description))


class WorkItem(Resource):
    """Content that is written once, when the ticket is made; from then on it is the assignee's."""

    several: ClassVar[bool] = True

    project: Annotated[str, Field(min_length=1), FieldInfo(once=True, kept=True)]
    """The project's key."""
    summary: Annotated[
        str,
        AfterValidator(lambda summary: shorten(one_line(summary), LONGEST_SUMMARY)),
        Field(min_length=1),
        FieldInfo(owner="people", once=True),
    ]
    description: Annotated[Document, FieldInfo(owner="people", once=True)] = Document()
    issue_type: Annotated[str | None, FieldInfo(owner="people", once=True, label="type", kept=True)] = None
    """The issue type's name; None: the settings' one."""
    assignee: Annotated[
        str | None,
        AfterValidator(lambda email: email and folded_address(email)),
        FieldInfo(owner="people", once=True, kept=True),
    ] = None
    """The e-mail address of who does the work."""
    labels: Annotated[tuple[str, ...], AfterValidator(_words), FieldInfo(owner="people", once=True)] = ()
    duplicates: Annotated[str, FieldInfo(output=True)] = NONE
    """The other tickets that bear the same mark and are to be closed, as keys; `none` is always wanted."""

    @model_validator(mode="before")
    @classmethod
    def _is_wanted_once(cls, values: Any) -> Any:
        """Said or not, that there is no other is part of what is wanted."""
        return {"duplicates": NONE, **values} if isinstance(values, dict) else values

    def comparable(self, field: str) -> Any:
        """The description as Jira gives it back: equal for two texts that read the same."""
        return _read_back(self.description) if field == "description" else super().comparable(field)

    def label(self) -> str:
        """Its summary."""
        return self.summary


LABELS_AT_ONCE = 50
"""Labels of one search; also the most ids that `reconcileIssues` takes."""

W = TypeVar("W", bound=WorkItem)


def counting(marked: Sequence[Issue], keys: Sequence[str] = ()) -> Issue | None:
    """Return the ticket that counts among those with our marks, by its `precedence`, with its twins."""
    if not marked:
        return None
    distinct = {issue.id: issue for issue in marked}.values()
    first, *others = sorted(distinct, key=lambda issue: (precedence(keys, issue.mark), issue.id))
    return dataclasses.replace(first, twins=tuple(other for other in others if not other.done)) if others else first


class Matching(Generic[W]):
    """Look-up of tickets of one kind; remembers which claims proved to be abandoned."""

    def __init__(self, connection: Connection, calls: Calls, claims: Claims) -> None:
        self._connection, self._calls, self._claims = connection, calls, claims
        self._guard = threading.Lock()
        self._abandoned: dict[str, Claim] = {}

    def find(
        self,
        lookups: Sequence[Lookup[W]],
        missing: Callable[[W], None],
        believed: Callable[[Lookup[W], Issue], bool],
    ) -> dict[str, Issue | IntegrationError | None]:
        """Return each ticket, None if it provably does not exist, or the error where that is not known.

        Tickets are searched by label, fifty in a request, even those that the ledger remembers: that shows
        their twins as well. Of several with the mark the lowest id counts.

        Args:
            lookups: What is wanted, and where it was last seen.
            missing: Called with each resource that has to be made; an error that it raises becomes the answer.
            believed: Whether a ticket may be taken as the index has it; the others are requested as they are now,
                fifty in a request.
        """
        width = self._connection.settings.concurrency
        remembered = [lookup for lookup in lookups if lookup.id is not None and not lookup.chosen]
        labelled = self._labelled(remembered, believed) if remembered else {}

        def by_id(lookup: Lookup[W]) -> Issue | None:
            marked = labelled.get(lookup.key, [])
            known = self._by_id(lookup) if lookup.id not in {issue.key for issue in marked} else None
            return counting([*marked, known] if known is not None else marked, lookup.keys)

        found = answered(lookups, by_id, width)
        remainder = [lookup for lookup in lookups if found[lookup.key] is None]
        if remainder:
            claims = self._claims.read([key for lookup in remainder for key in lookup.keys])

            def by_claims(lookup: Lookup[W]) -> Issue | None:
                issue = self._by_claims(lookup, [claims[key] for key in lookup.keys if key in claims])
                if issue is None:
                    missing(lookup.resource)
                return issue

            found |= answered(remainder, by_claims, width)
        return found

    def _labelled(
        self, lookups: Sequence[Lookup[W]], believed: Callable[[Lookup[W], Issue], bool]
    ) -> dict[str, list[Issue]]:
        """Return the tickets that the index knows, by look-up key.

        A ticket that it does not know may still exist.
        """
        wanted = {key: lookup for lookup in lookups for key in lookup.keys}
        found: dict[str, list[Issue]] = {}
        for issue in self._searched(wanted, [self._claims.name(key) for key in wanted]):
            found.setdefault(wanted[str(issue.mark)].key, []).append(issue)
        doubtful = [
            issue
            for key, several in found.items()
            for issue in several
            if len(several) > 1 or not believed(wanted[key], issue)
        ]
        for start in range(0, len(doubtful), LABELS_AT_ONCE):
            part = doubtful[start : start + LABELS_AT_ONCE]
            names = [self._claims.name(str(issue.mark)) for issue in part]
            for now in self._searched(wanted, list(dict.fromkeys(names)), [issue.id for issue in part]):
                several = found.get(wanted[str(now.mark)].key, [])
                several[:] = [now if issue.id == now.id else issue for issue in several]
        return found

    def _searched(
        self, wanted: Mapping[str, Lookup[W]], names: Sequence[str], current: Sequence[int] = ()
    ) -> Iterator[Issue]:
        for start in range(0, len(names), LABELS_AT_ONCE):
            for issue in self._calls.labelled(names[start : start + LABELS_AT_ONCE], current):
                if issue.mark in wanted:
                    yield issue

    def check_owner(self, issue: Issue, wanted: W) -> None:
        """Make sure, before a ticket is written to, that it is ours or nobody's.

        Raises:
            Conflict: It was taken for something else meanwhile.
        """
        if issue.mark is not None and issue.mark not in (wanted.key, *wanted.former):
            raise self._connection.error(
                Conflict,
                f"{TITLE}: meanwhile the ticket {issue.key} was taken for something else ({issue.mark})",
                next="Look at the plan again.",
            )

    def _by_id(self, lookup: Lookup[W]) -> Issue | None:
        """Return the ticket that a person chose, or the one that the ledger remembers if it bears our mark.

        Raises:
            Rejected: The chosen ticket does not exist, or belongs to another step.
        """
        if lookup.id is None:
            return None
        try:
            issue = self._calls.read(lookup.id)
        except Missing:
            if not lookup.chosen:
                return None
            raise self._not_chosen(f"{lookup.id} does not exist, or we may not see it") from None
        if issue.mark in lookup.keys or (lookup.chosen and issue.mark is None):
            return issue
        if lookup.chosen:
            raise self._not_chosen(f"{issue.key} belongs to something else already ({issue.mark})")
        return None

    def _by_claims(self, lookup: Lookup[W], claims: Sequence[Claim]) -> Issue | None:
        """Return the ticket that our claims lead to.

        None means that nothing was ever made, or that provably nothing came of it.

        Raises:
            Ambiguous: The ticket is gone, or was moved to where we may not see it.
            Uncertain: It was claimed a moment ago, and the index may not know the result yet.
        """
        for claim in claims:
            issue = self._of(lookup, claim)
            if issue is not None:
                return issue
        return None

    def _of(self, lookup: Lookup[W], claim: Claim) -> Issue | None:
        known = claim.content.get("issue")
        current = [known] if isinstance(known, int) else []
        label = self._claims.name(claim.key)
        labelled = [issue for issue in self._calls.labelled([label], current) if issue.mark == claim.key]
        if known is not None and known not in {issue.id for issue in labelled}:
            try:
                labelled.append(self._calls.read(str(known)))
            except Missing:
                if not labelled:
                    return self._gone(lookup, claim)
        if labelled:
            return counting(labelled)
        # The claim was read before the search: what is created while its answer is on its way is not in it.
        wait = self._connection.settings.settle - claim.age
        if wait > 0:
            raise self.claimed(claim.key, wait)
        # A search leaves out what we may not browse, without a word.
        if lookup.resource.project != PLACEHOLDER:
            self._calls.prove_visibility(lookup.resource.project)
        with self._guard:
            self._abandoned[claim.key] = claim
        return None

    def abandoned(self, key: str) -> Claim | None:
        """The claim that we saw to have come to nothing: it may be taken over."""
        with self._guard:
            return self._abandoned.get(key)

    def settled(self, key: str) -> None:
        """The claim is ours now."""
        with self._guard:
            self._abandoned.pop(key, None)

    def elder(self, key: str, made: Issue, rival: Claim | None) -> Issue | None:
        """The ticket with the lowest id that bears the mark of the one that we have just made, if that is another."""
        known = rival.content.get("issue") if rival is not None else None
        current = [known] if isinstance(known, int) else []
        marked = [issue for issue in self._calls.labelled([self._claims.name(key)], current) if issue.mark == key]
        return min((issue for issue in marked if issue.id < made.id), key=lambda issue: issue.id, default=None)

    def claimed(self, key: str, wait: float) -> Uncertain:
        """Return the error that another run, or ours before a crash, is making this ticket."""
        return self._connection.error(
            Uncertain,
            f"{TITLE}: the ticket {key} was being made a moment ago; what came of it is not known yet",
            next="It is looked for before it is tried again.",
            retry_after=wait,
        )

    def _gone(self, lookup: Lookup[W], claim: Claim) -> Issue | None:
        if lookup.new:
            with self._guard:
                self._abandoned[claim.key] = claim
            return None
        name = claim.content.get("name") or claim.content.get("issue")
        raise self._connection.error(
            Ambiguous,
            f"{TITLE}: the ticket {name} was made for this, but it was deleted, or {self._connection.settings.account} "
            "may not see it any more",
            candidates=(),
            who=ADMINISTRATOR,
            next='Grant "Browse Projects" where it is, or say `new` or `never` with: closedwon link',
        )

    def _not_chosen(self, why: str) -> Rejected:
        return self._connection.error(
            Rejected,
            f"{TITLE}: the chosen ticket {why}",
            who="the person who chose it",
            next="Choose another with: closedwon link",
        )


@dataclasses.dataclass(frozen=True)
class Twins:
    """The twins of one ticket, as issue keys.

    Attributes:
        idle: Nobody has written on them: they are to be closed.
        used: People have, or have closed the ticket that counts: they are left to people.
    """

    idle: tuple[str, ...] = ()
    used: tuple[str, ...] = ()

    @property
    def duplicates(self) -> str:
        """The field of that name, as it is."""
        return ", ".join(self.idle) or NONE


class Pairs:
    """Detection and closing of twins."""

    def __init__(self, connection: Connection, people: People, calls: Calls) -> None:
        self._connection, self._people, self._calls = connection, people, calls

    def of(self, issue: Issue, *, settled: bool) -> Twins:
        """Return the twins of a ticket, each checked for changes by people.

        Args:
            issue: The ticket that counts.
            settled: People closed it, so that its twin may be the one that they go on with.
        """
        keys = [twin.key for twin in issue.twins]
        idle = () if settled else tuple(key for key in keys if not self._is_used(key))
        return Twins(idle, tuple(key for key in keys if key not in idle))

    def close(self, counting: str, twins: Sequence[str], label: str, mark: Mapping[str, Any]) -> None:
        """Close these twins, each with a comment that names the ticket that counts; twice comments once.

        Raises:
            Conflict: Meanwhile a person has written on one.
        """
        for key in twins:
            issue = self._calls.read(key)
            if issue.done:
                continue
            if self._is_used(key):
                raise self._connection.error(
                    Conflict,
                    f"{TITLE}: meanwhile somebody has written on the ticket {key}, which is there twice",
                    next="Look at the plan again.",
                )
            self.end(issue, counting, label, mark)

    def end(self, issue: Issue, counting: str, label: str, mark: Mapping[str, Any]) -> None:
        """Close a twin that nobody has written on."""
        if issue.counting != counting:
            text = f"This ticket was made twice. {counting} is the one that counts."
            comment = Document(blocks=(Paragraph(spans=(Span(text=text),)),))
            self._calls.mark(issue, {**mark, "counting": counting}, label, comment)
        self._calls.close(issue.key)

    def _is_used(self, key: str) -> bool:
        """Return whether anyone but us and Jira's own automation has changed it or commented on it."""
        try:
            authors = self._calls.authors(key)
        except Missing:
            return True
        own = self._people.own_account_id()
        return any(author.get("accountId") != own and author.get("accountType") != "app" for author in authors)


class Creation(Generic[W]):
    """Creation of tickets of one kind."""

    def __init__(
        self, connection: Connection, people: People, calls: Calls, claims: Claims, matching: Matching[W], pairs: Pairs
    ) -> None:
        self._connection, self._people = connection, people
        self._calls, self._claims, self._matching, self._pairs = calls, claims, matching, pairs

    def check_assignee(self, wanted: W) -> None:
        """Refuse, before anything is written, a ticket that would have nobody.

        Raises:
            Rejected: The assignee can't be found.
        """
        if wanted.active and wanted.assignee and wanted.assignee != PLACEHOLDER:
            self._people.account_id(wanted.assignee, "assignee")

    def create(self, wanted: W, mark: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Issue:
        """Create a ticket, if the claim is ours.

        `more` holds Jira's fields beyond those that every ticket has.

        Raises:
            Uncertain: Somebody else claimed the key since we looked, or took our claim over, or the answer was lost.
            Rejected: Jira does not take a field, or the assignee can't be found.
        """
        fields = {**self._fields(wanted), **(more or {})}
        held = self._claims.take(wanted.key, self._matching.abandoned(wanted.key))
        if held is None or not self._claims.confirm(held):
            raise self._matching.claimed(wanted.key, self._connection.settings.settle)
        try:
            number, key = self._calls.create(fields, mark)
        except Uncertain:  # it may have been created: the claim makes the next run look for it
            raise
        except (AuthError, Rejected, Unavailable):
            self._claims.drop(held)
            raise
        issue = _made(number, key, wanted, fields, mark)
        # The ticket exists and is marked: should any of this be lost, a later run finds it, and a twin, by its label.
        elder = None
        with contextlib.suppress(IntegrationError):
            elder = self._elder(wanted, issue, held)
        if elder is not None:
            with contextlib.suppress(IntegrationError):
                self._pairs.end(issue, elder.key, self._claims.name(wanted.key), mark)
            issue = elder
        with contextlib.suppress(IntegrationError):
            self._claims.record(wanted.key, issue=issue.id, name=issue.key)
        self._matching.settled(wanted.key)
        return issue

    def _elder(self, wanted: W, made: Issue, held: Held) -> Issue | None:
        """The ticket that somebody else made first: who took our claim over, or whose claim we took over."""
        rival = self._claims.rival(held)
        return None if rival is None and held.first else self._matching.elder(wanted.key, made, rival)

    def _fields(self, wanted: W) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "project": {"key": wanted.project},
            "issuetype": {"name": wanted.issue_type or self._connection.settings.issue_type},
            "summary": wanted.summary,
            "labels": [*wanted.labels, self._claims.name(wanted.key)],
        }
        if wanted.description:
            fields["description"] = to_adf(wanted.description)
        if wanted.assignee:
            fields["assignee"] = {"accountId": self._people.account_id(wanted.assignee, "assignee")}
        return fields


def _made(number: int, key: str, wanted: WorkItem, fields: Mapping[str, Any], mark: Mapping[str, Any]) -> Issue:
    """Return the ticket that was created from these fields."""
    return Issue(
        number,
        key,
        mark=wanted.key,
        customer=str(mark.get("customer", "")),
        state=mark.get("state", ""),
        project=wanted.project,
        summary=wanted.summary,
        description=fields.get("description"),
        assignee=wanted.assignee,
        issue_type=fields["issuetype"]["name"],
        labels=wanted.labels,
    )
