"""`closedwon serve`: webhooks, schedules and the runs that they ask for, in one process."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.base import Examples, configured, installed, log_request, show_log, tell_waiting

if TYPE_CHECKING:
    from config.settings import Settings
    from integrations.core.hook import Hint, Hook
    from integrations.core.http import Sent
    from integrations.core.lock import Locks
    from integrations.engine import Announcer, Worker
    from integrations.metrics import Metrics
    from integrations.runs import Result, Run
    from integrations.web import Surface

EXAMPLES = """\
closedwon serve --check       hooks, schedules, and how many deals are waiting
closedwon serve               until Ctrl-C or SIGTERM
closedwon serve --once won    one schedule now: for a crontab"""

SCHEDULES = ("won", "contacts", "invoices")
LOCK = "closedwon serve"
BEAT = 5.0
"""Seconds between two looks at the clock."""
HOUR, DAY = 3600.0, 86400.0
HOOK_WAIT = 2.0
"""Seconds that a webhook waits for the database: its sender is not patient."""


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--check", is_flag=True, help="Say what it would do, and do nothing.")
@click.option("--once", type=click.Choice(SCHEDULES), help="Run this schedule now, without a server, and end.")
@configured
@installed("serve")
def command(*, check: bool, once: str | None, config: Path | None, verbose: bool) -> int:
    """Take webhooks, keep the schedules, and carry out their runs.

    One process does it all. A deal that a webhook names is set up within seconds;
    the schedule `won` finds those of which nobody told. Systems in mode `ask` wait
    for a person as ever. Prints `ready URL` once it takes webhooks; ends in order on
    Ctrl-C or SIGTERM, and killed it takes up at the next start what it left.
    Settings: [serve]. The addresses to enter in your systems: docs/triggers.md.
    """
    from config.settings import find
    from config.workspace import checked

    if check and once is not None:
        raise click.UsageError("--check does nothing: leave out --once")
    if verbose:
        show_log(click.get_current_context())
    settings = checked(find(config))
    _prove(settings)
    if once is not None:
        return run_once(settings, once)
    return show_check(settings) if check else Server(settings).run()


def show_check(settings: Settings) -> int:
    """Say what a server would do; gives the exit code."""
    from cli.render.serve import check_lines

    for line in check_lines(settings, sorted(_hooks(settings)), _waiting_deals(settings)):
        click.echo(line)
    return 0


def _prove(settings: Settings) -> None:
    """Make sure that what the schedules and hooks need is there.

    Raises:
        ConfigError: All that is missing.
    """
    from integrations.core.errors import ConfigError, Fault
    from integrations.core.hook import revealed

    serve, path = settings.general.serve, str(settings.path)
    faults = []
    if serve.schedules.won and settings.general.deals_since is None:
        faults.append(Fault(path, "deals_since", "is missing, and serve.schedules.won needs it"))
    secrets = {f"serve.hooks.{name}": sender.secrets for name, sender in serve.hooks.items()}
    for name, section in settings.systems.items():
        hook = getattr(section, "hook", None)
        secrets |= {f"[{name}] hook": hook.tokens} if hook is not None else {}
    faults += [
        Fault(path, place, f"there is no secret in {pointer.place}")
        for place, pointers in secrets.items()
        for pointer in pointers
        if not revealed([pointer])
    ]
    if faults:
        raise ConfigError(*faults, next="Fix these; closedwon serve --check says whether all is there.")


def _hooks(settings: Settings) -> Mapping[str, Hook]:
    """Return all hooks, by the names under which they are reached."""
    from config.workspace import opened
    from integrations.core.hook import standard

    with opened(settings, playbooks=False) as workspace:
        hooks = {name: system.hook for name, system in workspace.systems.items() if system.hook is not None}
    return {**hooks, **{name: standard(sender) for name, sender in settings.general.serve.hooks.items()}}


def _waiting_deals(settings: Settings) -> int | None:
    """Return how many won deals are not done; None where no schedule asks for them."""
    from cli.jobs import Jobs

    if not settings.general.serve.schedules.won:
        return None
    deals: list[str] = []
    jobs = Jobs(settings, deals.append, waiting=tell_waiting)
    jobs.won(_run("won"))
    return len(deals)


def _run(flow: str, subject: str = "now") -> Run:
    """Return a run that is made at once and kept nowhere."""
    from integrations.runs import Run

    return Run(f"{flow}-{subject}", flow, subject, 1, "running", 1, time.time(), None, None, None, None, "", "")


def run_once(settings: Settings, name: str) -> int:
    """Run a schedule in this process, deals that it finds one after the other; gives the exit code."""
    from cli.jobs import Jobs
    from cli.render.serve import ended_line
    from integrations.runs import SETUP

    deals: list[str] = []
    jobs = Jobs(settings, deals.append, sent=log_request, waiting=tell_waiting)
    runs = [_run(name)]
    results = [jobs.work[name](runs[0])]
    for deal in deals:
        runs.append(_run(SETUP, deal))
        results.append(jobs.work[SETUP](runs[-1]))
    for run, result in zip(runs, results, strict=True):
        click.echo(ended_line(run, result))
    return _exit_code(results)


def _exit_code(results: Sequence[Result]) -> int:
    """Return 1 where something failed or a system is down, 4 where something waits for a person."""
    if any(result.state == "failed" or result.error in ("Unavailable", "Uncertain") for result in results):
        return 1
    return 4 if any(result.state == "waiting" for result in results) else 0


@dataclasses.dataclass
class Server:
    """A server, from its lock to its end."""

    settings: Settings
    stopping: threading.Event = dataclasses.field(default_factory=threading.Event)
    begun: float = dataclasses.field(default_factory=time.time)

    def run(self) -> int:
        """Serve until told to stop; gives the exit code.

        Raises:
            Unavailable: Another one serves with this ledger.
        """
        from integrations.core.lock import FileLocks

        with self._alone(FileLocks(self.settings.locks)), self._signals():
            return self._serve()

    @contextlib.contextmanager
    def _alone(self, locks: Locks) -> Iterator[None]:
        from integrations.core.errors import Unavailable

        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locks.hold(LOCK, wait=0))
            except Unavailable as error:
                holder = error.message.partition(" by ")[2]
                raise Unavailable(
                    f"closedwon serve runs already with {self.settings.ledger}: {holder}",
                    next="One is enough. To start anew, stop that one first.",
                ) from None
            yield

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Stop in order at the first signal, at once at the second."""

        def stop(number: int, _: object) -> None:
            if self.stopping.is_set():
                os._exit(128 + number)
            self.stopping.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _serve(self) -> int:
        from cli.jobs import Jobs
        from integrations.engine import Announcer, Hands, Worker
        from integrations.metrics import Metrics
        from integrations.web import Surface

        metrics, serve = Metrics(), self.settings.general.serve
        jobs = Jobs(
            self.settings,
            lambda deal: self._announce_found(worker, deal),
            sent=lambda request: _count(metrics, request),
            waiting=metrics.waited,
            found=metrics.found,
        )
        hands = Hands(jobs.work, jobs.place, self.settings.general.deals_at_once, lambda *ended: _tell(metrics, *ended))
        worker = Worker(self.settings.engine, hands)
        desk = Announcer(self.settings.engine, wait=HOOK_WAIT)
        surface = Surface(
            _hooks(self.settings),
            lambda hint: _announce(desk, hint),
            worker.runs.counts,
            metrics,
            serve.largest_kilobytes * 1024,
            serve.most_a_minute,
        )
        try:
            return self._work(worker, surface)
        finally:
            desk.close()

    def _work(self, worker: Worker, surface: Surface) -> int:
        serve = self.settings.general.serve
        sock = _bound(serve.host, serve.port)
        worker.start()
        try:
            with listening(surface, sock):
                surface.is_ready = True
                host, port = sock.getsockname()[:2]
                click.echo(f"ready http://{host}:{port}")
                self._keep_schedules(worker)
                surface.is_ready = False
        finally:
            has_ended = worker.stop(serve.stop_seconds)
        if not has_ended:
            click.echo("What is under way was left; the next start takes it up.", err=True)
            sys.stdout.flush()
            os._exit(0)
        click.echo("Stopped in order.", err=True)
        return 0

    def _keep_schedules(self, worker: Worker) -> None:
        """Queue what is due, and forget what is long over, until the server is to stop."""
        lines = {name: line for name, line in self.settings.general.serve.schedules if line}
        zone = self.settings.general.calendar.calendar()
        newest: dict[str, str] = {}
        forgot = -HOUR
        while not self.stopping.is_set():
            with _survived("the schedules"):
                announce_due(worker, lines, zone.local(datetime.now(UTC)), newest)
                if time.monotonic() - forgot > HOUR:
                    forgot = time.monotonic()
                    worker.rescue()
                    worker.forget(time.time() - self.settings.general.serve.keep_days * DAY)
            self.stopping.wait(BEAT)

    def _announce_found(self, worker: Worker, deal: str) -> None:
        """Queue the set-up of a deal that the schedule found, unless a run of it is open, or a person has a say.

        What was just looked at is not looked at again at once; what no system may be written for, at the next start.
        """
        from integrations.runs import SETUP

        run = worker.runs.of(SETUP, deal)
        pause = self.settings.general.serve.look_again_minutes * 60
        newest = {"replaced": math.inf, "planned": self.begun, "done": time.time() - pause}
        if run is None or (run.ended or 0) < newest.get(run.state, 0):
            worker.announce(SETUP, deal)


