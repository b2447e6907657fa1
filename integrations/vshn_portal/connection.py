"""The connection to the portal: a token in a header of its own, lists as lines of text."""

from __future__ import annotations

import re

from integrations.core.errors import ErrorMaker
from integrations.core.http import Http, HttpContext
from integrations.vshn_portal.settings import Settings

TITLE = "VSHN portal"
ADMINISTRATOR = "an administrator of the VSHN portal"
CUSTOMER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Connection(ErrorMaker):
    """A portal: its settings and the only call there is."""

    def __init__(self, name: str, settings: Settings, wire: HttpContext) -> None:
        self.name, self.settings = name, settings
        self.http = Http(
            name,
            settings.base,
            wire,
            settings.limits,
            title=TITLE,
            headers=lambda: {"X-AccessToken": settings.token.reveal()},
            administrator=ADMINISTRATOR,
        )

    def customers(self) -> frozenset[str]:
        """The ids of all customers.

        Raises:
            Rejected: What came is no such list (a page to log in, for example): nobody is known to be absent.
        """
        what = "list the customers"
        response = self.http.request("GET", self.settings.customers_path, what=what, operation="customers.list")
        is_text = response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/plain"
        lines = [line.strip() for line in response.text.splitlines() if line.strip()] if is_text else []
        if not is_text or any(CUSTOMER.fullmatch(line) is None for line in lines):
            raise self.http.strange(what)
        return frozenset(lines)
