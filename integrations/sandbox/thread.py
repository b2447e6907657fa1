"""The sandbox in a thread of this process, for tests, benchmarks and the demonstration."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from integrations.sandbox.app import FILE, Listener, bind, build
from integrations.sandbox.growth import Growth
from integrations.sandbox.pretend import Billing, Contracts, Pretend, World
from integrations.sandbox.pretend import today as real_day
from integrations.sandbox.server import Server
from integrations.sandbox.state import State

START_TIMEOUT = 10.0


@dataclasses.dataclass(frozen=True)
class Running:
    """A sandbox that answers at `url`; `server` is its inside, for tests that look or wait there."""

    url: str
    server: Server


@contextlib.contextmanager
def running(
    systems: Sequence[Pretend] | None = None,
    *,
    data: Path | None = None,
    latency: float = 0.0,
    growth: Growth | None = None,
    contracts: str = Contracts.OCA.value,
    billing: bool = False,
    today: dt.date | None = None,
) -> Iterator[Running]:
    """Serve on a free port until the block ends.

    `systems` picks some pretend systems (without the page for people), None serves the whole sandbox;
    `data` keeps the state in a folder, None in memory; `latency` is in seconds; `growth` is what the whole sandbox
    has beside the seeded world. `contracts` is how the ERP keeps them: `oca`, `enterprise`, `none`; `billing`: with
    customers whose invoicing has exceptions, as of `today` (by default the real day).
    """
    has = Billing(Contracts(contracts), billing, today or real_day())
    if systems is None:
        server = build(data, latency, growth, has)
    else:
        state = State(data / FILE if data is not None else None)
        server = Server(systems, World(state, billing=has), latency=latency)
    sock = bind()
    started = threading.Event()
    listener = Listener(server, sock, started.set)
    thread = threading.Thread(target=listener.listen, name="sandbox", daemon=True)
    thread.start()
    try:
        if not started.wait(START_TIMEOUT):
            raise RuntimeError("the sandbox did not start")
        yield Running(f"http://127.0.0.1:{sock.getsockname()[1]}", server)
    finally:
        listener.should_exit = True
        thread.join(START_TIMEOUT)
        sock.close()
        server.world.state.close()
