"""Deliveries of Odoo's automation rules: unsigned, sent once, with a second to answer, after the commit.

Odoo logs the whole address, so its token stands in the server's log: two are valid at a time, and it is changed now
and then. The body names the record and the rule (`_model`, `_id`, `_action`: `"Won: tell closedwon(#12)"`), and what
fields the rule was given.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from integrations.core.hook import PROOF, Delivery, Hint, Hook, Refused, deal_id, is_among
from integrations.odoo.leads import LEAD
from integrations.odoo.settings import HookSettings

ACTION = re.compile(r"\(#([0-9]+)\)$")


def hook(settings: HookSettings) -> Hook:
    """Return the hook of one Odoo."""

    def take(delivery: Delivery) -> Hint | None:
        if not (is_among(delivery.token, settings.tokens) and _is_allowed(delivery.sender, settings)):
            raise Refused(*PROOF)
        document = delivery.document()
        if document.get("_model") != LEAD:
            raise Refused(400, f"it is not about a {LEAD}")
        if settings.actions and _action(document) not in settings.actions:
            raise Refused(400, "it comes from an automation rule that the settings do not name")
        hint = Hint(deal_id(document.get("_id")))
        return None if _is_ours(document, settings) else hint

    return take


def _is_allowed(sender: str, settings: HookSettings) -> bool:
    if not settings.senders:
        return True
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return False
    return any(address in network for network in settings.senders)


def _action(document: Mapping[str, Any]) -> int | None:
    found = ACTION.search(str(document.get("_action")))
    return int(found[1]) if found is not None else None


def _is_ours(document: Mapping[str, Any], settings: HookSettings) -> bool:
    """Return whether the record was written last by our own account, where the rule sends who that was."""
    writer = document.get("write_uid")
    writer = writer[0] if isinstance(writer, list) and writer else writer
    return settings.ourselves is not None and writer == settings.ourselves
