"""Locks on a PostgreSQL server: one at a time over machines, freed with their process, checked before each write."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from integrations.core.errors import LedgerUnavailable, Unavailable
from integrations.core.server import Server
from integrations.core.server_lock import ServerLocks, number_of
from tests.postgresql import Cluster

HOLDER = """
import sys, time
from integrations.core.server import Server
from integrations.core.server_lock import ServerLocks
with ServerLocks(Server(sys.argv[1], bytes(32))).hold("deal:42"):
    print("held", flush=True)
    time.sleep(60)
"""
TERMINATE = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'closedwon %' \
and pid <> pg_backend_pid()"


@pytest.fixture
def locks(database: Server) -> Iterator[ServerLocks]:
    with contextlib.closing(ServerLocks(database)) as made:
        yield made


@pytest.fixture
def holder(database: Server) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, database.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_of_two_processes_the_second_hears_who_holds_it(locks: ServerLocks, holder: subprocess.Popen[str]) -> None:
    reported: list[str] = []
    host = os.uname().nodename
    with (
        pytest.raises(Unavailable, match=rf"deal:42 is .* process {holder.pid} on {host} since \d"),
        locks.hold("deal:42", wait=0.1, waiting=reported.append),
    ):
        pytest.fail("was not held")
    assert len(reported) == 1
    with locks.hold("deal:43", wait=0):
        pass


def test_kill_9_frees_a_lock(locks: ServerLocks, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locks.hold("deal:42", wait=5):
        pass


def test_a_lock_that_is_let_go_is_free_for_others(database: Server, locks: ServerLocks) -> None:
    with contextlib.closing(ServerLocks(database)) as others:
        with locks.hold("one"), pytest.raises(Unavailable), others.hold("one", wait=0):
            pytest.fail("was held twice")
        with others.hold("one", wait=0):
            pass


def test_threads_of_one_process_exclude_each_other(locks: ServerLocks) -> None:
    """Though a session may take its own lock again."""
    refused = []

    def work() -> None:
        with contextlib.suppress(Unavailable), locks.hold("one", wait=0):
            refused.append(False)
            return
        refused.append(True)

    for is_held in (True, False):
        with locks.hold("one") if is_held else contextlib.nullcontext():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    assert refused == [True, False]


def test_a_lock_of_a_lost_session_is_lost_for_good(cluster: Cluster, locks: ServerLocks) -> None:
    with locks.hold("one"):
        locks.check()
        cluster.execute(TERMINATE)
        with pytest.raises(LedgerUnavailable, match="lock on what was being written is lost"):
            locks.check()
    with pytest.raises(LedgerUnavailable, match="is lost"), locks.hold("two"):
        pytest.fail("was held")
    assert locks.failure is not None


def test_a_session_that_is_lost_while_nothing_is_held_is_replaced(cluster: Cluster, locks: ServerLocks) -> None:
    with locks.hold("one"):
        pass
    cluster.restart()
    with locks.hold("one", wait=0):
        locks.check()


def test_a_key_has_the_same_number_on_every_machine() -> None:
    assert number_of("public", "of customer:101") == 1126844792108048623
    assert number_of("public", "deal:42") != number_of("other", "deal:42")
