"""The sandbox as one process: every pretend system, the page for people, one port on loopback."""

from __future__ import annotations

import contextlib
import gc
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from integrations.sandbox import erp, jira, panel, portal, wiki
from integrations.sandbox.growth import Growth, grown
from integrations.sandbox.page import mount
from integrations.sandbox.pretend import Billing, Pretend, World
from integrations.sandbox.server import Server
from integrations.sandbox.state import State

FILE = "sandbox.sqlite"


class Listener(uvicorn.Server):
    """Uvicorn on a socket of our own, that says when it accepts connections."""

    def __init__(self, server: Server, sock: socket.socket, ready: Callable[[], None]) -> None:
        """`ready` is called once, in the server's thread, as soon as requests are answered."""
        # No graceful wait: whoever stops the sandbox also means the requests that a fault left hanging.
        super().__init__(
            uvicorn.Config(
                server,
                lifespan="off",
                ws="none",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,  # the server's own: tests set its clock
                timeout_keep_alive=75,
                timeout_graceful_shutdown=0,
            )
        )
        self._socket, self._ready = sock, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then tell."""
        await super().startup(sockets)
        self._ready()

    def listen(self) -> None:
        """Serve until told to stop."""
        self.run(sockets=[self._socket])


def systems() -> list[Pretend]:
    """Every pretend system."""
    return [erp.PRETEND, jira.PRETEND, wiki.PRETEND, panel.PRETEND, portal.PRETEND]


def build(
    data: Path | None = None, latency: float = 0.0, growth: Growth | None = None, billing: Billing | None = None
) -> Server:
    """The whole sandbox as an ASGI application.

    Its state is in `data`/sandbox.sqlite (None: in memory); `latency` is in seconds; `growth` is what there is
    beside the seeded world; `billing` is how the ERP keeps contracts, and whether there are exceptions to find.

    Raises:
        ValueError: What is kept in `data` is of another version, or its ERP keeps contracts in another way.
    """
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
    state = State(data / FILE if data is not None else None)
    world = World(state, billing=billing or Billing())
    _check_shape(world)
    server = Server(systems(), world, latency=latency, grow=lambda there: grown(there, growth or Growth()))
    mount(server)
    return server


def _check_shape(world: World) -> None:
    """A kept world stays as it was made: what it has in one shape would be hidden in another."""
    kept = erp.kept_contracts(world)
    if kept is not None and kept is not world.billing.contracts:
        world.state.close()
        shape = kept.value
        raise ValueError(f"the ERP in this folder keeps contracts as {shape}: say --contracts {shape}, or --fresh")


def bind(port: int = 0) -> socket.socket:
    """A listening socket on loopback; port 0 takes any free one."""
    return socket.create_server(("127.0.0.1", port), backlog=2048)


def serve(
    port: int,
    data: Path | None,
    latency_ms: int,
    growth: Growth | None = None,
    billing: Billing | None = None,
    *,
    fresh: bool,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Run the sandbox until Ctrl-C; prints `ready http://127.0.0.1:PORT` on stdout when it accepts connections.

    `fresh` empties the state first; `announce` is called with the address once it is ready. Once everything has
    ended, so has every connection.
    """
    if fresh and data is not None:
        for suffix in ("", "-wal", "-shm"):
            (data / (FILE + suffix)).unlink(missing_ok=True)
    sock = bind(port)
    server = build(data, latency_ms / 1000, growth, billing)
    gc.freeze()  # what is there from the start stays: looking through it again and again takes up to half a second

    def ready() -> None:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        if announce is not None:
            announce(url)

    with contextlib.suppress(KeyboardInterrupt):
        Listener(server, sock, ready).listen()
    server.world.state.close()
