"""The ends of customers: merged into another, deleted, or put below another company."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from integrations.core.dates import dated
from integrations.core.errors import AuthError, IntegrationError, Rejected
from integrations.core.rows import Failed, in_halves
from integrations.core.succession import Hint, Succession, Traces
from integrations.odoo import marks
from integrations.odoo.connection import ARCHIVED_TOO, BadValue, Connection, Row, is_id
from integrations.odoo.leads import linked_partners
from integrations.odoo.moment import day
from integrations.odoo.ours import Ours
from integrations.odoo.partners import PARTNER, name_of, reference

MESSAGE = "mail.message"
# The merge wizard writes `NAME &lt;EMAIL&gt; (ID 12)`, from 18 on in the language of the person who merges: brackets
# and the word before the id differ then (`（识别码 12）`), the id and its place do not. Measured on 17.0 and 19.0.
_BRACKETS = ")）"
_ENTRY = re.compile(r"&lt;(?:(?!&[lg]t;)[^<>])*&gt;\s*[(（](?:[^()（）<>]*[^()（）<>\d])?(\d+)[)）]")
_WHOLE = re.compile(rf"(?:<p>)?(?P<text>[^<>]*{_ENTRY.pattern})\s*(?:</p>)?")


@dataclasses.dataclass(frozen=True)
class Merge:
    """A merge of partners, as the merge wizard's message on the survivor reports it.

    Attributes:
        into: The partner that took the others' place; where it was merged itself since, the one that took its own.
        partners: Those that were merged into it, two at most. Of several, one may be no partner but part of the other's
            name, written like an entry.
        on: The day.
    """

    into: int
    partners: tuple[int, ...]
    on: dt.date | None


def merges(connection: Connection, partners: Collection[int]) -> list[Merge]:
    """Merges in which one of these partners was deleted, as far as we may read the survivor."""
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
    """Merges into these partners; after a chain of merges all messages stand on the last survivor."""
    domain = [["model", "=", PARTNER], ["res_id", "in", sorted(survivors)], ["message_type", "=", "notification"]]
    domain.append(["body", "like", "&lt;"])  # each entry has its address between brackets
    fields, what = ["res_id", "body", "date"], "read which companies were merged"
    rows = connection.search(MESSAGE, domain, fields, what=what, archived=False)
    return [found for row in rows if (found := _merge(row))]


def _merge(row: Row) -> Merge | None:
    named = _named(str(row["body"] or ""))
    return Merge(int(row["res_id"]), named, day(row["date"])) if named and row["res_id"] else None


def _named(body: str) -> tuple[int, ...]:
    """The ids in a message of the merge wizard; none where it is not one from beginning to end."""
    whole = _WHOLE.fullmatch(body.strip())
    return tuple(dict.fromkeys(int(number) for number in _ENTRY.findall(whole["text"]))) if whole else ()


def by_partner(found: Collection[Merge]) -> Mapping[int, list[Merge]]:
    """The merges by each partner that was deleted in them."""
    sorted_out: dict[int, list[Merge]] = {}
    for merge in found:
        for partner in merge.partners:
            sorted_out.setdefault(partner, []).append(merge)
    return sorted_out


CHUNK = 40
"""Customers per search: each adds two conditions to it."""
_FIELDS = ("commercial_partner_id", "vat")

Fate = Succession | None | IntegrationError


@dataclasses.dataclass(frozen=True)
class _Company:
    """A company of a partner."""

    id: int
    name: str


@dataclasses.dataclass(frozen=True)
class _Found:
    """Facts that were read about customers that are gone, for all of them together.

    Attributes:
        merged: By partner that is gone, its merges.
        linked: By deal, the partner that it names now.
        companies: By partner, its company.
        vats: By company, its VAT number.
    """

    merged: Mapping[int, Sequence[Merge]]
    linked: Mapping[str, int | None]
    companies: Mapping[int, _Company]
    vats: Mapping[_Company, str]


class Successions:
    """Fates of customers in one Odoo: there as before, or gone, with the heir where Odoo proves one."""

    def __init__(self, connection: Connection, ours: Ours) -> None:
        self._connection, self._ours = connection, ours

    def __call__(self, customers: Mapping[str, Traces]) -> dict[str, Fate]:
        """Return, by customer, its end and its heir; None where it is a customer of its own as before, archived or not.

        Two requests where all are there or may not be seen. An id that no record of Odoo can have is gone.
        """
        numbers = {key: int(key) for key in customers if is_id(key)}
        fates: dict[str, Fate] = {key: Succession(key) for key in customers if key not in numbers}
        traces = {number: customers[key] for key, number in numbers.items()}
        ids = sorted(traces)
        for start in range(0, len(ids), CHUNK):
            fates.update(self._chunk(ids[start : start + CHUNK], traces))
        return fates

    def _chunk(self, ids: Sequence[int], traces: Mapping[int, Traces]) -> dict[str, Fate]:
        fates: dict[str, Fate] = {}
        try:
            for fate in in_halves(self._connection.name, ids, lambda part: self._fates(part, traces).items()):
                fates.update({fate.id: fate.error} if isinstance(fate, Failed) else {str(fate[0]): fate[1]})
        except IntegrationError as error:
            return dict.fromkeys(map(str, ids), error)
        return fates

    def _fates(self, ids: Sequence[int], traces: Mapping[int, Traces]) -> dict[int, Fate]:
        what = "read what became of the customers"
        rows = self._connection.search(PARTNER, [["id", "in", list(ids)]], _FIELDS, what=what)
        fates: dict[int, Fate] = {row["id"]: _below(row) for row in rows}
        fates.update(self._connection.hidden(PARTNER, set(ids) - fates.keys(), what=what))
        gone = [number for number in ids if number not in fates]
        if gone:
            fates.update(self._gone({number: traces[number] for number in gone}))
        return self._without_ourselves(fates)

    def _gone(self, traces: Mapping[int, Traces]) -> dict[int, Succession]:
        found = self._read(traces)
        proven = {number: _merged_into(number, trace, found) for number, trace in traces.items()}
        marked = self._marked({number: trace for number, trace in traces.items() if not proven[number]})
        return {
            number: _succession(number, proven[number] or marked.get(number, {}), _hints(number, trace, found))
            for number, trace in traces.items()
        }

    def _read(self, traces: Mapping[int, Traces]) -> _Found:
        deals = [deal for trace in traces.values() for deal in trace.deals]
        merged, linked = self._connection.together(
            lambda: self._as_far_as_allowed(lambda: merges(self._connection, traces), []),
            lambda: self._as_far_as_allowed(lambda: linked_partners(self._connection, deals), {}),
        )
        contacts = {int(contact) for trace in traces.values() for contact in trace.contacts if is_id(contact)}
        partners = contacts | {merge.into for merge in merged} | {partner for partner in linked.values() if partner}
        rows = self._partners(partners, {trace.vat for trace in traces.values() if trace.vat})
        companies = {row["id"]: _company(row) for row in rows}
        vats = {_company(row): str(row["vat"]) for row in rows if row["vat"]}
        return _Found(by_partner(merged), linked, companies, vats)

    def _partners(self, ids: Collection[int], vats: Collection[str] = ()) -> list[Row]:
        terms: list[Any] = [["id", "in", sorted(ids)]] if ids else []
        terms += [["vat", "in", sorted(vats)]] if vats else []
        if not terms:
            return []
        domain = [*["|"] * (len(terms) - 1), *terms]
        return self._connection.search(PARTNER, domain, _FIELDS, what="read who may be a customer's heir")

    def _marked(self, traces: Mapping[int, Traces]) -> dict[int, dict[_Company, str]]:
        """By customer, the companies that now have the external id it was made with; with the proof in words.

        Asked only where no message proves anything: each id that nothing bears is an ERROR in Odoo's log.
        """
        deals = [(number, deal, marks.of_deal(deal)) for number, trace in traces.items() for deal in trace.made_by]
        deals += [
            (number, deal, marks.of_first_release(deal))
            for number, trace in traces.items()
            for deal in trace.made_first_by
        ]
        named = self._connection.together(*(lambda mark=mark: self._named(mark) for _, _, mark in deals))
        companies = {row["id"]: _company(row) for row in self._partners({partner for partner in named if partner})}
        found: dict[int, dict[_Company, str]] = {}
        for (number, deal, _), partner in zip(deals, named, strict=True):
            if partner in companies:
                found.setdefault(number, {})[companies[partner]] = f"our mark of the deal {deal} is on it now"
        return found

    def _named(self, mark: str) -> int | None:
        """The partner with an external id of ours; None where there is none or it may not be seen."""
        try:
            _, number = self._connection.call(
                "ir.model.data",
                "check_object_reference",
                what="look for a company that closedwon made",
                context=ARCHIVED_TOO,
                module=marks.MODULE,
                xml_id=mark,
            )
        except BadValue:
            return None
        return number or None

    def _as_far_as_allowed(self, look: Callable[[], Any], otherwise: Any) -> Any:
        """Return what `look` reads, or `otherwise` where a right or an app is missing: less can be proven then."""
        try:
            return look()
        except (AuthError, Rejected) as error:
            if not self._connection.refusals.concerns_one_part(error):
                raise
            return otherwise

    def _without_ourselves(self, fates: Mapping[int, Fate]) -> dict[int, Fate]:
        """Take our own companies and people out of heirs and hints: none of us inherits from a customer."""
        if not any(isinstance(fate, Succession) and (fate.heir or fate.hints) for fate in fates.values()):
            return dict(fates)
        ours = {str(number) for number in self._ours.partners()}
        return {
            number: _but_for(ours, fate) if isinstance(fate, Succession) else fate for number, fate in fates.items()
        }


def _below(row: Row) -> Succession | None:
    """The fate of a customer that exists: its heir is the company it belongs to; None where that is itself."""
    company = _company(row)
    if company.id == row["id"]:
        return None
    return Succession(
        str(row["id"]), str(company.id), company.name, "it belongs to this company in Odoo now", is_deleted=False
    )


def _company(row: Row) -> _Company:
    number = reference(row["commercial_partner_id"])
    return _Company(number or row["id"], name_of(row["commercial_partner_id"]) or "")


def _merged_into(gone: int, traces: Traces, found: _Found) -> dict[_Company, str]:
    """The companies that by Odoo's messages took a customer's place, with the proof in words.

    Of two ids in a message one may come from a name that was typed like an entry. So such a message counts only for a
    company where a deal or a contact of the customer is now.
    """
    followed = {found.companies.get(partner) for partner in _moved(traces, found)}
    proven: dict[_Company, str] = {}
    for merge in found.merged.get(gone, ()):
        company = found.companies.get(merge.into)
        if company is not None and (len(merge.partners) == 1 or company in followed):
            proven[company] = _merged(merge, company)
    return proven


def _merged(merge: Merge, company: _Company) -> str:
    day = f" on {dated(merge.on)}" if merge.on else ""
    below = "" if merge.into == company.id else f"{merge.into}, which belongs to "
    return f"merged into {below}it in Odoo{day}"


def _moved(traces: Traces, found: _Found) -> Iterable[int]:
    """The partners that the customer's deals name now, and its contacts."""
    yield from (partner for deal in traces.deals if (partner := found.linked.get(deal)))
    yield from (int(contact) for contact in traces.contacts if is_id(contact))


