"""The only sender of requests: one session a system, limits, time-outs, and what is safe to send again."""

from integrations.core.http.answer import vendor_text
from integrations.core.http.attempt import Effect, counted_writes, on_behalf_of
from integrations.core.http.failure import Classify
from integrations.core.http.sender import CallOptions, Http, default_effect
from integrations.core.http.shape import ForeignAnswer, Shape, fits, is_page
from integrations.core.http.wire import REQUESTS, TIMES, Limits, Sent, Wire, note_time

__all__ = [
    "REQUESTS",
    "TIMES",
    "CallOptions",
    "Classify",
    "Effect",
    "ForeignAnswer",
    "Http",
    "Limits",
    "Sent",
    "Shape",
    "Wire",
    "counted_writes",
    "default_effect",
    "fits",
    "is_page",
    "note_time",
    "on_behalf_of",
    "vendor_text",
]
