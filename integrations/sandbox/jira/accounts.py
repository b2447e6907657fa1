"""Users: our own people, and the customers' people in Service Management."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.sandbox.jira.answers import Json, answered, done, moment, refused
from integrations.sandbox.jira.books import account_words, books
from integrations.sandbox.jira.call import PLATFORM, SYSTEM, Call, Endpoint
from integrations.sandbox.pretend import ACCOUNT, World
from integrations.sandbox.pretend import world as world_of
from integrations.sandbox.state import Document

SWITCHES = frozenset({"active", "emailHidden"})
SEARCHABLE = 1000
"""`user/search` pages through the first thousand users only."""


def add_account(world: World, account_id: str, email: str, name: str, **changes: Any) -> Document:
    """Store a new account; `changes` to an active colleague whose e-mail address is shown."""
    account = {
        "accountId": account_id,
        "email": email,
        "displayName": name,
        "accountType": "atlassian",
        "active": True,
        "emailHidden": False,
        "created": moment(),
        **changes,
    }
    books(world).users.save(account_id, account)
    books(world).words.add(account_id, account_words(account))
    books(world).made[account_id] = time.monotonic()
    return account


def add_customer(world: World, email: str, name: str) -> Document:
    """Store a customer's person: an account that sees portals only."""
    account_id = f"qm:{uuid.uuid5(uuid.NAMESPACE_URL, SYSTEM)}:{uuid.uuid4()}"
    return add_account(world, account_id, email, name, accountType="customer")


def account(world: World, account_id: Any) -> Document | None:
    """The account with this id."""
    return world.state.table(SYSTEM, "user").get(account_id) if isinstance(account_id, str) else None


def current(world: World) -> Document:
    """The product's account, from which all requests come but those of people."""
    found = books(world).users.one(f"email:{ACCOUNT}")
    if found is None:
        raise LookupError(f"the seeded world has no account {ACCOUNT}")
    return found


def asking(call: Call) -> Document:
    """The account that this request comes from: the product's, or one of our people's."""
    found = books(call.world).users.one(f"email:{call.email}")
    return current(call.world) if found is None else found


def user_answer(base: str, user: Document) -> Json:
    """A user as the platform shows it; a hidden e-mail address is left out."""
    initials = "".join(word[0] for word in user["displayName"].split()[:2])
    shown = {} if user["emailHidden"] else {"emailAddress": user["email"]}
    sizes = ("48x48", "24x24", "16x16", "32x32")
    return {
        "self": f"{base}{PLATFORM}/user?accountId={user['accountId']}",
        "accountId": user["accountId"],
        "accountType": user["accountType"],
        **shown,
        "avatarUrls": {size: f"{base}/avatar/{quote(initials, safe='')}?size={size[:2]}" for size in sizes},
        "displayName": user["displayName"],
        "active": user["active"],
        "timeZone": "Europe/Zurich",
    }


def myself(call: Call) -> Response:
    """`GET myself`: the account that asks."""
    return answered({**user_answer(call.base, asking(call)), "locale": "en_US"})


def get_user(call: Call) -> Response:
    """`GET user?accountId=`: one account, deactivated ones too."""
    if call.lacks("Browse users and groups"):
        raise refused(403, "You do not have permission to browse users and groups.")
    if "username" in call.query or "key" in call.query:
        raise refused(400, "The query parameters 'username' and 'key' are not available any more: use 'accountId'.")
    account_id = call.query.get("accountId")
    if not account_id:
        raise refused(400, "The query parameter 'accountId' is required.")
    found = account(call.world, account_id)
    if found is None:
        raise refused(404, "Specified user does not exist or you do not have required permissions")
    return answered({**user_answer(call.base, found), "locale": "en_US"})


def search_users(call: Call) -> Response:
    """`GET user/search`: active accounts one of whose words begins with `query`; without the right, none.

    New accounts are not found before the index has them, as issues are not (the trap `jira_index_lag`).
    """
    if "username" in call.query:
        raise refused(400, "The query parameter 'username' is not available any more: use 'query'.")
    query, account_id = call.query.get("query"), call.query.get("accountId")
    if (query is None) == (account_id is None):
        raise refused(400, "Exactly one of the query parameters 'query' and 'accountId' is required.")
    start, most = call.number("startAt", 0), call.number("maxResults", 50, SEARCHABLE)
    if call.lacks("Browse users and groups"):
        return answered([])
    keys = [account_id] if account_id is not None else books(call.world).words.beginning(str(query).lower())
    users = [found for key in keys if (found := account(call.world, key)) is not None and _is_shown(call.world, found)]
    page = users[:SEARCHABLE][start : start + most]
    return answered([user_answer(call.base, user) for user in page])


def _is_shown(world: World, user: Document) -> bool:
    made = books(world).made.get(user["accountId"], float("-inf"))
    return bool(user["active"]) and time.monotonic() - made >= world.traps.jira_index_lag


async def change_account(request: Request) -> Response:
    """Change what only its owner or an administrator may.

    Hide the address (`emailHidden`), or deactivate the account (`active`).
    """
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    changes = {key: value for key, value in body.items() if key != "email"} if isinstance(body, dict) else {}
    if not changes or not changes.keys() <= SWITCHES or not all(isinstance(value, bool) for value in changes.values()):
        return answered({"message": "email and at least one of active, emailHidden: true or false"}, 400)
    there = world_of(request)
    found = books(there).users.one(f"email:{str(body.get('email')).lower()}")
    if found is None:
        return answered({"message": "there is no such account"}, 404)
    books(there).users.save(found["accountId"], {**found, **changes})
    return done()


CONTROLS = [Route("/jira/account", change_account, methods=["POST"])]
ENDPOINTS = [
    Endpoint("GET", f"{PLATFORM}/myself", "user.myself", myself),
    Endpoint("GET", f"{PLATFORM}/user", "user.get", get_user),
    Endpoint("GET", f"{PLATFORM}/user/search", "user.search", search_users),
]
