"""What people do on all sides, as rules of the state machine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from integrations.core.http import sender
from integrations.flows.contacts import sync
from integrations.flows.contacts.settings import ContactSettings
from integrations.odoo.connection import Connection
from tests.flows.contacts import oracle
from tests.flows.contacts.drawn import EMAILS, PEOPLE, SPELLINGS, STRANGERS, customers, picks, values
from tests.flows.contacts.hands import ROW, Jira, Panel, Wiki
from tests.flows.contacts.world import CUSTOMERS, PAUSE, TARGETS, World

OWN = "closedwon@acme.example"
"""The account that we work with: where it makes an organization, it is a member."""
TYPED = "typed by hand"
HOUR = 3600


class Edits(RuleBasedStateMachine):
    """What is done by hand; the machine itself adds runs and laws."""

    world: World
    """Set by the test."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self._jira, self._panel, self._wiki = Jira(self.world), Panel(self.world), Wiki(self.world)
        self._places: dict[str, Jira | Panel] = {"jira": self._jira, "panel": self._panel}
        self._targets: dict[str, Jira | Panel | Wiki] = {**self._places, "wiki": self._wiki}
        self._settings = ContactSettings()
        self._revoked: set[str] = set()
        self._moved: set[int] = set()
        self._typed: set[tuple[str, str]] = set()
        self._lost = False
        self._unseen = False
        """Something happened that only a full pass sees."""
        self._prose: dict[str, list[str]] = {customer: [] for customer in CUSTOMERS}

    @initialize(
        grace=st.sampled_from([0, 3]),
        lag=st.sampled_from([0.0, 0.01]),
        page=st.sampled_from([1000, 2]),
        few=st.sampled_from([50, 0]),
        at_once=st.sampled_from([100, 1]),
    )
    def begin(self, grace: float, lag: float, page: int, few: int, at_once: int) -> None:
        """The world as it was set up; pages and chunks so small that there are several, or as large as ever."""
        self.world.restore(lag)
        self._settings = ContactSettings(grace_days=grace)
        self._patch.setattr(Connection, "page", page)
        self._patch.setattr(sender, "FIRST_PAUSE", PAUSE)
        self._patch.setattr(sync.FlowOfSync, "few", few)
        self._patch.setattr(sync, "CUSTOMERS", at_once)
        self._patch.setattr(sync.FlowOfSync, "at_once", at_once)
        self._accounts = {name: target.accounts() for name, target in self._targets.items()}
        self._ever: dict[str, set[str]] = {customer: set() for customer in CUSTOMERS}
        self._known = self.world.ledger_text()
        self._strangers = {(name, customer, OWN) for name in TARGETS for customer in CUSTOMERS}
        self._notice()
        for customer in CUSTOMERS:
            self._write_prose(customer)

    # What people do in the ERP.

    @rule(customer=customers, name=st.sampled_from(PEOPLE), email=st.sampled_from(EMAILS), values=values)
    def make_contact(self, customer: str, name: str, email: str, values: dict[str, Any]) -> None:
        vals = {"name": name, "email": email or False, **values, "parent_id": int(customer)}
        self.world.erp("create", vals_list=[vals])

    @rule(pick=picks, values=values.filter(bool))
    def change_contact(self, pick: int, values: dict[str, Any]) -> None:
        self.world.erp("write", ids=[self._contact(pick)], vals={**values})

    @rule(pick=picks, to=st.sampled_from([*CUSTOMERS, "106"]))
    def move_contact(self, pick: int, to: str) -> None:
        contact = self._contact(pick)
        self._moved.add(contact)
        self.world.erp("write", ids=[contact], vals={"parent_id": int(to)})

    @rule(pick=picks, active=st.booleans())
    def archive_contact(self, pick: int, active: bool) -> None:
        self.world.erp("write", ids=[self._contact(pick)], vals={"active": active})

    @rule(pick=picks)
    def delete_contact(self, pick: int) -> None:
        contacts = self._contacts()
        if len(contacts) > 1:
            self._unseen = True
            self.world.erp("unlink", ids=[contacts[pick % len(contacts)]])

    # What people do elsewhere.

    @rule(customer=customers, system=st.sampled_from(["jira", "panel"]), pick=picks)
    def remove_by_hand(self, customer: str, system: str, pick: int) -> None:
        members = sorted(self._places[system].members(customer))
        if members:
            self._unseen = True
            self._places[system].remove(customer, members[pick % len(members)])

    @rule(customer=customers, system=st.sampled_from(["jira", "panel"]), email=st.sampled_from(STRANGERS))
    def add_by_hand(self, customer: str, system: str, email: str) -> None:
        self._places[system].add(customer, email)
        self._strangers.add((system, customer, email))

    @rule(customer=customers, pick=picks, arrived=st.booleans())
    def redeem_invitation(self, customer: str, pick: int, arrived: bool) -> None:
        invitations = self._panel.open(customer)
        if invitations:
            self._panel.redeem(invitations[pick % len(invitations)], arrived=arrived)

    @rule(customer=customers, pick=picks, what=st.sampled_from(["phone", "row", "prose"]))
    def edit_page(self, customer: str, pick: int, what: str) -> None:
        rows = ROW.findall(self._wiki.body(customer))
        if what == "prose":
            self._write_prose(customer)
        elif rows and what == "phone":
            self._type_phone(customer, pick % len(rows))
        elif rows:
            self._unseen = True
            self._wiki.drop_row(customer, pick % len(rows))

    # Time.

    @rule(hours=st.sampled_from([1, 12, 24, 72, 200]))
    def time_passes(self, hours: int) -> None:
        self.world.clock.pass_by(hours * HOUR)

    @rule(hours=st.sampled_from([0, 1, 30, 400]))
    def clock_is_set(self, hours: int) -> None:
        self.world.clock.behind = hours * HOUR

    def _type_phone(self, customer: str, number: int) -> None:
        """Somebody types over a phone, or into an empty cell: there it may be that ours was never known to be."""
        self._unseen = True
        email, _, _, phone = self._wiki.rows(customer)[number]
        if self._lost or not phone:
            self._typed.add((customer, email))
        self._wiki.type_phone(customer, number, TYPED)

    def _contact(self, pick: int) -> int:
        contacts = self._contacts()
        return contacts[pick % len(contacts)]

    def _write_prose(self, customer: str) -> None:
        """Somebody adds a paragraph to a customer's page."""
        text = f"<p>Prose {len(self._prose[customer])} of {customer}</p>"
        self._prose[customer].append(text)
        self._wiki.edit(customer, self._wiki.body(customer), self._wiki.body(customer) + text)

    def _contacts(self) -> list[int]:
        """The customers' contacts, and those that were theirs."""
        partners = self.world.partners
        return sorted(
            int(key)
            for key, partner in partners.items()
            if not partner.get("is_company")
            and (oracle.company_of(partners, partner) in CUSTOMERS or int(key) in self._moved)
        )

    def _notice(self) -> None:
        """Whoever is a contact of a customer now, or ever was."""
        for customer in CUSTOMERS:
            self._ever[customer] |= oracle.emails_of(oracle.contacts_of(self.world.partners, customer), SPELLINGS)
