"""What the systems hold, read from the sandbox's state and the ERP's rows alone, and the laws that it keeps to."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tests.flows.contacts import oracle
from tests.identity.world import World

OWN = "closedwon@acme.example"
"""The account that we work with: it is in what it makes."""
_SECTION = re.compile(r'ac:name="closedwon">([^<]+)<')
_ROW = re.compile(r"<tr>(?:(?!</tr>).)*closedwon-contact-(?:(?!</tr>).)*</tr>")
_TICKET = re.compile(r'href="[^"]*/browse/([A-Z][A-Z0-9]*-\d+)"')
_MAIL = re.compile(r'href="mailto:([^"]+)"')
Key = tuple[str, str]
"""A kind and the id of an object of it."""
Belonging = Mapping[str, Mapping[str, frozenset[str]] | None]
"""By customer and address: the systems that somebody belongs in; None: whoever is in belongs there."""
_BY_PEOPLE = ("bear one name", "both made for opportunity")
"""How the sandbox says of companies what people may do here: make namesakes, and give a deal to another."""
MADE = 1000
"""From here on the ERP numbers what was not there at the beginning."""


class _AsTyped(dict[str, tuple[str, ...]]):
    """Each e-mail field holds one address, as it is typed."""

    def __missing__(self, email: str) -> tuple[str, ...]:
        return (email.lower(),)


SPELLINGS = _AsTyped()


@dataclasses.dataclass(frozen=True)
class Object:
    """Something that was made for a customer.

    Attributes:
        mark: All that its mark says, as the system keeps it.
        owners: The customers (ERP ids) whom the mark names; an empty one: it names none.
        called: What people see as its name, where that tells the customer's.
        project: The key of the project that a ticket is in.
        payer: The ERP's partner who is billed for it; None where nobody is.
        members: The addresses of those who are in.
        tickets: The keys of tickets that a page leads to.
        is_open: It is neither closed nor archived.
    """

    mark: frozenset[str]
    owners: frozenset[str]
    called: str = ""
    project: str = ""
    payer: int | None = None
    members: frozenset[str] = frozenset()
    tickets: frozenset[str] = frozenset()
    is_open: bool = True


def objects(world: World) -> dict[Key, Object]:
    """Return everything that bears a mark of ours."""
    found: dict[Key, Object] = {}
    for read in (_organizations, _projects, _tickets, _panels, _pages):
        found.update(read(world))
    return found


def _organizations(world: World) -> Iterator[tuple[Key, Object]]:
    users = world.table("jira", "user")
    for number, one in world.table("jira", "organization").items():
        mark = one["properties"].get("closedwon")
        if mark:
            members = frozenset(users[user]["email"].lower() for user in one["users"])
            is_open = bool(one["servicedesks"])
            yield ("organization", number), _marked(mark, called=one["name"], members=members, is_open=is_open)


def _projects(world: World) -> Iterator[tuple[Key, Object]]:
    for one in world.table("jira", "project").values():
        found = re.search(r"^closedwon: *(\S+)", one.get("description") or "", re.MULTILINE)
        mark = one["properties"].get("closedwon") or ({"key": found[1]} if found else None)
        if mark:
            gone = one["archived"] or one["deleted"]
            yield ("project", one["key"]), _marked(mark, called=one["name"], is_open=not gone)


def _tickets(world: World) -> Iterator[tuple[Key, Object]]:
    for one in world.table("jira", "issue").values():
        mark = one["properties"].get("closedwon")
        if mark:
            is_open = one["statusCategory"] != "done"
            yield ("ticket", one["key"]), _marked(mark, project=one["project"], is_open=is_open)


def _panels(world: World) -> Iterator[tuple[Key, Object]]:
    for name, one in world.table("panel", "organization").items():
        mark = (one["metadata"].get("annotations") or {}).get("closedwon.io/key")
        if mark:
            payer = re.fullmatch(r"be-(\d+)", one["spec"].get("billingEntityRef") or "")
            yield (
                ("panel", name),
                _marked(
                    {"key": mark},
                    called=one["spec"].get("displayName") or "",
                    payer=int(payer[1]) if payer else None,
                    members=frozenset(_panel_members(world, name)),
                ),
            )


def _panel_members(world: World, organization: str) -> Iterator[str]:
    users = world.table("panel", "user")
    for reference in world.table("panel", "organizationmembers")[f"{organization}/members"]["spec"]["userRefs"]:
        yield users[reference["name"]]["status"]["email"].lower()
    for one in world.table("panel", "invitation").values():
        if any(target.get("namespace") == organization for target in one["spec"].get("targetRefs", ())):
            yield one["spec"]["email"].lower()


def _pages(world: World) -> Iterator[tuple[Key, Object]]:
    for number, one in world.table("wiki", "page").items():
        marks = frozenset(_SECTION.findall(one["body"]))
        if marks:
            owners = _customers(mark.partition("/")[0] for mark in marks)
            rows = " ".join(_ROW.findall(one["body"]))
            members = frozenset(html.unescape(email).lower() for email in _MAIL.findall(rows))
            tickets = frozenset(_TICKET.findall(one["body"]))
            yield ("page", number), Object(marks, owners, one["title"], members=members, tickets=tickets)


def _marked(mark: Mapping[str, Any], **known: Any) -> Object:
    key, customer = str(mark["key"]), str(mark.get("customer") or "")
    owners = _customers([customer or key.partition("/")[0]])
    return Object(frozenset({key, customer} - {""}), owners, **known)


def _customers(subjects: Iterable[str]) -> frozenset[str]:
    """The customers whom these subjects name; empty for one that is no customer's."""
    return frozenset(one.partition(":")[2] if one.startswith("customer:") else "" for one in subjects)


