"""Keys of the customers' people: `customer:101/contact/1f2e…`, the last part a keyed hash of the address."""

from __future__ import annotations

CUSTOMER = "customer:"


def subject(customer: str) -> str:
    """The key of a customer, by its id in the ERP."""
    return CUSTOMER + customer


SEGMENT = "/contact/"
FORMER = "/in/"
"""Stands in the key of a membership in a place, or of an account, that is the person's no more."""


def person_key(customer: str, person: str) -> str:
    """The key of a person of a customer; `person` is the keyed hash of the address."""
    return f"{subject(customer)}{SEGMENT}{person}"


def person_of(key: str) -> str:
    """The keyed hash that ends a person's key."""
    return key.rpartition("/")[2]


def ending_key(key: str, place: str) -> str:
    """The key of a membership that is to end, beside the person's own: `customer:101/in/17/contact/1f2e…`."""
    name, _, person = key.partition(SEGMENT)
    return key if FORMER in key else f"{name}{FORMER}{place}{SEGMENT}{person}"


def place_of(key: str) -> str:
    """The place in the key of a membership that is to end; empty for any other."""
    return key.partition(SEGMENT)[0].partition(FORMER)[2]


def step_of(system: str, key: str) -> str:
    """The name of the one step that a person is in a system."""
    return f"{system} {key}"
