"""E-mail addresses in a field that may hold several."""

from __future__ import annotations

import re
from typing import Any

_ADDRESS = re.compile(r"""[^\s,;:<>"()\[\]]+@[^\s,;:<>"()\[\]]+""")


def addresses(text: Any) -> frozenset[str]:
    """Every address in a field, in lower case: `Ada <ada@acme.example>, info@acme.example` holds two."""
    return frozenset(found.rstrip(".").lower() for found in _ADDRESS.findall(str(text or "")))


def spellings(email: str) -> frozenset[str]:
    """An address in lower case, with its domain as it is sent (`xn--`) and as people write it."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  (slow, and rarely needed)

    plain = email.strip().lower()
    try:
        known = validate_email(plain, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return frozenset({plain} - {""})
    return frozenset({plain, known.normalized.lower(), (known.ascii_email or plain).lower()})
