"""The HTTP surface of a server: hooks come in, its state and its figures go out."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import logging
import time
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.core.hook import Delivery, Hint, Hook, Refused
from integrations.core.log import PACKAGE, described
from integrations.metrics import CONTENT_TYPE, Metrics
from integrations.runs import Replayed

BODY_SECONDS = 10
"""Seconds in which a delivery has to have come."""
WINDOW = 60.0

_LOG = logging.getLogger(f"{PACKAGE}.hooks")


@dataclasses.dataclass
class Surface:
    """Answers of a server.

    Attributes:
        hooks: By the name under which each is reached.
        announce: Queues a hint on the disk; raises `Replayed`.
        counts: How many runs there are, by flow and state; raises where the database is away.
        largest: Bytes of a delivery.
        most: Deliveries that one address may send to one hook within a minute.
        is_ready: False before the worker works, and once the server stops.
    """

    hooks: Mapping[str, Hook]
    announce: Callable[[Hint], None]
    counts: Callable[[], Mapping[tuple[str, str], int]]
    metrics: Metrics
    largest: int
    most: int
    is_ready: bool = False
    _came: dict[tuple[str, str], collections.deque[float]] = dataclasses.field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/hooks/{system}", self._hook, methods=["POST"]),
                Route("/hooks/{system}/{token}", self._hook, methods=["POST"]),
                Route("/healthz", self._health),
                Route("/readyz", self._ready),
                Route("/metrics", self._metrics),
            ]
        )

    async def _hook(self, request: Request) -> Response:
        system = request.path_params["system"]
        if system not in self.hooks:
            return JSONResponse({"error": "there is no such hook"}, 404)
        try:
            await self._take(system, request)
            answer = JSONResponse({"accepted": True}, 202)
        except Refused as error:
            later = {"Retry-After": "30"} if error.status in (429, 503) else None
            answer = JSONResponse({"error": error.reason}, error.status, later)
        self.metrics.took(system, answer.status_code)
        _LOG.info("hook %s %d", system, answer.status_code)
        return answer

    async def _take(self, system: str, request: Request) -> None:
        """Take a delivery: bounded, proven, read, queued.

        Raises:
            Refused: It is not taken, and nothing was queued.
        """
        sender = request.client.host if request.client is not None else ""
        self._bound(system, sender)
        body = await self._body(request)
        token = str(request.path_params.get("token", ""))
        delivery = Delivery(body, token, {name.lower(): value for name, value in request.headers.items()}, sender)
        hint = self.hooks[system](delivery)
        if hint is not None:
            await self._queue(hint)

    def _bound(self, system: str, sender: str) -> None:
        now = time.monotonic()
        came = self._came.setdefault((system, sender), collections.deque())
        while came and came[0] < now - WINDOW:
            came.popleft()
        if len(came) >= self.most:
            raise Refused(429, "too many within a minute")
        came.append(now)
        if len(self._came) > 1000:
            self._came.pop(next(iter(self._came)))

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.stream():
                    body += part
                    if len(body) > self.largest:
                        raise Refused(413, f"more than {self.largest} bytes")
        except TimeoutError:
            raise Refused(408, "the body did not come in time") from None
        except ClientDisconnect:
            raise Refused(400, "the body is not whole") from None
        return bytes(body)

    async def _queue(self, hint: Hint) -> None:
        try:
            await run_in_threadpool(self.announce, hint)
        except Replayed:
            raise Refused(409, "this came before") from None
        except Exception as error:  # noqa: BLE001  (whatever it is, the hint is not on the disk)
            _LOG.error("a hint could not be queued: %s", described(error))
            raise Refused(503, "it could not be kept; send it again") from None

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"alive": True})

    async def _ready(self, _: Request) -> Response:
        counts = await self._counted()
        is_ready = self.is_ready and counts is not None
        return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)

    async def _metrics(self, _: Request) -> Response:
        counts = await self._counted()
        if counts is None:
            return JSONResponse({"error": "the database is away"}, 503)
        return Response(self.metrics.text(counts), media_type=CONTENT_TYPE)

    async def _counted(self) -> Mapping[tuple[str, str], int] | None:
        try:
            return await run_in_threadpool(self.counts)
        except Exception as error:  # noqa: BLE001  (it is away, for whatever reason)
            _LOG.error("the database is away: %s", described(error))
            return None
