"""Too much at once, or an ERP that knows nobody: nobody goes before a person says by number that it is right."""

from __future__ import annotations

import pytest

from integrations.core.plan import Limits
from integrations.flows.contacts.settings import ContactSettings
from tests.flows.contacts.site import BEAT, EMAIL, JONAS, NADJA, Site


@pytest.mark.parametrize("limits", [Limits(archives=2), Limits()])
def test_over_a_limit_nobody_is_taken_out_and_the_number_in_the_message_is_enough(site: Site, limits: Limits) -> None:
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
    site.limits = Limits(all=int(outcome.error.next.rpartition("--limit ")[2].strip(". ")))
    assert site.sync().exit_code == 0
    assert not {EMAIL[NADJA], EMAIL[BEAT], EMAIL[JONAS]} & site.everywhere()


def test_an_erp_that_knows_nobody_suddenly_takes_nobody_out(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    site.limits = Limits(archives=1000, archive_share=1.0)
    before = [site.everywhere(customer) for customer in site.places]
    for key, row in list(site.partners.items()):
        if row.get("parent_id"):
            site.table("erp", "res.partner")[key] = {**row, "active": False}
    outcome = site.sync(full=True)
    assert outcome.exit_code == 6
    assert "--limit" in (outcome.error.next if outcome.error else "")
    assert [site.everywhere(customer) for customer in site.places] == before


def test_an_erp_that_shows_none_of_the_customers_takes_nobody_out_in_two_passes(site: Site) -> None:
    site.contacts = ContactSettings(grace_days=0)
    before = [site.everywhere(customer) for customer in site.places]
    for key in list(site.partners):
        if site.partners[key].get("commercial_partner_id") in (101, 103, 104):
            del site.table("erp", "res.partner")[key]
    for _ in range(3):
        assert site.sync(full=True).exit_code == 6
    assert [site.everywhere(customer) for customer in site.places] == before
