"""The customers' people: accounts that see portals only, once per e-mail address; and who is let into a desk."""

from __future__ import annotations

import re

from starlette.responses import Response

from integrations.sandbox.jira.accounts import add_customer
from integrations.sandbox.jira.answers import answered, desk_refused, done
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import need_administrator
from integrations.sandbox.jira.service_management.members import account_ids
from integrations.sandbox.jira.service_management.page import (
    desk_user_answer,
    found_desk,
    need_agent_of,
    need_opt_in,
    paged,
)
from integrations.sandbox.state import Document, Table

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create_customer(call: Call) -> Response:
    """`POST customer`: an address that exists is 400, or 409 with `strictConflictStatusCode=true`."""
    need_administrator(call)
    body = call.document({"email": str, "displayName": str, "fullName": str})
    email = body.get("email") or ""
    if not EMAIL.fullmatch(email):
        raise desk_refused(400, f"The email address '{email}' is invalid.", "sd.customer.email.invalid")
    if books(call.world).users.one(f"email:{email.lower()}") is not None:
        strict = call.query.get("strictConflictStatusCode") == "true"
        raise desk_refused(409 if strict else 400, "An account already exists for this email.", "sd.customer.exists")
    name = body.get("displayName") or body.get("fullName") or email
    return answered(desk_user_answer(call, add_customer(call.world, email, name)), 201)


def _admitted(call: Call, desk: Document) -> Table:
    return call.world.state.table(SYSTEM, f"_customers_{desk['id']}")


def list_customers(call: Call) -> Response:
    """`GET servicedesk/{id}/customer`: experimental; filtered by the beginning of name or e-mail address."""
    need_opt_in(call)
    desk = found_desk(call)
    need_agent_of(call, desk)
    users, text = call.world.state.table(SYSTEM, "user"), call.query.get("query", "").lower()
    found = [users[key] for key in _admitted(call, desk)]
    seen = [user for user in found if text in user["displayName"].lower() or text in user["email"].lower()]
    return paged(call, seen, lambda user: desk_user_answer(call, user))


def add_customers(call: Call) -> Response:
    """`POST servicedesk/{id}/customer`: 204, let in already or not."""
    desk = found_desk(call)
    need_agent_of(call, desk)
    for account_id in account_ids(call):
        _admitted(call, desk)[account_id] = {}
    return done()


def remove_customers(call: Call) -> Response:
    """`DELETE servicedesk/{id}/customer`: experimental; 204, let in or not."""
    need_opt_in(call)
    desk = found_desk(call)
    need_agent_of(call, desk)
    for account_id in account_ids(call):
        _admitted(call, desk).pop(account_id, None)
    return done()


_PATH = f"{DESK}/servicedesk/{{desk}}/customer"
ENDPOINTS = [
    Endpoint("POST", f"{DESK}/customer", "customer.create", create_customer),
    Endpoint("GET", _PATH, "servicedesk.customer.list", list_customers),
    Endpoint("POST", _PATH, "servicedesk.customer.add", add_customers),
    Endpoint("DELETE", _PATH, "servicedesk.customer.remove", remove_customers),
]
