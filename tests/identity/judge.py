"""What the systems hold, read from the sandbox's state and the ERP's rows alone, and the laws that it keeps to."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tests.flows.contacts import drawn, oracle
from tests.identity.world import World

OWN = "closedwon@acme.example"
"""The account that we work with: it is in what it makes."""
_MADE = re.compile(r"closedwon\.customer_(of_)?deal_[^_]+")
_SECTION = re.compile(r'ac:name="closedwon">([^<]+)<')
_ROW = re.compile(r"<tr>(?:(?!</tr>).)*closedwon-contact-(?:(?!</tr>).)*</tr>")
_TICKET = re.compile(r'href="[^"]*/browse/([A-Z][A-Z0-9]*-\d+)"')
_NUMBER = re.compile(r"\((\d+)\)")
_MAIL = re.compile(r'href="mailto:([^"]+)"')
Key = tuple[str, str]
"""A kind and the id of an object of it."""
Belonging = Mapping[str, Mapping[str, frozenset[str]] | None]
"""By customer and address: the systems that somebody belongs in; None: whoever is in belongs there."""
KINDS = {"jira": ("organization", "project", "ticket"), "panel": ("panel",), "wiki": ("page",)}
"""By system: the kinds of objects in it that are judged."""
MADE = 1000
"""From here on the ERP numbers what was not there at the beginning."""
FIRST_RELEASE = {"42": "101", "43": "1002", "44": "102"}
"""In the world that the first release left: its deals, and their customers."""
MADE_BY = {"1002": "43"}
"""And the one of these customers that a deal made, with the deal."""


class _AsTyped(dict[str, tuple[str, ...]]):
    """Each e-mail field that an example fills holds one address, as it is typed."""

    def __missing__(self, email: str) -> tuple[str, ...]:
        return (email.lower(),)


SPELLINGS = _AsTyped({**drawn.SPELLINGS, "ines.roux(at)rhone-logistique.example": ()})


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
    for number, organization in world.table("jira", "organization").items():
        mark = organization["properties"].get("closedwon")
        if mark:
            members = frozenset(users[user]["email"].lower() for user in organization["users"])
            is_open = bool(organization["servicedesks"])
            yield ("organization", number), _marked(mark, called=organization["name"], members=members, is_open=is_open)


def _projects(world: World) -> Iterator[tuple[Key, Object]]:
    for project in world.table("jira", "project").values():
        found = re.search(r"^closedwon: *(\S+)", project.get("description") or "", re.MULTILINE)
        mark = project["properties"].get("closedwon") or ({"key": found[1]} if found else None)
        if mark:
            gone = project["archived"] or project["deleted"]
            yield ("project", project["key"]), _marked(mark, called=project["name"], is_open=not gone)


def _tickets(world: World) -> Iterator[tuple[Key, Object]]:
    for issue in world.table("jira", "issue").values():
        mark = issue["properties"].get("closedwon")
        if mark:
            is_open = issue["statusCategory"] != "done"
            yield ("ticket", issue["key"]), _marked(mark, project=issue["project"], is_open=is_open)


def _panels(world: World) -> Iterator[tuple[Key, Object]]:
    for name, organization in world.table("panel", "organization").items():
        mark = (organization["metadata"].get("annotations") or {}).get("closedwon.io/key")
        if mark:
            payer = re.fullmatch(r"be-(\d+)", organization["spec"].get("billingEntityRef") or "")
            yield (
                ("panel", name),
                _marked(
                    {"key": mark},
                    called=organization["spec"].get("displayName") or "",
                    payer=int(payer[1]) if payer else None,
                    members=frozenset(_panel_members(world, name)),
                ),
            )


def _panel_members(world: World, organization: str) -> Iterator[str]:
    users = world.table("panel", "user")
    for reference in world.table("panel", "organizationmembers")[f"{organization}/members"]["spec"]["userRefs"]:
        yield users[reference["name"]]["status"]["email"].lower()
    for invitation in world.table("panel", "invitation").values():
        if any(target.get("namespace") == organization for target in invitation["spec"].get("targetRefs", ())):
            yield invitation["spec"]["email"].lower()


def _pages(world: World) -> Iterator[tuple[Key, Object]]:
    for number, page in world.table("wiki", "page").items():
        marks = frozenset(_SECTION.findall(page["body"]))
        if marks:
            owners = _customers(mark.partition("/")[0] for mark in marks)
            rows = " ".join(_ROW.findall(page["body"]))
            members = frozenset(html.unescape(email).lower() for email in _MAIL.findall(rows))
            tickets = frozenset(_TICKET.findall(page["body"]))
            yield ("page", number), Object(marks, owners, page["title"], members=members, tickets=tickets)


def _marked(mark: Mapping[str, Any], **known: Any) -> Object:
    key, customer = str(mark["key"]), str(mark.get("customer") or "")
    owners = _customers([customer or key.partition("/")[0]])
    return Object(frozenset({key, customer} - {""}), owners, **known)


def _customers(subjects: Iterable[str]) -> frozenset[str]:
    """The customers whom these subjects name; empty for one that is no customer's."""
    return frozenset(subject.partition(":")[2] if subject.startswith("customer:") else "" for subject in subjects)


