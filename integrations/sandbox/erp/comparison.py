"""The operators of a domain's conditions, by type of field."""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Callable
from typing import Any

from integrations.sandbox.erp.errors import BadValueError

Test = Callable[[Any], bool]

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    ">": operators.gt,
    "<=": operators.le,
    ">=": operators.ge,
}
_LIKE = ("like", "ilike", "=like", "=ilike")
_NEGATIVE = {"!=": "=", "<>": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}


def comparison(kind: str, operator: str, value: Any, major: int) -> Test:
    """Return the test of a field's value against `operator` and `value`.

    A negation also holds where nothing is set, as it does in Odoo. Times are where versions differ: they
    are kept in microseconds and asked for in seconds. 19 takes the second as a whole, so `>` leaves out
    everything within it; earlier versions compare exactly, so `=` never finds what has a fraction.

    Raises:
        BadValueError: Unknown operator, or a value that it cannot take.
    """
    if operator in _NEGATIVE:
        test = comparison(kind, _NEGATIVE[operator], value, major)
        return lambda found: not test(found)
    if operator in ("=", "in", "=?"):
        return _equality(kind, operator, value, major)
    if operator in _LIKE:
        return _like(operator, value)
    if operator in _ORDERED:
        return _ordered(kind, operator, value, major)
    raise BadValueError(f"Invalid operator {operator!r}")


def _equality(kind: str, operator: str, value: Any, major: int) -> Test:
    if operator == "=?" and value in (None, False):
        return lambda _found: True
    wanted = value if isinstance(value, list) else [value]
    if kind == "boolean":
        truths = {bool(value) for value in wanted}
        return lambda found: bool(found) in truths
    if kind == "datetime":
        return _same_time(wanted, major)
    try:
        choices = {False if value is None else value for value in wanted}
    except TypeError as error:
        raise BadValueError(f"Invalid value {value!r} for operator {operator!r}") from error
    unset = False in choices and not (choices == {0} and kind in ("integer", "float", "monetary"))
    if kind in ("one2many", "many2many"):
        return lambda found: any(value in choices for value in found) or (unset and not found)
    return lambda found: found in choices or (unset and found in (False, None, ""))


def _same_time(wanted: list[Any], major: int) -> Test:
    if major >= 19:
        seconds = {value and str(value)[:19] for value in wanted}
        return lambda found: (found and str(found)[:19]) in seconds
    exact = {value and _precise(str(value), "000000") for value in wanted}
    return lambda found: found in exact


def _precise(text: str, fraction: str) -> str:
    if len(text) == 10:
        text += " 00:00:00"
    return text if "." in text else f"{text}.{fraction}"


def _ordered(kind: str, operator: str, value: Any, major: int) -> Test:
    compare = _ORDERED[operator]
    if kind == "datetime":
        whole = major >= 19 and operator in (">", "<=")
        value = _precise(str(value), "999999" if whole else "000000")
    elif kind in ("char", "text", "html", "selection", "date"):
        value = str(value)
    elif isinstance(value, (str, list, dict)):
        raise BadValueError(f"Invalid value {value!r} for operator {operator!r}")
    if isinstance(value, str):
        return lambda found: bool(found) and compare(found, value)
    return lambda found: found is not False and compare(found, value)


def _like(operator: str, value: Any) -> Test:
    text = str(value or "")
    if not operator.startswith("="):
        if not any(character in text for character in "%_\\"):
            return _holding(text, ignore_case="ilike" in operator)
        text = f"%{text}%"
    pattern = re.compile(_expression(text), re.DOTALL | (re.IGNORECASE if "ilike" in operator else re.NOFLAG))
    return lambda found: bool(found) and pattern.fullmatch(str(found)) is not None


def _holding(text: str, *, ignore_case: bool) -> Test:
    """The commonest search, ten times as fast as a pattern."""
    if not ignore_case:
        return lambda found: bool(found) and text in str(found)
    lower = text.lower()
    return lambda found: bool(found) and lower in str(found).lower()


def _expression(text: str) -> str:
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\")) for part in parts)
