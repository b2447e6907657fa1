"""The only sender of requests: one session a system, limits, time-outs, and the repeats that are safe."""

from integrations.core.http.answer import (
    Classify,
    Effect,
    ForeignAnswer,
    Shape,
    counted_writes,
    fits,
    is_page,
    on_behalf_of,
    vendor_text,
)
from integrations.core.http.sender import (
    REQUESTS,
    TIMES,
    CallOptions,
    Http,
    HttpContext,
    Limits,
    Sent,
    default_effect,
    note_time,
)

__all__ = [
    "REQUESTS",
    "TIMES",
    "CallOptions",
    "Classify",
    "Effect",
    "ForeignAnswer",
    "Http",
    "HttpContext",
    "Limits",
    "Sent",
    "Shape",
    "counted_writes",
    "default_effect",
    "fits",
    "is_page",
    "note_time",
    "on_behalf_of",
    "vendor_text",
]
