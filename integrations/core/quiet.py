"""News for a command that runs every five minutes: changes, and what newly waits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.core.ledger import Ledger

OPEN = frozenset({"waiting", "failed", "blocked"})
Items = Mapping[str, frozenset[str]]
"""By subject, the hashes of its open items."""


class Quiet:
    """Compares a run with the last quiet run's report for the same command; the ledger keeps hashes only.

    The open items of a subject that a run did not look at are kept until a run looks at it again.
    """

    def __init__(self, ledger: Ledger, command: str) -> None:
        self._ledger, self._command = ledger, command
        kept: dict[str, list[str]] = json.loads(ledger.reported(command) or "{}")
        self._known: dict[str, frozenset[str]] = {subject: frozenset(items) for subject, items in kept.items()}
        self._now: dict[str, frozenset[str]] = {}

    def is_news(self, document: Mapping[str, Any]) -> bool:
        """Return whether the run did something, or something is open that the last quiet run did not report."""
        is_new, changes = self.is_new_error(document), self.changes(document)
        return is_new or bool(changes)

    def changes(self, document: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
        """Return the changes, by subject and step, that were done, or that are open and were not reported."""
        changes = document["changes"]
        items = {
            (change["subject"], f"{change['step']} {_why(change)}"): change["step"]
            for change in changes
            if change["result"] in OPEN
        }
        fresh = self.fresh(items, {change["subject"] for change in changes})
        done = {(change["subject"], change["step"]) for change in changes if change["result"] == "done"}
        return frozenset(done | {(subject, items[subject, item]) for subject, item in fresh})

    def is_new_error(self, document: Mapping[str, Any]) -> bool:
        """Return whether the whole run was stopped by an error that was not reported."""
        subject = f"{document.get('deal', '')} as a whole"
        error = document["error"]
        return bool(self.fresh([(subject, error["type"])] if error is not None else [], {subject}))

    def fresh(self, items: Iterable[tuple[str, str]], subjects: Iterable[str] = ()) -> frozenset[tuple[str, str]]:
        """Return the items, each with its subject, that were not reported.

        The items replace all that was open of `subjects` before.
        """
        found: dict[str, dict[str, str]] = {subject: {} for subject in subjects}
        for subject, item in items:
            found.setdefault(subject, {})[self._ledger.hash(item)[:12]] = item
        for subject, hashes in found.items():
            self._now[subject] = self._now.get(subject, frozenset()) | hashes.keys()
        return frozenset(
            (subject, item)
            for subject, hashes in found.items()
            for hash_, item in hashes.items()
            if hash_ not in self._known.get(subject, frozenset())
        )

    def close(self, group: str, items: Iterable[tuple[str, str]]) -> None:
        """Forget the reported items of subjects whose names end with `group`, except those that are still open.

        An item that comes back is news, though the runs between looked at nothing of its subject.
        """
        still = [(subject, self._ledger.hash(item)[:12]) for subject, item in items]
        for subject in [name for name in self._known if name.endswith(group)]:
            self._known[subject] &= {item for member, item in still if member == subject}

    def keep(self) -> None:
        """Record the items that are open now, for the next quiet run."""
        known = {subject: sorted(items) for subject, items in {**self._known, **self._now}.items() if items}
        with self._ledger.afterwards():
            self._ledger.report(self._command, json.dumps(known))


def _why(change: Mapping[str, Any]) -> str:
    error, waits = change["error"], change["waits_for"]
    return " ".join([change["result"], error["type"] if error else "", *(step["name"] for step in waits)])
