"""The server around the pretend systems: request log, latency, faults, and the tests' own endpoints."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox.control import Control
from integrations.sandbox.fault import Fault
from integrations.sandbox.pretend import Operation, Pretend, World

HANG = 3600.0
LOG = logging.getLogger("closedwon.sandbox")


@dataclasses.dataclass(frozen=True)
class Exchange:
    """A request and its answer as sent over the wire, to be checked against the vendor's contract."""

    system: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes


class Server:
    """The ASGI application: knows the systems, keeps the log, injects latency and faults."""

    def __init__(
        self,
        systems: Sequence[Pretend],
        world: World,
        *,
        latency: float = 0.0,
        grow: Callable[[World], None] = lambda _: None,
    ) -> None:
        """`latency`: seconds that every request to a system takes at least; `grow` adds to the seeded world, once."""
        self.systems: Mapping[str, Pretend] = {system.name: system for system in systems}
        self.world = world
        self.latency = latency
        self._grow = grow
        self.clock = time.time
        """What every answer's `Date` says, in seconds since 1970."""
        self._started = time.monotonic()
        self.log: deque[dict[str, Any]] = deque(maxlen=200_000)
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.observers: list[Callable[[Exchange], None]] = []
        self.viewer: Callable[[Request], Response | None] | None = None
        """Answers a person's browser at an object's own address; such visits are neither logged nor delayed."""
        self._apps: dict[str, ASGIApp] = {}
        for system in systems:
            app = Starlette(routes=list(system.routes))
            app.state.world = world
            self._apps[system.name] = app
        self._own = Starlette(routes=[Mount("/_sandbox", routes=Control(self).routes())])
        self._own.state.world = world
        self._own.state.server = self
        if not world.state.tables():
            self.seed()
        else:
            grow(world)

    def mount_page(self, route: Route) -> None:
        """Serve one more page for people, beside the tests' endpoints."""
        self._own.router.routes.append(route)

    def seed(self) -> None:
        """Fill the empty world, every system its own part."""
        with self.world.state.transaction():
            for system in self.systems.values():
                system.seed(self.world)
            self._grow(self.world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._own(scope, receive, send)
            return
        send = self._dated(send)
        name, _, path = scope["path"].lstrip("/").partition("/")
        if name not in self.systems:
            await self._own(scope, receive, send)
            return
        view = self.viewer(Request(scope)) if self.viewer is not None and _is_browser(scope) else None
        if view is not None:
            await view(scope, receive, send)
            return
        await self._serve(self.systems[name], "/" + path, scope, receive, send)

    def _dated(self, send: Send) -> Send:
        """As `send`, with a `Date` in each answer's head."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", formatdate(self.clock(), usegmt=True).encode())
                message = {**message, "headers": [date, *message.get("headers", [])]}
            await send(message)

        return dated

    async def _serve(self, system: Pretend, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        inner: Scope = {**scope, "root_path": scope.get("root_path", "") + "/" + system.name}
        inner["path"] = path
        inner["root_path"] = ""
        inner["closedwon.arrived"] = time.monotonic()
        inner["closedwon.base"] = f"{scope.get('scheme', 'http')}://{_host(scope)}/{system.name}"
        operation = self._operation(system, Request(inner, _once(body)), body)
        entry: dict[str, Any] = {
            "system": system.name,
            "method": scope["method"],
            "path": path,
            "operation": operation.name,
            "writes": operation.writes,
            "status": None,
            "begun": inner["closedwon.arrived"] - self._started,
            "ended": None,
        }
        self.log.append(entry)
        self.counts[system.name] += 1
        try:
            await self._answer(system, entry, body, (scope, inner), receive, send)
        finally:
            entry["ended"] = time.monotonic() - self._started

    async def _answer(
        self,
        system: Pretend,
        entry: dict[str, Any],
        body: bytes,
        scopes: tuple[Scope, Scope],
        receive: Receive,
        send: Send,
    ) -> None:
        """Serve a request and answer it, unless a fault wants it otherwise.

        `scopes` holds the outer and the inner scope.
        """
        scope, inner = scopes
        fault = self._fault(entry)
        entry["fault"] = fault.do if fault is not None else None
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault is not None and fault.do in ("drop_before", "hang_before"):
            await _lose(receive, hang=fault.do == "hang_before")
            return
        if fault is not None and fault.do == "status":
            entry["status"] = fault.status
            await _refusal(system, entry["path"], fault)(scope, receive, send)
            return
        if fault is not None and fault.do == "meanwhile":
            await self._serve_somebody_else(system, inner, fault.request)
            fault = None
        answer = await self._handle(system.name, inner, body)
        entry["status"] = answer[0]["status"]
        if self.observers:
            exchange = _exchange(entry, scope, body, answer)
            for observer in self.observers:
                observer(exchange)
        if fault is not None:
            await _spoil(fault, answer, receive, send)
            return
        for message in answer:
            await send(message)

    async def _handle(self, name: str, scope: Scope, body: bytes) -> list[Message]:
        """Return the answer of a system, or of the tests' own endpoints.

        It is a 500 where the sandbox itself is at fault.
        """
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        try:
            await self._apps.get(name, self._own)(scope, _once(body), keep)
        except Exception:
            LOG.exception("%s: %s %s", name, scope["method"], scope["path"])
        return answer

    async def _serve_somebody_else(self, system: Pretend, scope: Scope, request: dict[str, Any]) -> None:
        """Serve a request that has the credentials of another one's `scope` and stands in no log.

        Raises:
            RuntimeError: It was refused, so the test asks for something that can't happen.
        """
        path, _, query = str(request["path"]).partition("?")
        body = json.dumps(request["body"]).encode() if "body" in request else b""
        kept = [(name, value) for name, value in scope["headers"] if not name.startswith(b"content-")]
        other: Scope = {**scope, "method": request["method"], "path": path, "query_string": query.encode()}
        other["headers"] = [*kept, (b"content-type", b"application/json")]
        name = "sandbox" if path.startswith("/_sandbox/") else system.name
        status = (await self._handle(name, other, body))[0]["status"]
        if status >= 300:
            raise RuntimeError(f"{request['method']} {path}: {status}")

    @staticmethod
    def _operation(system: Pretend, request: Request, body: bytes) -> Operation:
        try:
            return system.operation(request, body)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Operation("unreadable", writes=False)

    def _fault(self, entry: dict[str, Any]) -> Fault | None:
        for fault in self.faults:
            if fault.matches(entry):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


def _refusal(system: Pretend, path: str, fault: Fault) -> Response:
    if fault.body is None:
        answer = system.refuse(path, fault.status)
    else:
        answer = Response(fault.body, fault.status, media_type=fault.media_type)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = f"{fault.retry_after:g}"
    return answer


def _is_browser(scope: Scope) -> bool:
    accept = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] == "GET" and b"text/html" in accept


def _host(scope: Scope) -> str:
    headers = dict(scope["headers"])
    host: str = headers.get(b"host", b"127.0.0.1").decode("latin-1")
    return host


def _exchange(entry: dict[str, Any], scope: Scope, body: bytes, answer: list[Message]) -> Exchange:
    def text(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}

    return Exchange(
        system=entry["system"],
        method=entry["method"],
        path=entry["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=text(scope["headers"]),
        body=body,
        status=answer[0]["status"],
        answer_headers=text(answer[0]["headers"]),
        answer=b"".join(message.get("body", b"") for message in answer[1:]),
    )


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _spoil(fault: Fault, answer: list[Message], receive: Receive, send: Send) -> None:
    """Lose an answer, or all but its head, which promises the whole length, and half of its body."""
    if fault.do == "cut":
        start, *parts = answer
        body = b"".join(part.get("body", b"") for part in parts)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _lose(receive, hang=fault.do == "hang_after")


async def _lose(receive: Receive, *, hang: bool) -> None:
    """Close the connection without an answer; with `hang`, only when the client gives up."""
    if hang:
        try:
            async with asyncio.timeout(HANG):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:  # uvicorn's own request object; there is no public way to hang up
        transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)


def as_json(body: bytes) -> Any:
    """The body as JSON, `{}` where it is empty.

    Raises:
        ValueError: It is not JSON.
    """
    return json.loads(body) if body else {}
