"""What exists in the pretend systems: tables of plain documents in memory, written through to SQLite."""

from __future__ import annotations

import contextlib
import copy
import json
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]
"""One object as its system holds it; JSON values only, for it is stored as JSON."""


class Table(MutableMapping[str, Document]):
    """Every object of one kind in one system, by its id (always a string here), in order of creation.

    Reading gives the stored document itself: change it only through `table[id] = {**document, ...}`,
    or the change is neither stored nor taken back with its transaction.
    """

    def __init__(self, state: State, system: str, kind: str) -> None:
        self._state, self._system, self._kind = state, system, kind
        self._documents: dict[str, Document] = {}

    def __getitem__(self, key: str) -> Document:
        return self._documents[str(key)]

    def __setitem__(self, key: str, document: Document) -> None:
        self._state.note(self._system, self._kind, str(key), self._documents.get(str(key)), document)
        self._documents[str(key)] = document

    def __delitem__(self, key: str) -> None:
        self._state.note(self._system, self._kind, str(key), self._documents[str(key)], None)
        del self._documents[str(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def restore(self, key: str, document: Document | None) -> None:
        """Set or remove without a note: for loading from disk and for rolling back."""
        if document is None:
            self._documents.pop(key, None)
        else:
            self._documents[key] = document


class State:
    """All tables, with transactions over them, in a SQLite file that survives restarts.

    Handlers run one at a time in the event loop, so a transaction never sees another's half. A file
    written by another layout of the sandbox is refused with its path; `--fresh` starts anew.
    """

    LAYOUT = 1

    def __init__(self, path: Path | None = None) -> None:
        """`path`: the SQLite file; None keeps everything in memory."""
        self._tables: dict[tuple[str, str], Table] = {}
        self._journal: list[tuple[str, str, str, Document | None]] | None = None
        self._pending: dict[tuple[str, str, str], Document | None] = {}
        self._disk = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False)
        self._disk.execute("pragma journal_mode = wal")
        self._disk.execute("pragma synchronous = off")
        layout = self._disk.execute("pragma user_version").fetchone()[0]
        if layout not in (0, self.LAYOUT):
            raise ValueError(f"{path} was written by another version of the sandbox: start with --fresh")
        self._disk.execute(f"pragma user_version = {self.LAYOUT}")
        self._disk.execute(
            "create table if not exists object (system text, kind text, id text, position integer, document text, "
            "primary key (system, kind, id))"
        )
        self._disk.commit()
        self._position = 0
        for system, kind, key, position, text in self._disk.execute(
            "select system, kind, id, position, document from object order by position"
        ):
            self.table(system, kind).restore(key, json.loads(text))
            self._position = max(self._position, position)

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
            self._journal.append((system, kind, key, copy.deepcopy(before)))
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
        for (system, kind, key), document in pending.items():
            if document is None:
                self._disk.execute("delete from object where system = ? and kind = ? and id = ?", (system, kind, key))
                continue
            self._position += 1
            self._disk.execute(
                "insert into object values (?, ?, ?, ?, ?) on conflict (system, kind, id) "
                "do update set document = excluded.document",
                (system, kind, key, self._position, json.dumps(document)),
            )
        self._disk.commit()

    def close(self) -> None:
        """Release the file; everything is on it already."""
        self._disk.close()
