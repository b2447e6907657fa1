"""The only sender of requests: one session a system, limits, time-outs, and what is safe to send again."""

from integrations.core.http.answer import vendor_text
from integrations.core.http.failure import Classify
from integrations.core.http.sender import Http
from integrations.core.http.wire import REQUESTS, Limits, Sent, Wire

__all__ = ["REQUESTS", "Classify", "Http", "Limits", "Sent", "Wire", "vendor_text"]
