"""An answer, read to its end, which has to come: neither endless time nor endless memory is given to it."""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
import urllib3.exceptions

from integrations.core.text import one_line, shorten

PIECE = 65_536
LARGEST = 64_000_000
"""Bytes, unpacked; nothing that we ask for comes near."""


class TooLarge(requests.RequestException):
    """The answer is larger than any that we ask for."""


def read(response: requests.Response, seconds: float) -> None:
    """Read the body, after which `response.content` is there and the connection free for the next request.

    A time-out of the connection alone is one between two bytes: a body that trickles would never end.

    Raises:
        requests.RequestException: It broke off, did not end within `seconds`, or is too large.
    """
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    length = 0
    try:
        while part := response.raw.read1(PIECE, decode_content=True):
            parts.append(part)
            length += len(part)
            if length > LARGEST:
                raise TooLarge
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout
    except urllib3.exceptions.SSLError as error:
        response.close()
        raise requests.exceptions.SSLError(error) from None
    except urllib3.exceptions.HTTPError as error:
        response.close()
        raise requests.exceptions.ConnectionError(error) from None
    except requests.RequestException:
        response.close()
        raise
    response.raw.release_conn()
    vars(response).update(_content=b"".join(parts), _content_consumed=True)  # private to requests: pinned by a test


def retry_after(response: requests.Response) -> float | None:
    """The seconds that the system asks us to wait; None where it does not say."""
    text = response.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None
    there = date(response)  # the vendor's clock may be minutes from ours
    return max(0.0, until - (there.timestamp() if there is not None else time.time()))


def date(response: requests.Response) -> datetime | None:
    """The system's time when it answered (RFC 9110, 6.6.1); None where it does not say."""
    return _moment(response.headers.get("Date", ""))


@functools.lru_cache(maxsize=16)
def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def vendor_text(text: object, limit: int = 200) -> str:
    """What a vendor said, as one short line fit for a message."""
    return shorten(one_line(str(text)), limit)
