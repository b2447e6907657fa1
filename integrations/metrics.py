"""Figures of a server, as Prometheus reads them: runs, requests, hooks, queue, findings. They name nobody."""

from __future__ import annotations

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from integrations.core.http import Sent
from integrations.runs import OPEN, Result, Run

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400)


class Metrics:
    """Counts what a server does; made once a server."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._attempts = Counter(
            "closedwon_attempts", "Attempts that ended, by flow and outcome.", ["flow", "outcome"], registry=registry
        )
        self._ready = Histogram(
            "closedwon_ready_seconds",
            "Seconds from a deal's announcement to its set-up's end.",
            buckets=SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "closedwon_requests", "Requests, by system and status.", ["system", "status"], registry=registry
        )
        self._waits = Counter(
            "closedwon_wait_seconds", "Seconds that a system made us wait.", ["system"], registry=registry
        )
        self._hooks = Counter(
            "closedwon_hooks", "Deliveries, by sender and status.", ["system", "status"], registry=registry
        )
        self._runs = Gauge("closedwon_runs_open", "Runs that are not over, by state.", ["state"], registry=registry)
        self._findings = Gauge(
            "closedwon_findings", "Invoicing exceptions, by severity.", ["severity"], registry=registry
        )

    def ended(self, run: Run, result: Result) -> None:
        """Count an attempt."""
        self._attempts.labels(run.flow, result.state).inc()
        if run.flow == "setup" and result.state == "done":
            self._ready.observe(time.time() - run.made)

    def sent(self, request: Sent) -> None:
        """Count a request."""
        self._requests.labels(request.system, request.status if request.status is not None else "lost").inc()

    def waited(self, system: str, seconds: float, why: str) -> None:
        """Count what a system makes us wait."""
        del why
        self._waits.labels(system).inc(seconds)

    def took(self, system: str, status: int) -> None:
        """Count a delivery."""
        self._hooks.labels(system, status).inc()

    def found(self, severities: Mapping[str, int]) -> None:
        """Keep how many findings there are now."""
        for severity in ("high", "medium", "low"):
            self._findings.labels(severity).set(severities.get(severity, 0))

    def text(self, runs: Mapping[tuple[str, str], int]) -> bytes:
        """Return everything as text; `runs`: how many there are, by flow and state."""
        for state in sorted(OPEN):
            self._runs.labels(state).set(sum(number for (_, named), number in runs.items() if named == state))
        return generate_latest(self._registry)