class Erp:
    """The ERP's rows as somebody reads them who knows what they mean."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.heirs: dict[str, str] = {}
        """By customer that is gone: who took its place, as everybody knows who was there; empty: nobody did."""
        self.files: dict[str, tuple[str, str]] = {}
        """By path of a deal's file: the deal's id, and the customer that it names."""

    def current(self, customer: str) -> str | None:
        """Return who a customer is by now: itself, or its heir; empty: nobody took its place; None: nobody knows."""
        partners, seen = self._world.partners, set[str]()
        while customer and customer not in self.companies and customer not in seen:
            seen.add(customer)
            below = partners.get(customer)
            if below is None and customer not in self.heirs:
                return None
            customer = self.heirs[customer] if below is None else oracle.company_of(partners, below)
        return customer

    @property
    def companies(self) -> dict[str, Mapping[str, Any]]:
        """All companies of an example by their ids, archived ones too."""
        partners = self._world.partners.items()
        return {key: one for key, one in partners if one.get("is_company") and int(key) >= MADE}

    def company_of(self, deal: str) -> str:
        """The company that an opportunity or a deal's file names, or that it made; empty where there is none."""
        if deal in self.files:
            number, named = self.files[deal]
            partner = self._world.partners.get(named or self.made_by(number))
        else:
            partner = self._world.partners.get(str(self._world.leads[deal].get("partner_id") or ""))
        return oracle.company_of(self._world.partners, partner) if partner is not None else ""

    def made_by(self, deal: str) -> str:
        """The company that a deal made, by its external id; empty where it made none."""
        named = self._world.table("erp", "ir.model.data").get(f"closedwon.customer_deal_{deal}")
        return str(named["res_id"]) if named is not None else ""

    def orphans(self) -> list[str]:
        """The companies that our account made and that no deal stands for."""
        named = {str(one["res_id"]) for one in self._world.table("erp", "ir.model.data").values()}
        ours = {key for key, one in self._world.table("erp", "res.users").items() if one["login"] == OWN}
        return [key for key, one in self.companies.items() if str(one["create_uid"]) in ours and key not in named]

    def is_hidden(self, customer: str) -> bool:
        """Whether our account may not see a company."""
        return f"see:res.partner:{customer}" in self._world.there.missing_rights.get("erp", ())

    def is_living(self, customer: str) -> bool:
        """Whether a company is there and not archived."""
        return bool(self.companies.get(customer, {}).get("active"))

    def belong(self, customer: str) -> dict[str, frozenset[str]]:
        """By address: the systems that the ERP's rows let somebody into; nobody of an archived company."""
        if not self.is_living(customer):
            return {}
        rights = oracle.rights(self._world.partners, customer, SPELLINGS)
        return {email: right.systems for email, right in rights.items()}

    def contacts(self, customer: str) -> set[str]:
        """The addresses of all its contacts, archived ones too, and its own."""
        partners = self._world.partners
        rows = oracle.contacts_of(partners, customer) if customer in partners else []
        return {str(one["email"]).lower() for one in rows if one.get("email")}

    def payers(self, customer: str) -> set[int]:
        """The partners who may be billed for it: the company and all below it."""
        partners = self._world.partners
        below = {int(one["id"]) for one in partners.values() if oracle.company_of(partners, one) == customer}
        return {int(customer), *below}


