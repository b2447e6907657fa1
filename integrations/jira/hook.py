"""Web requests of Jira's automation rules: a bearer token in a header, and a body that the rule's author wrote.

Jira sends once, from addresses that Atlassian publishes, and shows the header's value to nobody where it is hidden.
"""

from __future__ import annotations

from integrations.core.hook import PROOF, Delivery, Hint, Hook, Refused, deal_id, is_among
from integrations.jira.settings import HookSettings

BEARER = "bearer "


def hook(settings: HookSettings) -> Hook:
    """Return the hook of one Jira: the body is `{"deal": "42"}`."""

    def take(delivery: Delivery) -> Hint | None:
        given = delivery.headers.get("authorization", "")
        if not given.lower().startswith(BEARER) or not is_among(given[len(BEARER) :].strip(), settings.tokens):
            raise Refused(*PROOF)
        return Hint(deal_id(delivery.document().get("deal")))

    return take
