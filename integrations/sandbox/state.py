"""The objects of the pretend systems: tables of plain documents in memory, written through to SQLite."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Protocol

Document = dict[str, Any]
"""One object as its system holds it; JSON values only, for it is stored as JSON."""


class Watcher(Protocol):
    """Follows the documents of one table, for a look-up beside it."""

    def remember(self, document: Document) -> None:
        """Note that the document is stored as it is here, now."""


class Table(MutableMapping[str, Document]):
    """Every object of one kind in one system, by its id (always a string here), in order of creation.

    Reading gives the stored document itself: change it only through `table[id] = {**document, ...}`,
    or the change is neither stored nor taken back with its transaction.
    """

    def __init__(self, state: State, system: str, kind: str) -> None:
        self._state, self._system, self._kind = state, system, kind
        self._documents: dict[str, Document] = {}
        self.watchers: dict[str, Watcher] = {}
        """By a name of their own: told of each document that is stored, also when a failed transaction restores it."""

    def __getitem__(self, key: str) -> Document:
        return self._documents[str(key)]

    def __setitem__(self, key: str, document: Document) -> None:
        self._state.note(self._system, self._kind, str(key), self._documents.get(str(key)), document)
        self._keep(str(key), document)

    def __delitem__(self, key: str) -> None:
        self._state.note(self._system, self._kind, str(key), self._documents[str(key)], None)
        del self._documents[str(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def restore(self, key: str, document: Document | None) -> None:
        """Set or remove a document without a note: for loading from disk and for rolling back."""
        if document is None:
            self._documents.pop(key, None)
        else:
            self._keep(key, document)

    def _keep(self, key: str, document: Document) -> None:
        self._documents[key] = document
        for watcher in self.watchers.values():
            watcher.remember(document)


Place = tuple[str, str, str]
"""System, kind and id of one object."""


class Disk:
    """The SQLite file."""

    LAYOUT = 2

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self._connection = sqlite3.connect(str(path), check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = off")
        layout = self._connection.execute("pragma user_version").fetchone()[0]
        if layout not in (0, self.LAYOUT):
            raise ValueError(f"{path} was written by another version of the sandbox: start with --fresh")
        self._connection.execute(f"pragma user_version = {self.LAYOUT}")
        self._connection.execute(
            "create table if not exists object (system text, kind text, id text, position integer, document text, "
            "primary key (system, kind, id))"
        )
        self._connection.commit()
        self._position = 0

    def objects(self) -> Iterator[tuple[Place, Document]]:
        """Yield all kept objects, in order of creation."""
        rows = self._connection.execute("select system, kind, id, position, document from object order by position")
        for system, kind, key, position, text in rows:
            self._position = position
            yield (system, kind, key), {sys.intern(name): value for name, value in json.loads(text).items()}

    def store(self, changed: Mapping[Place, Document | None]) -> None:
        """Write the changes; None: the object is gone."""
        self._connection.executemany(
            "delete from object where system = ? and kind = ? and id = ?",
            (place for place, document in changed.items() if document is None),
        )
        self._connection.executemany(
            "insert into object values (?, ?, ?, ?, ?) on conflict (system, kind, id) "
            "do update set document = excluded.document",
            self._rows(changed),
        )
        self._connection.commit()

    def _rows(self, changed: Mapping[Place, Document | None]) -> Iterator[tuple[str, str, str, int, str]]:
        for place, document in changed.items():
            if document is not None:
                self._position += 1
                yield (*place, self._position, json.dumps(document))

    def close(self) -> None:
        """Release the file."""
        self._connection.close()


class State:
    """All tables, with transactions over them, in a SQLite file that survives restarts.

    Handlers run one at a time in the event loop, so a transaction never sees another's half. A file
    written by another layout of the sandbox is refused with its path; `--fresh` starts anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        """`path`: the SQLite file; None keeps everything in memory."""
        self._tables: dict[tuple[str, str], Table] = {}
        self._journal: list[tuple[str, str, str, Document | None]] | None = None
        self._pending: dict[Place, Document | None] = {}
        self._disk = Disk(path) if path else None
        if self._disk is not None:
            for (system, kind, key), document in self._disk.objects():
                self.table(system, kind).restore(key, document)

    def table(self, system: str, kind: str) -> Table:
        """The table of one kind in one system; an empty one where there is none yet."""
        found = self._tables.get((system, kind))
        if found is None:
            found = self._tables[system, kind] = Table(self, system, kind)
        return found

    def tables(self) -> Mapping[tuple[str, str], Table]:
        """Every table, by system and kind, whose kind does not begin with an underscore (bookkeeping does)."""
        return {name: table for name, table in self._tables.items() if not name[1].startswith("_")}

    def number(self, system: str, kind: str, first: int = 1) -> int:
        """The next number of a sequence, never given twice, not even after a roll-back."""
        sequences = self.table(system, "_sequence")
        value = max(int(sequences.get(kind, {"next": first})["next"]), first)
        sequences[kind] = {"next": value + 1}
        return value

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes inside, or none of them if the block raises (sequences keep what they gave)."""
        if self._journal is not None:
            yield
            return
        self._journal = []
        try:
            yield
        except BaseException:
            for system, kind, key, before in reversed(self._journal):
                if kind != "_sequence":
                    self.table(system, kind).restore(key, before)
                    self._pending[system, kind, key] = before
            raise
        finally:
            self._journal = None
            self._flush()

    def note(self, system: str, kind: str, key: str, before: Document | None, after: Document | None) -> None:
        """Called by a table on each write: remembers how to take it back and that it is to be stored."""
        if self._journal is not None:
            self._journal.append((system, kind, key, before))
        self._pending[system, kind, key] = after
        if self._journal is None:
            self._flush()

    def clear(self) -> None:
        """Forget every object of every system."""
        for (system, kind), table in self._tables.items():
            for key in list(table):
                table.restore(key, None)
                self._pending[system, kind, key] = None
        self._flush()

    def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        if self._disk is not None:
            self._disk.store(pending)

    def close(self) -> None:
        """Release the file; everything is on it already."""
        if self._disk is not None:
            self._disk.close()
