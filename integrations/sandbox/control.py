"""The tests' own endpoints of the sandbox: its state, its log, and what is to go wrong."""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.fault import KINDS, Fault
from integrations.sandbox.pretend import Pretend, Traps, World


class Server(Protocol):
    """The part of the server that the endpoints read and change."""

    systems: Mapping[str, Pretend]
    world: World
    log: deque[dict[str, Any]]
    counts: Counter[str]
    faults: list[Fault]

    def seed(self) -> None:
        """Fill the empty world."""


class Control:
    """Looks into a server, and changes how it behaves."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def routes(self) -> list[Route]:
        """Return the routes below `/_sandbox`."""
        return [
            Route("/state", self._get_state),
            Route("/requests", self._requests, methods=["GET", "DELETE"]),
            Route("/faults", self._post_fault, methods=["POST", "DELETE"]),
            Route("/traps", self._post_traps, methods=["POST"]),
            Route("/rights", self._post_rights, methods=["POST"]),
            Route("/reset", self._reset, methods=["POST"]),
            *(route for system in self._server.systems.values() for route in system.controls),
        ]

    async def _get_state(self, _request: Request) -> Response:
        """Every object by system and kind, and whatever is there twice though it is one thing."""
        shown: dict[str, Any] = {name: {} for name in self._server.systems}
        for (system, kind), table in self._server.world.state.tables().items():
            shown.setdefault(system, {})[kind] = [{"id": key, **document} for key, document in table.items()]
        shown["duplicates"] = [
            sentence for system in self._server.systems.values() for sentence in system.duplicates(self._server.world)
        ]
        return JSONResponse(shown)

    async def _requests(self, request: Request) -> Response:
        """The requests that the systems received, oldest first, and how many each; DELETE starts anew.

        `begun` and `ended` are seconds since the sandbox started; `ended` is None while a request is under way.
        `fault` is the injected fault that it met.
        """
        if request.method == "DELETE":
            self._server.log.clear()
            self._server.counts.clear()
            return Response(status_code=204)
        return JSONResponse({"requests": list(self._server.log), "counts": dict(self._server.counts)})

    async def _post_fault(self, request: Request) -> Response:
        """Add a fault, or (DELETE) remove all that have not happened yet."""
        if request.method == "DELETE":
            self._server.faults.clear()
            return Response(status_code=204)
        try:
            fault = Fault(**await request.json())
        except (TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, 400)
        if fault.do not in KINDS:
            return JSONResponse({"message": f"unknown fault {fault.do!r}"}, 400)
        self._server.faults.append(fault)
        return JSONResponse(dataclasses.asdict(fault), 201)

    async def _post_traps(self, request: Request) -> Response:
        """Change some of the traps; see `Traps`."""
        try:
            self._server.world.traps = dataclasses.replace(self._server.world.traps, **await request.json())
        except (TypeError, ValueError) as error:
            return JSONResponse({"message": str(error)}, 400)
        return JSONResponse(dataclasses.asdict(self._server.world.traps))

    async def _post_rights(self, request: Request) -> Response:
        """Remove rights from the sandbox's account in one system: `{"system", "missing": [right...]}`."""
        wanted = await request.json()
        if wanted.get("system") not in self._server.systems:
            return JSONResponse({"message": "unknown system"}, 400)
        self._server.world.missing_rights[wanted["system"]] = frozenset(wanted.get("missing", ()))
        return Response(status_code=204)

    async def _reset(self, _request: Request) -> Response:
        """The seeded world again: no faults, no log, default traps, all rights."""
        self._server.world.state.clear()
        self._server.world.traps = Traps()
        self._server.world.missing_rights.clear()
        self._server.faults.clear()
        self._server.log.clear()
        self._server.counts.clear()
        self._server.seed()
        return Response(status_code=204)
