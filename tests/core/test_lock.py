"""Locks over processes: one at a time, freed however the holder ends, and named while they are held."""

from __future__ import annotations

import contextlib
import gc
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from integrations.core.errors import ConfigError, LedgerError, Unavailable
from integrations.core.lock import FileLocks, Slots

HOLDER = """
import sys, time
from pathlib import Path
from integrations.core.lock import FileLocks
with FileLocks(Path(sys.argv[1])).hold("deal:42"):
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
    holders = []
    with (
        pytest.raises(Unavailable, match=f"process {holder.pid} on .* since"),
        FileLocks(tmp_path).hold("deal:42", wait=0.1, waiting=holders.append),
    ):
        pytest.fail("was not held")
    assert len(holders) == 1


def test_kill_9_frees_a_lock(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with FileLocks(tmp_path).hold("deal:42", wait=5):
        pass


def test_other_keys_are_free(tmp_path, holder):
    assert holder.poll() is None
    with FileLocks(tmp_path).hold("deal:43", wait=0):
        pass


def test_threads_of_one_process_exclude_each_other(tmp_path):
    """Each has opened the file for itself, so that the kernel tells them apart."""
    refused = []

    def work():
        try:
            with FileLocks(tmp_path).hold("one", wait=0):
                refused.append(False)
        except Unavailable:
            refused.append(True)

    for held in (True, False):
        with FileLocks(tmp_path).hold("one") if held else contextlib.nullcontext():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    assert refused == [True, False]


def test_the_folder_is_for_its_user_only(tmp_path):
    with FileLocks(tmp_path / "locks").hold("one"):
        assert (tmp_path / "locks").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "take", [lambda folder: FileLocks(folder).hold("one"), lambda folder: Slots(folder, "one", 1).take()]
)
def test_a_lock_follows_no_link(tmp_path, take):
    """What it points at is not made, not cut off, and not written into."""
    with take(tmp_path):
        pass
    (made,) = tmp_path.iterdir()
    made.unlink()
    made.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="is a link"), take(tmp_path):
        pytest.fail("was taken")
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_needs_no_room_on_the_disk(tmp_path, monkeypatch):
    """Who holds it is only for people to read."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("integrations.core.lock.os.pwrite", full)
    with (
        FileLocks(tmp_path).hold("one"),
        pytest.raises(Unavailable, match="another process"),
        FileLocks(tmp_path).hold("one", wait=0),
    ):
        pytest.fail("was held twice")


def test_a_lock_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "locks").touch()
    with (
        pytest.raises(LedgerError, match="below something that is no folder"),
        FileLocks(tmp_path / "locks").hold("one"),
    ):
        pytest.fail("was held")


def test_slots_that_nobody_has_any_more_keep_no_file_open(tmp_path):
    """A long process makes many; it has only so many descriptors."""
    slots = Slots(tmp_path, "one", 1)
    with slots.take():
        pass
    before = len(list(Path("/proc/self/fd").iterdir()))
    del slots
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1
