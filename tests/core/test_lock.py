"""Locks over processes: one at a time, freed however the holder ends, and named while they are held."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading

import pytest

from integrations.core.errors import Unavailable
from integrations.core.lock import Locks

HOLDER = """
import sys, time
from pathlib import Path
from integrations.core.lock import Locks
with Locks(Path(sys.argv[1])).hold("deal:42"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_lock_that_is_held_names_its_holder(tmp_path, holder):
    told = []
    with (
        pytest.raises(Unavailable, match=f"process {holder.pid} on .* since"),
        Locks(tmp_path).hold("deal:42", wait=0.1, waiting=told.append),
    ):
        pytest.fail("was not held")
    assert len(told) == 1


def test_kill_9_frees_a_lock(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Locks(tmp_path).hold("deal:42", wait=5):
        pass


def test_other_keys_are_free(tmp_path, holder):
    assert holder.poll() is None
    with Locks(tmp_path).hold("deal:43", wait=0):
        pass


def test_threads_of_one_process_exclude_each_other(tmp_path):
    """Each has opened the file for itself, so that the kernel tells them apart."""
    refused = []

    def work():
        try:
            with Locks(tmp_path).hold("one", wait=0):
                refused.append(False)
        except Unavailable:
            refused.append(True)

    for held in (True, False):
        with Locks(tmp_path).hold("one") if held else contextlib.nullcontext():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    assert refused == [True, False]


def test_the_folder_is_for_its_user_only(tmp_path):
    with Locks(tmp_path / "locks").hold("one"):
        assert (tmp_path / "locks").stat().st_mode & 0o777 == 0o700
