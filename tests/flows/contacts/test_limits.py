"""Too much at once, or an ERP that knows nobody: nobody goes before a person says by number that it is right."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from integrations.core.lock import FileLocks
from integrations.core.plan import Limits
from integrations.flows.contacts.settings import ContactSettings
from integrations.flows.contacts.sync import ALLOWED, of_customer
from tests.flows.contacts.site import BEAT, EMAIL, JONAS, NADJA, Site
from tests.limits import lenient, lifted


@pytest.mark.parametrize("limits", [Limits(archives=2), Limits()])
def test_over_a_limit_nobody_is_taken_out_and_the_options_in_the_message_are_enough(site: Site, limits: Limits) -> None:
    """Three of the ten in the wiki are more than a fifth."""
    site.contacts = ContactSettings(grace_days=0)
    assert len(site.wiki()) + len(site.wiki("103")) + len(site.wiki("104")) == 10
    for contact in (NADJA, BEAT, JONAS):
        site.edit(contact, active=False)
    before = site.everywhere()
    site.limits = limits
    outcome = site.sync()
    assert outcome.exit_code == 6
    assert (site.everywhere(), site.wrote()) == (before, [])
    assert outcome.error is not None
    assert "-n" in outcome.error.next
    site.limits = lifted(outcome.error.next, limits)
    assert site.sync().exit_code == 0
    assert not {EMAIL[NADJA], EMAIL[BEAT], EMAIL[JONAS]} & site.everywhere()


def test_an_erp_that_knows_nobody_suddenly_takes_nobody_out(site: Site) -> None:
    """No number for changes lifts that: only its own name does, with the number of memberships."""
    site.contacts = ContactSettings(grace_days=0)
    site.limits = Limits(archives=1000, archive_share=1.0)
    before = [site.everywhere(customer) for customer in site.places]
    for key, row in list(site.partners.items()):
        if row.get("parent_id"):
            site.table("erp", "res.partner")[key] = {**row, "active": False}
    outcome = site.sync(full=True)
    assert outcome.exit_code == 6
    assert [site.everywhere(customer) for customer in site.places] == before
    site.limits = lenient(1000)
    assert site.sync(full=True).exit_code == 6
    assert [site.everywhere(customer) for customer in site.places] == before
    site.limits = lifted(outcome.error.next if outcome.error else "", site.limits)
    assert site.sync(full=True).exit_code == 0
    assert [site.everywhere(customer) for customer in site.places] == [set()] * 3


def test_an_erp_that_shows_none_of_the_customers_takes_nobody_out_in_two_passes(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    before = [site.everywhere(customer) for customer in site.places]
    for key in list(site.partners):
        if site.partners[key].get("commercial_partner_id") in (101, 103, 104):
            del site.table("erp", "res.partner")[key]
    for _ in range(3):
        assert site.sync(full=True).exit_code == 6
    assert [site.everywhere(customer) for customer in site.places] == before


def test_a_limit_counts_what_remains_of_a_plan_beside_a_person_with_another_address(site: Site) -> None:
    """Their old address is no leaver and leaves the plan; all else in it counts as ever."""
    site.contacts = ContactSettings(grace_days=0)
    site.limits = Limits(creates=20)
    account = site.account(EMAIL[NADJA])
    new = "nadja.keller@mueller-soehne.example"
    site.change_account(EMAIL[NADJA], email=new)
    site.edit(NADJA, email=new)
    for number in range(30):
        site.add(f"Person {number}", f"person{number}@mueller-soehne.example")
    before = site.everywhere()
    outcome = site.sync()
    assert (outcome.exit_code, site.wrote()) == (6, [])
    assert site.everywhere() == before
    site.limits = Limits(creates=200)
    assert site.sync().exit_code == 0
    assert account in site.organization("101")["users"]
    assert new in site.everywhere()


def _leave(site: Site, contacts: list[int]) -> int:
    for contact in contacts:
        site.edit(contact, active=False)
    return site.sync().exit_code


def _crowd(site: Site) -> list[int]:
    """Twenty more people of one customer, all of them members; whoever is archived leaves at once."""
    site.contacts = ContactSettings(grace_days=0)
    found = [site.add(f"Person {number}", f"person{number}@mueller-soehne.example") for number in range(20)]
    site.sync()
    return found


def test_many_small_runs_may_not_take_out_what_one_may_not(site: Site) -> None:
    """A fifth of what there was in a day, whether ten archive two each or one twenty."""
    crowd = _crowd(site)
    before = len(site.wiki()) + len(site.wiki("103")) + len(site.wiki("104"))
    codes = [_leave(site, crowd[start : start + 2]) for start in range(0, 10, 2)]
    assert codes == [0, 0, 6, 6, 6]
    after = len(site.wiki()) + len(site.wiki("103")) + len(site.wiki("104"))
    assert before - after <= before * 0.2


def test_who_allows_more_by_number_begins_a_new_count(site: Site) -> None:
    crowd = _crowd(site)
    assert _leave(site, crowd[:12]) == 6
    site.limits = lenient(100)
    assert site.sync().exit_code == 0
    site.limits = Limits()
    assert _leave(site, crowd[12:14]) == 0


def test_a_full_pass_that_could_look_at_nobody_is_no_erp_without_contacts(site: Site) -> None:
    """Two full passes at once: the one that finds every customer held leaves them all, and says just that."""
    with contextlib.ExitStack() as held:
        for customer in site.places:
            held.enter_context(FileLocks(site._folder / "locks").hold(of_customer(customer)))
        outcome = site.sync(full=True)
    assert (outcome.exit_code, outcome.error, set(outcome.left)) == (0, None, set(site.places))


def test_what_somebody_allowed_by_a_clock_that_was_ahead_allows_nothing_until_then(site: Site) -> None:
    crowd = _crowd(site)
    site.memory.keep(ALLOWED, datetime.now(UTC) + timedelta(days=300))
    assert [_leave(site, crowd[start : start + 2]) for start in range(0, 6, 2)] == [0, 0, 6]