def _hints(gone: int, traces: Traces, found: _Found) -> dict[_Company, list[str]]:
    hints: dict[_Company, list[str]] = {}

    def add(company: _Company | None, reason: str) -> None:
        if company is not None:
            hints.setdefault(company, []).append(reason)

    for merge in found.merged.get(gone, ()):
        if (company := found.companies.get(merge.into)) is not None:
            add(company, _merged(merge, company))
    for deal in traces.deals:
        add(found.companies.get(found.linked.get(deal) or 0), f"the deal {deal} is its now")
    people = [int(contact) for contact in traces.contacts if is_id(contact)]
    there = [
        found.companies[person]
        for person in people
        if person in found.companies and found.companies[person].id != person
    ]
    for company in dict.fromkeys(there):
        number = there.count(company)
        add(company, f"{number} of its contacts {'is' if number == 1 else 'are'} there now")
    for company, vat in found.vats.items():
        add(company if traces.vat and vat == traces.vat else None, f"it has the VAT number {vat} too")
    return hints


def _succession(gone: int, proven: Mapping[_Company, str], hints: Mapping[_Company, Sequence[str]]) -> Succession:
    """The succession: with its heir if exactly one is proven, else with all that may be it as hints."""
    if len(proven) == 1:
        ((heir, proof),) = proven.items()
        return Succession(str(gone), str(heir.id), heir.name, proof)
    reasons = {company: [proof] for company, proof in proven.items()}
    for company, some in hints.items():
        reasons[company] = list(dict.fromkeys([*reasons.get(company, ()), *some]))
    return Succession(
        str(gone),
        hints=tuple(Hint(str(company.id), company.name, "; ".join(some)) for company, some in reasons.items()),
    )


def _but_for(ours: Collection[str], fate: Succession) -> Succession:
    hints = tuple(hint for hint in fate.hints if hint.customer not in ours)
    if fate.heir in ours:
        return Succession(fate.customer, is_deleted=fate.is_deleted, hints=hints)
    return dataclasses.replace(fate, hints=hints)


class Predecessors:
    """Partners that were merged into customers of one Odoo, read in one request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, customers: Collection[str]) -> dict[str, frozenset[str]]:
        """Return, by customer, the ids that the merge wizard's messages on it name.

        These may be too many: `successions` says which of them are gone and who their heir is. Companies that were put
        below the customer are missing: no message reports that, and they come with the customer itself.

        Raises:
            IntegrationError: They could not be read; where messages may not be read, none is known.
        """
        found: dict[str, set[str]] = {customer: set() for customer in customers}
        try:
            merged = merged_into(self._connection, sorted(int(customer) for customer in customers if is_id(customer)))
        except (AuthError, Rejected) as error:
            if not self._connection.refusals.concerns_one_part(error):
                raise
            merged = []
        for merge in merged:
            found.get(str(merge.into), set()).update(str(gone) for gone in merge.partners)
        return {customer: frozenset(ids - {customer}) for customer, ids in found.items()}
