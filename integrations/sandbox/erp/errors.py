"""The exceptions that Odoo tells its clients of, by the names that stand on the wire."""

from __future__ import annotations

import http
from typing import Any, ClassVar

from starlette.responses import JSONResponse, Response

from integrations.sandbox.pretend import gateway_page


class OdooError(Exception):
    """A failed call.

    `name` is the exception's class as both transports show it, `status` is JSON-2's answer.
    """

    name: ClassVar[str] = "builtins.Exception"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        """`message` is what a person would read in Odoo's dialog."""
        super().__init__(message)
        self.message = message
        self.field: str | None = None
        """The import column that is at fault."""

    def serialized(self) -> dict[str, Any]:
        """The error's body, traceback included: Odoo sends it to everybody, values and statements in it."""
        return {
            "name": self.name,
            "message": self.message,
            "arguments": self.arguments(),
            "context": {},
            "debug": (
                "Traceback (most recent call last):\n"
                '  File "/usr/lib/python3/dist-packages/odoo/service/model.py", line 152, in retrying\n'
                "    result = func()\n"
                '  File "/usr/lib/python3/dist-packages/odoo/sql_db.py", line 433, in execute\n'
                "    self._obj.execute(query, params)\n"
                f"{self.name}: {self.message}\n"
            ),
        }

    def arguments(self) -> list[Any]:
        """The arguments of the exception."""
        return [self.message]


class AccessDeniedError(OdooError):
    """Bad password or key."""

    name = "odoo.exceptions.AccessDenied"
    status = 403


class AccessError(OdooError):
    """A right is missing, on the model or on the record."""

    name = "odoo.exceptions.AccessError"
    status = 403


class MissingError(OdooError):
    """The record does not exist."""

    name = "odoo.exceptions.MissingError"
    status = 404


class UserError(OdooError):
    """Refusal of a request that makes no sense."""

    name = "odoo.exceptions.UserError"
    status = 422


class ValidationError(OdooError):
    """A constraint refuses the values."""

    name = "odoo.exceptions.ValidationError"
    status = 422


class BadValueError(OdooError):
    """Python's own ValueError, such as for an unknown field."""

    name = "builtins.ValueError"


class BadTypeError(OdooError):
    """Python's own TypeError, such as for an argument too many."""

    name = "builtins.TypeError"


class BadKeyError(OdooError):
    """Python's own KeyError, such as for an unknown import column."""

    name = "builtins.KeyError"


class BadAttributeError(OdooError):
    """Python's own AttributeError, for an unknown method."""

    name = "builtins.AttributeError"


PYTHON_FAULTS = (TypeError, ValueError, KeyError, AttributeError, IndexError)
"""What Odoo's own code stumbles over where a client sends nonsense that nothing checks."""


def as_odoo_shows(error: Exception) -> OdooError:
    """An exception of Python as a client gets to see it."""
    refused: dict[type[Exception], type[OdooError]] = {
        TypeError: BadTypeError,
        KeyError: BadKeyError,
        AttributeError: BadAttributeError,
    }
    return refused.get(type(error), BadValueError)(str(error))


class DatabaseError(OdooError):
    """The database named in the call cannot be reached."""

    name = "psycopg2.OperationalError"


class HttpError(OdooError):
    """Raised by the web layer: JSON-2 serialises it with its status among the arguments."""

    def arguments(self) -> list[Any]:
        """Description and status."""
        return [self.message, self.status]


class BadRequestError(HttpError):
    """The body is not JSON."""

    name = "werkzeug.exceptions.BadRequest"
    status = 400


class UnauthorizedError(HttpError):
    """No key, or one that does not fit."""

    name = "werkzeug.exceptions.Unauthorized"
    status = 401


class NotFoundError(HttpError):
    """Unknown model, method or path."""

    name = "werkzeug.exceptions.NotFound"
    status = 404


class UnprocessableError(HttpError):
    """The arguments do not fit the method."""

    name = "werkzeug.exceptions.UnprocessableEntity"
    status = 422


_REFUSALS: tuple[type[OdooError], ...] = (UnauthorizedError, AccessError, MissingError, ValidationError)


def refusal(path: str, status: int) -> Response:
    """A refusal with this status for a fault that a test injects.

    JSON-2 tells its own exceptions with 401, 403, 404 and 422; everything else comes from the web server before it.
    """
    if path.startswith("/json/2"):
        for error in _REFUSALS:
            if error.status == status:
                return JSONResponse(error(http.HTTPStatus(status).phrase).serialized(), status)
    return gateway_page(path, status)


class RefusedImport(Exception):
    """Ends a `load` whose rows are not kept: everything is taken back and `answer` is the result."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        """`messages`: what was wrong, in Odoo's import format."""
        super().__init__("import refused")
        self.answer = {"ids": False, "messages": messages, "nextrow": 0}
