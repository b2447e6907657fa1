"""What Odoo's refusals mean: by the exception's name, never by the language-dependent text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import requests

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable
from integrations.core.http import vendor_text

ADMINISTRATOR = "an Odoo administrator"
OPERATOR = "whoever runs closedwon"

_SHOWN = ("odoo.exceptions.ValidationError", "odoo.exceptions.UserError", "odoo.exceptions.RedirectWarning")
_DENIED = ("odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized")
_UNKNOWN_CALL = ("werkzeug.exceptions.NotFound", "builtins.AttributeError")


class Missing(Rejected):
    """A record that a write or a reference named is gone."""


class BadValue(Rejected):
    """Python's ValueError: an unknown field, or an external id that nothing bears."""


@dataclasses.dataclass(frozen=True)
class Refusals:
    """Turns refusals of one Odoo into our errors.

    Attributes:
        system: The system's name in the settings.
        account: The login we use.
        url: Where it is.
    """

    system: str
    account: str
    url: str

    def of_response(self, response: requests.Response, what: str) -> IntegrationError | None:
        """The error that an HTTP status other than success stands for; None: the usual one."""
        try:
            body = response.json()
        except requests.exceptions.JSONDecodeError:
            return self._without_json(response, what)
        if not isinstance(body, dict) or not isinstance(body.get("name"), str):
            return self._without_json(response, what)
        return self.of_exception(body, what)

    def of_exception(self, body: Mapping[str, Any], what: str) -> IntegrationError:
        """The error that an exception of Odoo's stands for; its transaction was rolled back."""
        name, message = str(body.get("name")), str(body.get("message") or "")
        if name in _DENIED:
            return self.not_accepted(what)
        if name == "odoo.exceptions.AccessError":
            return self.not_allowed(what, message)
        if name == "odoo.exceptions.MissingError":
            return Missing(f"Odoo: could not {what}: it is gone, or names something that is", system=self.system)
        if name in _SHOWN:
            return Rejected(f"Odoo: could not {what}: {vendor_text(message)}", system=self.system)
        return self._fault(name, message, what)

    def not_accepted(self, what: str) -> AuthError:
        """The key is wrong, has expired, or is not this account's."""
        return AuthError(
            f"Odoo: could not {what}: the key of {self.account} is not accepted; perhaps it has expired",
            system=self.system,
            who=f"{self.account} in Odoo",
            next=f"Make a new key (Preferences, Account Security), then: closedwon check {self.system}",
        )

    def not_allowed(self, what: str, message: str = "") -> AuthError:
        """A right of the account is missing."""
        said = f": {vendor_text(message)}" if message else ""
        return AuthError(
            f"Odoo: {self.account} may not {what}{said}",
            system=self.system,
            who=ADMINISTRATOR,
            next=f"Ask {ADMINISTRATOR} for the right, then: closedwon check {self.system}",
        )

    def concerns_one_part(self, error: AuthError | Rejected) -> bool:
        """Tell whether a refusal is about a right or an app, not about our key or database: these concern all."""
        if isinstance(error, AuthError):
            return error.next != self.not_accepted("").next
        return error.field != "database"

    def no_database(self, what: str) -> Rejected:
        """The database is not named, or there is none of its name."""
        return Rejected(
            f"Odoo: could not {what}: {self.url} has no such database",
            system=self.system,
            who=OPERATOR,
            next="Put the database's name into the settings as `database`.",
            field="database",
        )

    def _fault(self, name: str, message: str, what: str) -> IntegrationError:
        if name in _UNKNOWN_CALL:
            return Rejected(
                f"Odoo: could not {what}: the app that it needs is not installed",
                system=self.system,
                who=ADMINISTRATOR,
                next="Install it, or take the step out of the playbook.",
            )
        if name == "psycopg2.OperationalError" and "does not exist" in message:
            return self.no_database(what)
        if name.startswith("psycopg2."):
            return Unavailable(f"Odoo: could not {what}: its database is busy or down", system=self.system)
        if name == "builtins.ValueError":
            return BadValue(f"Odoo: could not {what}: {vendor_text(message)}", system=self.system)
        return Rejected(f"Odoo: could not {what}: it failed with {vendor_text(name, 60)}", system=self.system)

    def _without_json(self, response: requests.Response, what: str) -> IntegrationError | None:
        if response.status_code == 404:
            return self.no_database(what)
        return self.not_accepted(what) if response.status_code == 401 else None
