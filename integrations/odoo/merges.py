"""Odoo's own record of a merge: the message that its wizard leaves on the partner into which others were merged.

It is `Merged with the following partners: NAME <EMAIL> (ID 12)`, written in the language of who merged: all of it may
be translated, the word before the id too, but not the ids and not where they stand. People's comments are of another
type.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Collection, Mapping

from integrations.odoo.connection import Connection, Row
from integrations.odoo.moment import day
from integrations.odoo.partners import PARTNER

MESSAGE = "mail.message"
_BRACKETS = ")）"
_ENTRY = re.compile(r"&lt;(?:(?!&[lg]t;)[^<>])*&gt;\s*[(（](?:[^()（）<>]*[^()（）<>\d])?(\d+)[)）]")
_WHOLE = re.compile(rf"(?:<p>)?(?P<text>[^<>]*{_ENTRY.pattern})\s*(?:</p>)?")


@dataclasses.dataclass(frozen=True)
class Merge:
    """A merge as Odoo tells of it.

    Attributes:
        into: The partner that took the others' place; where it was merged itself since, the one that took its own.
        partners: Those that were merged into it, two at most. Several may be one, whose name was written like theirs.
        on: The day.
    """

    into: int
    partners: tuple[int, ...]
    on: dt.date | None


def merges(connection: Connection, partners: Collection[int]) -> list[Merge]:
    """The merges in which any of these partners went, as far as who took their place may be seen."""
    if not partners:
        return []
    terms = [["body", "like", f" {number}{bracket}"] for number in sorted(partners) for bracket in _BRACKETS]
    # Every entry has such a sign: most messages are left out by it, without looking for each of the ids in them.
    kind = [["model", "=", PARTNER], ["message_type", "=", "notification"], ["body", "like", "&gt;"]]
    domain = [*kind, *["|"] * (len(terms) - 1), *terms]
    fields, what = ["res_id", "body", "date"], "read which companies were merged"
    rows = connection.search(MESSAGE, domain, fields, what=what, archived=False)
    return [found for row in rows if (found := _merge(row)) and not set(partners).isdisjoint(found.partners)]


def merged_into(connection: Connection, survivors: Collection[int]) -> list[Merge]:
    """The merges in which others went into these partners; the messages of a chain all stand on its last."""
    domain = [["model", "=", PARTNER], ["res_id", "in", sorted(survivors)], ["message_type", "=", "notification"]]
    domain.append(["body", "like", "&lt;"])  # each entry has its address between brackets
    fields, what = ["res_id", "body", "date"], "read which companies were merged"
    rows = connection.search(MESSAGE, domain, fields, what=what, archived=False)
    return [found for row in rows if (found := _merge(row))]


def _merge(row: Row) -> Merge | None:
    named = _named(str(row["body"] or ""))
    return Merge(int(row["res_id"]), named, day(row["date"])) if named and row["res_id"] else None


def _named(body: str) -> tuple[int, ...]:
    """The ids that a message names, if it is one of the wizard's."""
    whole = _WHOLE.fullmatch(body.strip())
    return tuple(dict.fromkeys(int(number) for number in _ENTRY.findall(whole["text"]))) if whole else ()


def by_partner(found: Collection[Merge]) -> Mapping[int, list[Merge]]:
    """The merges by who went in them."""
    sorted_out: dict[int, list[Merge]] = {}
    for merge in found:
        for partner in merge.partners:
            sorted_out.setdefault(partner, []).append(merge)
    return sorted_out
