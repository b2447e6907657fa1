"""Confluence Cloud: v2 for pages and properties, v1 where v2 has nothing (labels, CQL search)."""

from __future__ import annotations

import functools

from integrations.sandbox.server import Exchange
from tests.contracts import documents
from tests.contracts.credentials import authorization
from tests.contracts.openapi import Specification
from tests.contracts.schemas import without_all_of, without_one_of
from tests.contracts.verdict import Verdict, unknown

V2 = "/wiki/api/v2"
V1 = "/wiki/rest/api"


CONFLICTS = {
    f"PUT {V2}/pages/{{id}}": 409,
    f"POST {V2}/pages/{{page-id}}/properties": 409,
    f"PUT {V2}/pages/{{page-id}}/properties/{{property-id}}": 409,
}
"""A stale version, or a key that exists, is answered so; the document forgot it."""


@functools.cache
def second() -> Specification:
    """The second version's document."""
    document = without_one_of(documents.load("atlassian/confluence-v2.json"))
    return Specification(without_all_of(document, document["components"]), prefix=V2, strict=True, statuses=CONFLICTS)


@functools.cache
def first() -> Specification:
    """The first version's document."""
    return Specification(without_one_of(documents.load("atlassian/confluence-v1.json")))


class Confluence:
    """The contract of Confluence Cloud."""

    def judge(self, exchange: Exchange) -> Verdict:
        """Everything in this exchange that the vendor does not allow."""
        if exchange.path.startswith(V2 + "/"):
            specification = second()
        elif exchange.path.startswith(V1 + "/"):
            specification = first()
        else:
            return unknown(exchange, f"outside {V2} and {V1}")
        operation = specification.find(exchange.method, exchange.path)
        if operation is None:
            return unknown(exchange, "Confluence has no such operation")
        found = (*authorization(exchange, "Basic", "Bearer"), *specification.problems(exchange, operation))
        return Verdict(operation.name, found)
