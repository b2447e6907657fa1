"""The store of notes: a JSON file each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from integrations.core.change import Change
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected
from integrations.core.resource import FieldInfo, Live, Lookup, Resource
from integrations.core.system import Answer, IdForm
from integrations.core.text import short_hash


class Note(Resource):
    """A note with a title and a text."""

    kind: ClassVar[str] = "note"
    title: ClassVar[str] = "note"

    subject: Annotated[str, FieldInfo(owner="people")] = ""
    text: str = ""
    file: Annotated[str, FieldInfo(output=True)] = ""

    def label(self) -> str:
        """Its subject."""
        return self.subject


Row = Live[Note] | None | IntegrationError


class Notes:
    """Notes in a folder. The mark is a field of the file, written in the same moment as the file."""

    resource = Note
    writes: Literal["create", "send", "manual"] = "create"
    batch = 1
    id_form = IdForm(re.compile(r"[A-Za-z0-9]{1,40}"), "the name of its file, such as 7")

    def __init__(self, system: str, folder: Path) -> None:
        self._system, self._folder = system, folder

    def find(self, lookups: Sequence[Lookup[Note]]) -> Answer:
        """By mark; a note of the same subject without a mark is a person's to choose."""
        files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in self._folder.glob("*.json")}
        return {lookup.key: self._row(lookup, files) for lookup in lookups}

    def put(self, changes: Sequence[Change[Note]]) -> Answer:
        """Each change by itself."""
        return {change.key: self._put(change) for change in changes}

    def _row(self, lookup: Lookup[Note], files: dict[str, Any]) -> Row:
        ours = sorted(number for number, file in files.items() if file["mark"] in lookup.keys)
        if ours:
            return self._live(lookup.key, ours[0], files[ours[0]])
        if lookup.chosen:
            file = files.get(str(lookup.id))
            if file is None or file["mark"]:
                return Rejected(f"Notes: {lookup.id} is not there, or another's", system=self._system)
            return self._live(lookup.key, str(lookup.id), file)
        alike = sorted(
            n for n, file in files.items() if not file["mark"] and file["subject"] == lookup.resource.subject
        )
        if alike and not lookup.new:
            candidates = tuple(Candidate(number, files[number]["subject"], self._url(number)) for number in alike)
            return Ambiguous("Notes: there is one of that subject", candidates=candidates, system=self._system)
        return None

    def _put(self, change: Change[Note]) -> Row:
        number = change.found.id if change.found is not None else short_hash(change.key, 12)
        path = self._folder / f"{number}.json"
        if change.found is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            names, file = change.want.fields(), {"subject": "", "text": ""}
        else:
            names, file = sorted(change.names), json.loads(path.read_text(encoding="utf-8"))
        file |= {"mark": change.key, **{name: getattr(change.wanted(), name) for name in names}}
        whole = path.with_suffix(".part")
        whole.write_text(json.dumps(file), encoding="utf-8")
        whole.replace(path)
        return self._live(change.key, number, file)

    def _live(self, key: str, number: str, file: dict[str, Any]) -> Live[Note]:
        state = Note(key=key, subject=file["subject"], text=file["text"], file=f"{number}.json")
        return Live(number, state, url=self._url(number), ours=bool(file["mark"]))

    def _url(self, number: str) -> str:
        return (self._folder / f"{number}.json").absolute().as_uri()