def announce_due(worker: Worker, lines: Mapping[str, str], moment: datetime, newest: dict[str, str]) -> None:
    """Queue the newest tick of each schedule, unless it has its run; of several that were missed it is the only one."""
    from integrations.core.schedule import tick

    for name, line in lines.items():
        due = tick(line, moment)
        known = newest.get(name)
        if known is None:
            run = worker.runs.latest(name)
            known = newest[name] = run.subject if run is not None else ""
        if due > known:
            worker.announce(name, due, once=True)
            newest[name] = due


def _announce(desk: Announcer, hint: Hint) -> None:
    from integrations.runs import SETUP

    desk.announce(SETUP, hint.deal, message=hint.message)


def _count(metrics: Metrics, request: Sent) -> None:
    metrics.sent(request)
    log_request(request)


def _tell(metrics: Metrics, run: Run, result: Result) -> None:
    """Count an attempt that ended, and say so in a line."""
    from cli.render.serve import ended_line

    metrics.ended(run, result)
    click.echo(ended_line(run, result), err=True)


@contextlib.contextmanager
def _survived(what: str) -> Iterator[None]:
    """Log what goes wrong in the block, and go on: a database that is away comes back."""
    from integrations.core.rows import unforeseen

    try:
        yield
    except Exception as error:  # noqa: BLE001  (a server outlives it)
        click.echo(f"{what}: {unforeseen('', error).message}", err=True)


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: The port is in use, or may not be used.
    """
    from integrations.core.errors import ConfigError, Fault

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        fault = Fault("", "serve.port", f"{host}:{port} can't be used: {error.strerror}")
        raise ConfigError(fault, next="Stop what uses it, or name another port in [serve].") from None


@contextlib.contextmanager
def listening(surface: Surface, sock: socket.socket) -> Iterator[None]:
    """Answer requests in a thread of its own; those that came are answered before the block is left."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            surface.app(),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    thread = threading.Thread(target=server.run, args=([sock],), name="http", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()
