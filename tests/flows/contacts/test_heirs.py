"""People of customers that are merged, swapped or gone: each stays where the ERP says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from integrations.flows.contacts.memory import ContactRepository, Learned, Leaving, Problem, TombstoneRecord
from integrations.flows.contacts.settings import ContactSettings
from integrations.sandbox.pretend import COLLEAGUE_TOKEN
from tests.flows.contacts.site import ANNA_OF_103, EMAIL, NADJA, Site
from tests.limits import lenient

WIZARD = "base.partner.merge.automatic.wizard"


def merge(site: Site, loser: str, survivor: str) -> None:
    """Merge a customer into another with the ERP's wizard."""

    def call(method: str, **arguments: Any) -> Any:
        answer = requests.post(
            f"{site.box.url}/erp/json/2/{WIZARD}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {COLLEAGUE_TOKEN}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    chosen = {"partner_ids": [[6, 0, [int(loser), int(survivor)]]], "dst_partner_id": int(survivor)}
    (made,) = call("create", vals_list=[chosen])
    call("action_merge", ids=[made])


@pytest.mark.parametrize("grace", [0, 3])
def test_two_who_are_swapped_are_in_at_once_and_come_back_at_once(site: Site, grace: int) -> None:
    """Out of their old place after the grace period, and in it again with the first sync after they returned."""
    site.contacts, site.limits = ContactSettings(grace_days=grace), lenient(100)
    old = {"101": EMAIL[NADJA], "103": EMAIL[ANNA_OF_103]}
    new = {"101": EMAIL[ANNA_OF_103], "103": EMAIL[NADJA]}
    for there, gone, homes in ((new, old, ("103", "101")), (old, new, ("101", "103"))):
        for contact, home in zip((NADJA, ANNA_OF_103), homes, strict=True):
            site.edit(contact, parent_id=int(home))
        site.sync()
        assert all(email in site.jira(customer) & site.wiki(customer).keys() for customer, email in there.items())
        assert grace == 0 or all(email in site.everywhere(customer) for customer, email in gone.items())
        site.passed(grace + 0.1)
        site.sync()
        assert all(email in site.jira(customer) & site.wiki(customer).keys() for customer, email in there.items())
        assert not any(email in site.everywhere(customer) for customer, email in gone.items())


def test_of_a_merged_pair_with_a_place_each_nobody_is_out_and_all_are_in_the_survivors(site: Site) -> None:
    """A person of both too; the other's own people stay there, whatever was on the way out before that."""
    site.contacts, site.limits = ContactSettings(grace_days=0), lenient(100)
    both = "both@alpina.example"
    site.add("Of both", both, "103")
    archived = site.add("Of both", both, "104")
    site.add("Of one", "one@alpina.example", "103")
    site.sync()
    site.edit(archived, active=False)
    site.sync()
    assert both not in site.everywhere("104")
    before = {customer: site.everywhere(customer) for customer in ("103", "104")}
    merge(site, "103", "104")
    for _ in range(3):
        site.sync(full=True)
        site.passed(1)
    assert before["103"] <= site.everywhere("103")
    assert before["103"] | before["104"] <= site.everywhere("104")
    (problem,) = [problem for problem in site.memory.problems() if problem.code == "gone"]
    assert (problem.customer, problem.contact) == ("103", "")
    assert "and 104 took its place (merged into it" in problem.words


def test_the_people_of_one_that_is_gone_are_its_heirs_with_all_that_is_known_of_them(site: Site) -> None:
    """Who left the heir long ago, and was the other's until now, is nobody who left."""
    memory, now = ContactRepository(site.ledger), datetime(2026, 11, 1, tzinfo=UTC)
    memory.learn(
        Learned(
            contacts={"9": ("901", ("p", "q"))},
            leaving=[Leaving("jira", "customer:901/contact/p", "901", now, "missing", 1)],
            problems=[Problem("", "customer:901/row/", "901", "", "", "gone", "is gone", "", now)],
        )
    )
    memory.bury([TombstoneRecord(person, "902", "left", now, 1.0) for person in ("p", "r")])
    memory.bury([TombstoneRecord("q", "902", "revoked", now, 1.0)])
    memory.inherit("901", "902")
    assert memory.contacts_of(["901", "902"]) == {"901": {}, "902": {"9": ["p", "q"]}}
    assert memory.tombstones_of(["p", "q", "r"]).keys() == {("q", "902"), ("r", "902")}
    assert not memory.leaving_of(["901"])
    assert not memory.problems(["901"])
