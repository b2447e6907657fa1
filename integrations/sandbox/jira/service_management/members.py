"""Members of an organization.

Any account may be one, ours too. Adding and removing do not report the former state.
"""

from __future__ import annotations

from starlette.responses import Response

from integrations.sandbox.jira.accounts import account
from integrations.sandbox.jira.answers import desk_refused, done
from integrations.sandbox.jira.books import books
from integrations.sandbox.jira.call import DESK, SYSTEM, Call, Endpoint
from integrations.sandbox.jira.permissions import need_agent
from integrations.sandbox.jira.service_management.organizations import found_organization
from integrations.sandbox.jira.service_management.page import desk_user_answer, paged

MOST_AT_ONCE = 50


def list_members(call: Call) -> Response:
    """`GET organization/{id}/user`: ordered by account id."""
    need_agent(call)
    found = found_organization(call, call.path["organization"])
    users = call.world.state.table(SYSTEM, "user")
    members = [users[key] for key in sorted(found["users"]) if key in users]
    return paged(call, members, lambda user: desk_user_answer(call, user))


def account_ids(call: Call, *, also: tuple[str, ...] = ()) -> list[str]:
    """The accounts that the body names; all of them exist."""
    body = call.document({"accountIds": list, "usernames": list, **dict.fromkeys(also, int)})
    if body.get("usernames"):
        raise desk_refused(400, "usernames are not available any more: use accountIds.")
    named = body.get("accountIds") or []
    if not named or len(named) > MOST_AT_ONCE or not all(isinstance(member, str) for member in named):
        raise desk_refused(400, f"Between 1 and {MOST_AT_ONCE} account IDs are expected.")
    unknown = [member for member in named if account(call.world, member) is None]
    if unknown:
        raise desk_refused(400, f"The user with account ID '{unknown[0]}' does not exist.")
    return named


def add_members(call: Call) -> Response:
    """`POST organization/{id}/user`: 204, members already or not."""
    need_agent(call)
    found = found_organization(call, call.path["organization"])
    users = list(dict.fromkeys([*found["users"], *account_ids(call, also=("organizationId",))]))
    books(call.world).organizations.save(found["id"], {**found, "users": users})
    return done()


def remove_members(call: Call) -> Response:
    """`DELETE organization/{id}/user`: 204, members or not."""
    need_agent(call)
    found = found_organization(call, call.path["organization"])
    gone = set(account_ids(call, also=("organizationId",)))
    users = [member for member in found["users"] if member not in gone]
    books(call.world).organizations.save(found["id"], {**found, "users": users})
    return done()


_PATH = f"{DESK}/organization/{{organization}}/user"
ENDPOINTS = [
    Endpoint("GET", _PATH, "organization.user.list", list_members),
    Endpoint("POST", _PATH, "organization.user.add", add_members),
    Endpoint("DELETE", _PATH, "organization.user.remove", remove_members),
]
