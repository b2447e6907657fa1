"""Look-ups over the stored objects, so that finding one costs the same among ten as among 100,000."""

from __future__ import annotations

import bisect
import dataclasses
import time
import weakref
from collections.abc import Callable, Iterable, KeysView

from integrations.sandbox.jira.call import SYSTEM
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document, State, Table


class Lookup:
    """Index of one table's objects by terms such as `label:vip`.

    Terms are remembered for good and compared with the object when it is found: so a write that was
    taken back, a changed object or an emptied table needs no bookkeeping.
    """

    def __init__(self, table: Table, terms: Callable[[Document], Iterable[str]]) -> None:
        self.table, self._terms = table, terms
        self._ids: dict[str, dict[str, None]] = {}
        for key, document in table.items():
            self._remember(key, document)

    def save(self, key: str, document: Document) -> None:
        """Store an object and make it findable."""
        self.table[key] = document
        self._remember(key, document)

    def ids(self, term: str) -> KeysView[str]:
        """Ids of all objects that have, or had, the term."""
        return self._ids.get(term, {}).keys()

    def find(self, term: str) -> list[Document]:
        """Every object that has the term now."""
        found = (self.table.get(key) for key in self.ids(term))
        return [document for document in found if document is not None and term in self._terms(document)]

    def one(self, term: str) -> Document | None:
        """The first object that has the term now."""
        for key in self.ids(term):
            document = self.table.get(key)
            if document is not None and term in self._terms(document):
                return document
        return None

    def _remember(self, key: str, document: Document) -> None:
        for term in self._terms(document):
            self._ids.setdefault(term, {})[key] = None


class Words:
    """Index of accounts by the beginning of a word of their name or of their e-mail address."""

    def __init__(self, accounts: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._entries = sorted((word, key) for key, words in accounts for word in words)

    def add(self, key: str, words: Iterable[str]) -> None:
        """Make an account findable."""
        for word in words:
            bisect.insort(self._entries, (word, key))

    def beginning(self, prefix: str) -> list[str]:
        """Ids of the accounts that have a word with this beginning."""
        start = bisect.bisect_left(self._entries, (prefix, ""))
        found: dict[str, None] = {}
        for word, key in self._entries[start:]:
            if not word.startswith(prefix):
                break
            found[key] = None
        return list(found)


class IssueIndex:
    """The issues that JQL sees.

    For a while after a change, an issue is seen as it was before (or not at all, if it is new).
    """

    def __init__(self, issues: Table) -> None:
        self._issues = issues
        self._changes: dict[str, list[tuple[float, Document | None]]] = {}

    def changed(self, key: str, before: Document | None) -> None:
        """Note that an issue changes now; call it before it is stored."""
        self._changes.setdefault(key, []).append((time.monotonic(), before))

    def issue(self, key: str, lag: float) -> Document | None:
        """The issue as the index has it, `lag` seconds behind the truth."""
        now = time.monotonic()
        for changed, before in self._changes.get(key, ()):
            if now - changed < lag:
                return before
        self._changes.pop(key, None)
        return self._issues.get(key)


@dataclasses.dataclass
class Books:
    """All look-ups of one world."""

    issues: Lookup
    projects: Lookup
    organizations: Lookup
    users: Lookup
    words: Words
    index: IssueIndex
    made: dict[str, float] = dataclasses.field(default_factory=dict)
    """When accounts were made, by id (monotonic seconds): the search of users shows them late."""


_BOOKS: weakref.WeakKeyDictionary[State, Books] = weakref.WeakKeyDictionary()


def books(world: World) -> Books:
    """The look-ups of this world, made anew from its objects after a restart."""
    found = _BOOKS.get(world.state)
    if found is None:
        state = world.state
        issues, users = state.table(SYSTEM, "issue"), state.table(SYSTEM, "user")
        found = _BOOKS[state] = Books(
            issues=Lookup(issues, issue_terms),
            projects=Lookup(state.table(SYSTEM, "project"), project_terms),
            organizations=Lookup(state.table(SYSTEM, "organization"), lambda record: [f"name:{record['name']}"]),
            users=Lookup(users, lambda record: [f"email:{record['email'].lower()}"]),
            words=Words((key, account_words(user)) for key, user in users.items()),
            index=IssueIndex(issues),
        )
    return found


def forget(world: World) -> None:
    """Make the look-ups anew: the world was filled from scratch."""
    _BOOKS.pop(world.state, None)


def issue_terms(issue: Document) -> list[str]:
    """Return the terms that an issue is looked up by."""
    labels = [f"label:{label}" for label in issue["labels"]]
    category = f"category:{issue['statusCategory']}"
    return [f"key:{issue['key']}", f"id:{issue['id']}", f"project:{issue['project']}", category, *labels]


def project_terms(project: Document) -> list[str]:
    """Return the terms that a project is looked up by.

    A deleted one keeps its key but frees its name.
    """
    name = [] if project["deleted"] else [f"name:{project['name'].lower()}"]
    return [f"key:{project['key']}", f"id:{project['id']}", *name]


def account_words(user: Document) -> list[str]:
    """Return the words that `user/search` finds an account by.

    An e-mail address counts only where its owner shows it.
    """
    shown = [] if user["emailHidden"] else [user["email"].lower()]
    return [user["displayName"].lower(), *user["displayName"].lower().split(), *shown]