KIND = {"organization": "jira", "panel": "panel", "page": "wiki"}
"""The kinds that people are members of, and the system as the rules of contacts name it."""


class Judge:
    """Follows a world from step to step: whose each object is was settled when it appeared, and stays so."""

    def __init__(self, world: World) -> None:
        self._world, self.erp = world, Erp(world)
        self.owners: dict[Key, str] = {}
        self._ever: dict[Key, set[str]] = {}
        self._seen = objects(world)
        self._names: dict[str, set[str]] = {}
        self._contacts: dict[str, set[str]] = {}
        self._payers: dict[str, set[int]] = {}
        self.notice()

    def notice(self) -> None:
        """Remember what customers are called, and who are their contacts: both change, and what was true was right."""
        for customer, one in self.erp.companies.items():
            self._names.setdefault(customer, set()).add(str(one["name"]))
            self._contacts.setdefault(customer, set()).update(self.erp.contacts(customer))
            self._payers.setdefault(customer, set()).update(self.erp.payers(customer))

    def belonging(self) -> Belonging:
        """Who belongs to whom now; None where everybody stays: nobody knows who took a customer's place."""
        known = {*self.erp.companies, *self.owners.values()}
        now = {customer: self.erp.current(customer) for customer in known}
        return {one: self.erp.belong(other) if other is not None else None for one, other in now.items()}

    def look(self, allowed: frozenset[str], belonging: Belonging) -> None:
        """Judge what a run has done; `allowed`: the customers for whom it may make something.

        `belonging`: by customer, who belonged before it.
        """
        self.notice()
        now = objects(self._world)
        gone = self._seen.keys() - now.keys()
        assert not gone, f"{gone} no longer bear a mark"
        for key, one in self._seen.items():
            self._keeps(key, one, now[key], belonging)
        for key in now.keys() - self._seen.keys():
            self._made(key, now[key], allowed)
        for key, one in now.items():
            self._stays(key, one)
        self._once(now)
        self._seen = now

    def _owner(self, key: Key, one: Object) -> str:
        """Whose it is by its mark; while a page is marked anew for an heir, some of its sections name both."""
        if len(one.owners) == 1:
            (owner,) = one.owners
        else:
            owner = next(iter({self.erp.current(number) or number for number in one.owners}))
        assert {self.erp.current(number) or number for number in one.owners} <= {owner, self.erp.current(owner)}, (
            f"{key} is several customers': {sorted(one.mark)}"
        )
        assert owner, f"{key} is nobody's: {sorted(one.mark)}"
        return owner

    def _made(self, key: Key, one: Object, allowed: frozenset[str]) -> None:
        owner = self._owner(key, one)
        assert owner in allowed, f"{key} was made for {owner}, and what was set up was {sorted(allowed)}'s"
        left = [
            (other, whose)
            for other, whose in self.owners.items()
            if other[0] == key[0] != "ticket" and whose != owner and self.erp.current(whose) == owner
        ]
        assert not left, f"{key} was made for {owner}, who took the place of whom had {left}"
        self.owners[key] = owner
        self._ever[key] = {owner}

    def _stays(self, key: Key, one: Object) -> None:
        """It is used for nobody else."""
        owner, before = self._owner(key, one), self.owners[key]
        is_inherited = before not in self.erp.companies and self.erp.current(before) == owner
        assert owner == before or is_inherited, f"{key} was {before}'s and bears {sorted(one.mark)}"
        self.owners[key] = owner
        ever = self._ever[key]
        ever |= {owner, self.erp.current(owner) or owner}
        names = set[str]().union(*(self._names.get(number, ()) for number in ever))
        is_named = not one.called or any(name in one.called for name in names)
        assert is_named, f"{key} of {owner} is called {one.called}, not one of {names}"
        project = self.owners.get(("project", one.project), owner)
        assert self._same(project, owner), f"{key} of {owner} is in the project {one.project} of {project}"
        strange = {ticket for ticket in one.tickets if not self._same(self.owners.get(("ticket", ticket), ""), owner)}
        assert not strange, f"{key} of {owner} leads to the tickets {strange}, which are not"
        payers = set[int]().union(*(self._payers.get(number, ()) for number in ever))
        assert one.payer is None or one.payer in payers, f"{key} of {owner} is billed to {one.payer}"
        contacts = set[str]().union(*(self._contacts.get(number, ()) for number in ever))
        foreign = one.members - contacts - {OWN}
        assert not foreign, f"{foreign} are in {key} of {owner}, and none of its contacts"

    def _same(self, one: str, other: str) -> bool:
        """Whether two are one customer by now."""
        return one == other or self.erp.current(one) == self.erp.current(other)

    def _keeps(self, key: Key, before: Object, now: Object, belonging: Belonging) -> None:
        """Nobody who belongs is taken out."""
        owner, system = self.owners[key], KIND.get(key[0])
        known = belonging[owner]
        is_in = before.members if known is None else {email for email, where in known.items() if system in where}
        out = (before.members - now.members) & is_in
        assert not out, f"{out} belong to {owner} and were taken out of {key}"

    def _once(self, now: Mapping[Key, Object]) -> None:
        world = self._world
        twice = [line for name in world.server.systems for line in world.server.systems[name].duplicates(world.there)]
        twice = [line for line in twice if not any(words in line for words in _BY_PEOPLE)]
        assert not twice, twice
        assert not self.erp.orphans(), f"companies {self.erp.orphans()} were made by no deal"
        known: dict[tuple[str, str, frozenset[str]], Key] = {}
        for key, one in now.items():
            if one.is_open:
                of_deal = one.mark if key[0] == "ticket" else frozenset[str]()
                first = known.setdefault((key[0], self.owners[key], of_deal), key)
                assert first == key, f"{first} and {key} are both {self.owners[key]}'s"

    def agree(self, customers: Collection[str], *, exactly: bool) -> None:
        """Everybody who belongs is in, in all that these customers have to have as far as they live.

        `exactly`: and nobody else.
        """
        living = {customer for customer in customers if self.erp.is_living(customer)}
        had = {(kind, owner) for (kind, _), owner in self.owners.items()}
        lacking = {(kind, customer) for kind in KIND for customer in living} - had
        assert not lacking, f"{lacking} were never made"
        for key, one in objects(self._world).items():
            owner = self.owners[key]
            if key[0] not in KIND or owner not in living:
                continue
            belong = {email for email, systems in self.erp.belong(owner).items() if KIND[key[0]] in systems}
            assert belong <= one.members, f"{belong - one.members} belong to {owner} and are not in {key}"
            remain = one.members - belong - {OWN}
            assert not (exactly and remain), f"{remain} do not belong to {owner} and are in {key}"