class Erp:
    """The ERP's rows as somebody reads them who knows what they mean."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.heirs: dict[str, str] = {}
        """By customer that is gone: who took its place, as everybody knows who was there; empty: nobody did."""
        self.files: dict[str, tuple[str, str]] = {}
        """By path of a deal's file: the deal's id, and the customer that it names."""
        self.seeded: set[str] = set()
        """The customers that were there at the beginning."""
        self.persons: set[str] = set()
        """The private persons among the customers; a contact whose company is gone is none."""

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
        """All customers of an example by their ids, companies and private persons, archived ones too."""
        marks = self._world.table("erp", "ir.model.data").items()
        named = {str(row["res_id"]) for mark, row in marks if _MADE.fullmatch(mark)}
        persons = {key for key in self.persons | named if not self._world.partners.get(key, {}).get("parent_id")}
        partners = {
            key: partner for key, partner in self._world.partners.items() if int(key) >= MADE or key in self.seeded
        }
        return {key: partner for key, partner in partners.items() if partner.get("is_company") or key in persons}

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
        marks = self._world.table("erp", "ir.model.data")
        named = [marks.get(f"closedwon.{form}_{deal}") for form in ("customer_of_deal", "customer_deal")]
        return next((str(user["res_id"]) for user in named if user is not None), "")

    @property
    def ours(self) -> set[str]:
        """The companies that our account made."""
        users = {key for key, user in self._world.table("erp", "res.users").items() if user["login"] == OWN}
        return {key for key, company in self.companies.items() if str(company["create_uid"]) in users}

    def orphans(self) -> set[str]:
        """The companies that our account made and that no deal stands for."""
        return self.ours - {str(record["res_id"]) for record in self._world.table("erp", "ir.model.data").values()}

    def is_by_people(self, text: str) -> bool:
        """Whether people did what the sandbox says of companies: made namesakes, or gave a deal to another one."""
        deal = re.search(r"both made for opportunity (\d+)", text)
        if deal:
            own, names = f"customer_of_deal_{deal[1]}", self._world.table("erp", "_made_as")
            made = {key for key in self.ours if names.get(f"res.partner,{key}", {"name": own})["name"] == own}
            return len(made & set(_NUMBER.findall(text))) < 2
        _, is_of_names, alone = text.partition(" bear one name, and ")
        return bool(is_of_names) and not self.ours & set(_NUMBER.findall(alone))

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
        return {email for row in rows if row.get("email") for email in SPELLINGS[str(row["email"])]}

    def payers(self, customer: str) -> set[int]:
        """The partners who may be billed for it: the company, all below it, and who pays for an order of its deals."""
        partners = self._world.partners
        below = {
            int(partner["id"]) for partner in partners.values() if oracle.company_of(partners, partner) == customer
        }
        orders = [order for order in self._world.table("erp", "sale.order").values() if order.get("opportunity_id")]
        own = [order for order in orders if self._of_order(order) == customer]
        return {int(customer), *below, *(order["partner_invoice_id"] for order in own)}

    def address_for(self, customer: str) -> set[int]:
        """The address for invoices that was made for a customer, which may have been deleted right after that."""
        made = self._world.table("erp", "ir.model.data").get(f"closedwon.partner_{customer}_invoice")
        return {int(made["res_id"])} if made is not None else set()

    def _of_order(self, order: Mapping[str, Any]) -> str:
        """The company of the opportunity that an order is for."""
        deal = str(order["opportunity_id"])
        return self.company_of(deal) if deal in self._world.leads else ""


KIND = {"organization": "jira", "panel": "panel", "page": "wiki"}
"""The kinds that people are members of, and the system as the rules of contacts name it."""


class Judge:
    """Follows a world from step to step: whose each object is was settled when it appeared, and stays so."""

    def __init__(self, world: World) -> None:
        self._world, self.erp = world, Erp(world)
        self.owners: dict[Key, str] = {}
        self.first: dict[Key, str] = {}
        """The customers for whom objects were made."""
        self.given: dict[Key, set[str]] = {}
        """By object of somebody's heir: the customers that are back and to whom a person gave it."""
        self._left: set[Key] = set()
        """What the first release left: until its mark is written anew, it names a deal, or nobody."""
        self._ever: dict[Key, set[str]] = {}
        self._seen = objects(world)
        self._names: dict[str, set[str]] = {}
        self._contacts: dict[str, set[str]] = {}
        self._payers: dict[str, set[int]] = {}
        self._before: dict[str, str | None] = {}
        """By customer: who it was when the run began."""
        self.notice()

    def begin(self, customers: Mapping[str, str]) -> None:
        """Take over what the first release left for these deals' customers."""
        self.erp.seeded |= set(customers.values())
        self._seen = objects(self._world)
        deals = {f"deal:{deal}": customer for deal, customer in customers.items()}
        for key, record in self._seen.items():
            keys = {mark.partition("/")[0] for mark in record.mark}
            owner = next(deals.get(mark) or mark.partition(":")[2] for mark in keys)
            self.owners[key] = self.first[key] = owner
            self._ever[key] = {owner}
        self._left = set(self._seen)
        self.notice()

    def notice(self) -> None:
        """Remember what customers are called, and who are their contacts: both change, and what was true was right."""
        for customer, company in self.erp.companies.items():
            self._names.setdefault(customer, set()).add(str(company["name"]))
            self._contacts.setdefault(customer, set()).update(self.erp.contacts(customer))
            self._payers.setdefault(customer, set()).update(self.erp.payers(customer))

    def belonging(self) -> Belonging:
        """Who belongs to whom now; None where everybody stays: nobody knows who took a customer's place."""
        self.notice()
        known = {*self.erp.companies, *self.owners.values()}
        self._before = {customer: self.erp.current(customer) for customer in known}
        return {key: self._belong(key) for key in known}

    def _belong(self, customer: str) -> dict[str, frozenset[str]] | None:
        now = self.erp.current(customer)
        return self.erp.belong(now) if now is not None else None

    def look(self, allowed: frozenset[str], belonging: Belonging) -> None:
        """Judge what a run has done; `allowed`: the customers for whom it may make something.

        `belonging`: by customer, who belonged before it.
        """
        self.notice()
        now = objects(self._world)
        gone = self._seen.keys() - now.keys()
        assert not gone, f"{gone} no longer bear a mark"
        for key, record in self._seen.items():
            self._keeps(key, record, now[key], belonging)
        for key in now.keys() - self._seen.keys():
            self._made(key, now[key], allowed)
        for key, record in now.items():
            self._stays(key, record)
        self._once(now)
        self._seen = now

    def _owner(self, key: Key, record: Object) -> str:
        """Whose it is by its mark; while a page is marked anew for an heir, some of its sections name both."""
        given = self.given.get(key, set())
        owners = record.owners - {""} if key in self._left else record.owners
        if not owners:
            return self.owners[key]
        if len(owners) == 1 or owners & given:
            owner = next(iter(owners & given or owners))
        else:
            heirs = {self.erp.current(number) or number for number in owners}
            was = {self.owners[key]} & owners  # all whom it names may be gone by now
            owner = next(iter(heirs & owners or was or heirs))
        before = {self.owners[key]} if given else set()
        others = {self.erp.current(number) or number for number in owners - before}
        assert others <= {owner, self.erp.current(owner)}, f"{key} is several customers': {sorted(record.mark)}"
        assert owner, f"{key} is nobody's: {sorted(record.mark)}"
        return owner

    def _made(self, key: Key, record: Object, allowed: frozenset[str]) -> None:
        owner = self._owner(key, record)
        assert owner in allowed, f"{key} was made for {owner}, and what was set up was {sorted(allowed)}'s"
        left = [
            (other, whose)
            for other, whose in self.owners.items()
            if other[0] == key[0] != "ticket" and whose != owner and self._before.get(whose) == owner
        ]
        assert not left, f"{key} was made for {owner}, who took the place of whom had {left}"
        self.owners[key] = self.first[key] = owner
        self._ever[key] = {owner}

    def _stays(self, key: Key, record: Object) -> None:
        """It is used for nobody else."""
        owner, before = self._owner(key, record), self.owners[key]
        # Who took its place may be gone as well by now: it was marked for that one a moment before.
        heir = self.erp.current(before)
        is_inherited = before not in self.erp.companies and heir in (owner, self.erp.current(owner))
        is_given = owner in self.given.get(key, ())
        assert owner == before or is_inherited or is_given, f"{key} was {before}'s and bears {sorted(record.mark)}"
        self.owners[key] = owner
        self._ever[key] |= {owner, self.erp.current(owner) or owner}
        self._fits(key, record)

    def _fits(self, key: Key, record: Object) -> None:
        """Its name, its project and tickets, who pays for it and who is in it are its customer's."""
        owner, ever = self.owners[key], self._ever[key]
        names = set[str]().union(*(self._names.get(number, ()) for number in ever))
        is_named = not record.called or any(name in record.called for name in names)
        assert is_named, f"{key} of {owner} is called {record.called}, not one of {names}"
        project = self.owners.get(("project", record.project), owner)
        assert self._same(project, owner) or project in ever, (
            f"{key} of {owner} is in the project {record.project} of {project}"
        )
        whose = {ticket: self.owners.get(("ticket", ticket), "") for ticket in record.tickets}
        strange = {ticket for ticket, other in whose.items() if not (self._same(other, owner) or other in ever)}
        assert not strange, f"{key} of {owner} leads to the tickets {strange}, which are not"
        payers = set[int]().union(*(self._payers.get(number, set()) | self.erp.address_for(number) for number in ever))
        assert record.payer is None or record.payer in payers, f"{key} of {owner} is billed to {record.payer}"
        contacts = set[str]().union(*(self._contacts.get(number, ()) for number in ever))
        foreign = record.members - contacts - {OWN}
        assert not foreign, f"{foreign} are in {key} of {owner}, and none of its contacts"

    def _same(self, key: str, other: str) -> bool:
        """Whether two are one customer by now."""
        return key == other or self.erp.current(key) == self.erp.current(other)

    def _keeps(self, key: Key, before: Object, now: Object, belonging: Belonging) -> None:
        """Nobody who belongs is taken out."""
        owner, system, new = self.owners[key], KIND.get(key[0]), self._owner(key, now)
        if new != owner and new in self.given.get(key, ()):
            return  # a person took it from those who were in it
        is_in = before.members
        for known in (belonging[owner], self._belong(owner)):  # what is changed meanwhile may be read before or after
            if known is not None:
                is_in &= {email for email, where in known.items() if system in where}
        out = (before.members - now.members) & is_in
        assert not out, f"{out} belong to {owner} and were taken out of {key}"

    def _once(self, now: Mapping[Key, Object]) -> None:
        world = self._world
        twice = [line for name in world.server.systems for line in world.server.systems[name].duplicates(world.there)]
        twice = [line for line in twice if not self.erp.is_by_people(line)]
        assert not twice, twice
        assert not self.erp.orphans(), f"companies {self.erp.orphans()} were made by no deal"
        known: dict[tuple[str, str, frozenset[str]], Key] = {}
        for key, record in now.items():
            if record.is_open:
                of_deal = record.mark if key[0] == "ticket" else frozenset[str]()
                first = known.setdefault((key[0], self.owners[key], of_deal), key)
                assert first == key, f"{first} and {key} are both {self.owners[key]}'s"

    def untouched(self, system: str, before: Mapping[Key, Object], but_for: frozenset[str]) -> None:
        """Nothing in a system has changed but what these customers have."""
        now = objects(self._world)
        changed = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        changed = {key for key in changed if key[0] in KINDS.get(system, ()) and self.owners[key] not in but_for}
        assert not changed, f"{changed} were written, and {system} may be written for {sorted(but_for)} alone"

    def agree(self, customers: Collection[str], *, exactly: bool) -> None:
        """Everybody who belongs is in, in all that these customers have to have as far as they live.

        `exactly`: and nobody else.
        """
        living = {customer for customer in customers if self.erp.is_living(customer)}
        had = {(kind, owner) for (kind, _), owner in self.owners.items()}
        lacking = {(kind, customer) for kind in KIND for customer in living} - had
        assert not lacking, f"{lacking} were never made"
        for key, record in objects(self._world).items():
            owner = self.owners[key]
            if key[0] not in KIND or owner not in living:
                continue
            belong = {email for email, systems in self.erp.belong(owner).items() if KIND[key[0]] in systems}
            assert belong <= record.members, f"{belong - record.members} belong to {owner} and are not in {key}"
            remain = record.members - belong - {OWN}
            assert not (exactly and remain), f"{remain} do not belong to {owner} and are in {key}"
