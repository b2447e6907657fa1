"""Who must be out is out, and who may be in is not taken out, where several rules meet."""

from __future__ import annotations

from integrations.flows.contacts.linking import NEVER, link
from integrations.flows.contacts.removing import revoke
from tests.flows.contacts.site import EMAIL, NADJA, YES, Site


def test_who_is_never_to_be_a_member_is_taken_out_where_they_are_one(site: Site) -> None:
    site.does(lambda sync: link(sync, str(NADJA), [("jira", NEVER)]))
    outcome = site.sync()
    assert [(line.system, line.action, line.status) for line in outcome.lines] == [("jira", "archive", "done")]
    assert EMAIL[NADJA] not in site.jira()
    assert EMAIL[NADJA] in site.panel() & site.wiki().keys()
    assert site.sync(full=True).counts["archive"] == 0


def test_who_was_revoked_is_out_though_never_to_be_a_member(site: Site) -> None:
    site.does(lambda sync: link(sync, str(NADJA), [("jira", NEVER), ("panel", NEVER)]))
    outcome = site.does(lambda sync: revoke(sync, EMAIL[NADJA], YES))
    assert outcome.counts["archive"] == 3
    assert EMAIL[NADJA] not in site.everywhere()


def test_a_leaver_whose_account_was_chosen_anew_is_out_with_the_account_that_was_put_in(site: Site) -> None:
    other = site.account("nadja@elsewhere.example", "Nadja Brunner")
    site.does(lambda sync: link(sync, str(NADJA), [("jira", other)]))
    site.edit(NADJA, active=False)
    site.sync()
    site.passed(3.1)
    site.sync()
    assert EMAIL[NADJA] not in site.everywhere()
