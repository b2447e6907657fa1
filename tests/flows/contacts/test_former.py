"""Memberships of a former place, or under a former account: they end, in due time, and nothing else does."""

from __future__ import annotations

import contextlib
import sqlite3

from integrations.flows.contacts.link import link
from integrations.flows.contacts.revoke import revoke
from integrations.flows.contacts.sync import Approval
from integrations.sandbox.jira.books import books
from tests.flows.contacts.site import EMAIL, NADJA, PETER, YES, Site
from tests.limits import lenient

NEW = "77"


def relink(site: Site) -> str:
    """Somebody chose another organization for customer 101; gives the id of the former one."""
    former = site.organization("101")
    books(site.there).organizations.save(NEW, {**former, "id": NEW, "uuid": "new", "users": [], "name": "New"})
    with contextlib.closing(sqlite3.connect(site.file)) as connection, connection:
        connection.execute(
            "update objects set id = ? where system = 'jira' and kind = 'organization' and key = 'customer:101'", [NEW]
        )
    return str(former["id"])


def members(site: Site, organization: str) -> set[str]:
    return set(site.table("jira", "organization")[organization]["users"])


def test_people_of_a_customer_that_was_linked_anew_join_at_once_and_leave_the_former_place_after_the_grace_period(
    site: Site,
) -> None:
    former = relink(site)
    before = members(site, former)
    assert site.sync(full=True).exit_code == 0
    assert members(site, NEW) == before == members(site, former)
    site.passed(3.1)
    assert site.sync().exit_code == 6  # everybody of a customer at once is for a person to allow
    site.limits = lenient(100)
    assert site.sync().exit_code == 0
    assert (members(site, NEW), members(site, former)) == (before, set())
    assert site.sync(full=True).lines == ()


def test_a_run_that_only_looks_changes_nothing_of_that(site: Site) -> None:
    former = relink(site)
    before = members(site, former)
    for _ in "twice":
        site.sync(full=True, approval=Approval(dry=True))
    site.sync(full=True)
    site.passed(3.1)
    site.limits = lenient(100)
    site.sync()
    assert (members(site, NEW), members(site, former)) == (before, set())


def test_who_is_revoked_leaves_the_former_place_too(site: Site) -> None:
    former = relink(site)
    site.sync(full=True)
    account = site.account(EMAIL[PETER])
    site.does(lambda sync: revoke(sync, EMAIL[PETER], YES))
    assert account not in members(site, former) | members(site, NEW)


def test_an_account_that_was_linked_by_mistake_leaves_after_the_grace_period(site: Site) -> None:
    wrong, right = site.account("other@elsewhere.example", "Other"), site.account(EMAIL[NADJA])
    site.does(lambda sync: link(sync, str(NADJA), [("jira", wrong)]))
    site.sync()
    assert wrong in site.organization("101")["users"]
    site.does(lambda sync: link(sync, str(NADJA), [("jira", right)]))
    site.sync()
    site.passed(3.1)
    site.sync()
    users = site.organization("101")["users"]
    assert right in users
    assert wrong not in users
    assert site.sync(full=True).lines == ()
