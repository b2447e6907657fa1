"""The pretend portal answers as the portal is known to."""

from __future__ import annotations

from collections.abc import Callable

from tests.contracts.driver import Driver
from tests.contracts.vshn_portal import LISTING


def test_the_listing_has_one_customer_a_line(drive: Callable[[str], Driver]) -> None:
    portal = drive("portal")
    customers = portal.call(f"GET {LISTING}").splitlines()
    assert customers
    portal.call(f"GET {LISTING}{customers[0]}")
    portal.call(f"GET {LISTING}nobody", wanted=404)
    assert portal.told() == []


def test_without_credentials_the_portal_refuses(drive: Callable[[str], Driver]) -> None:
    portal = drive("portal")
    portal.without_credentials()
    portal.call(f"GET {LISTING}", wanted=401)
    assert [text.splitlines()[-1].strip() for text in portal.told()] == [
        "request: carries no credentials (header X-AccessToken)"
    ]
