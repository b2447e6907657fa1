"""pytest plugin: a run leaves nothing behind, neither in the user's home nor in the folder where it was started.

The whole run has an empty home of its own. The processes that tests start inherit it.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

CACHES = frozenset({".pytest_cache", ".hypothesis", "__pycache__"})
"""Folders that pytest, hypothesis and Python keep where they are started; .gitignore has them."""
ELSEWHERE = ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLOSEDWON_CONFIG")
"""Variables that would lead a process past its home."""
HOME: pytest.StashKey[tempfile.TemporaryDirectory[str]] = pytest.StashKey()
BEFORE: pytest.StashKey[frozenset[str]] = pytest.StashKey()
LEFT: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Before workers are started: an empty home, and a list of what is there."""
    if hasattr(config, "workerinput"):
        return
    config.stash[HOME] = tempfile.TemporaryDirectory(prefix="closedwon-home-")
    config.stash[BEFORE] = _here()
    os.environ["HOME"] = config.stash[HOME].name
    for variable in ELSEWHERE:
        os.environ.pop(variable, None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The run fails if there is a file more than before."""
    if HOME not in session.config.stash:
        return
    home = Path(session.config.stash[HOME].name)
    left = [f"~/{path.relative_to(home)}" for path in sorted(_files(home))]
    before = session.config.stash[BEFORE]
    left += sorted(_here() - before - CACHES)
    session.config.stash[LEFT] = left
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was left behind."""
    if left := config.stash.get(LEFT, []):
        terminalreporter.section("left behind")
        for line in left:
            terminalreporter.line(line, red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home."""
    if HOME in config.stash:
        config.stash[HOME].cleanup()


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_reaches_processes() -> Iterator[None]:
    """Let the processes that tests start take a SIGINT, also where this one was started in the background.

    A shell without job control has its background processes ignore SIGINT, and children inherit that. A signal
    with a handler has its default in a child; the handler here does nothing, so that this process ignores it still.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: None)
    yield
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _here() -> frozenset[str]:
    return frozenset(os.listdir())  # noqa: PTH208  (names, not paths)


def _files(folder: Path) -> Iterator[Path]:
    """Files, links, and folders that are empty."""
    for inside, folders, files in os.walk(folder):
        yield from (Path(inside, name) for name in files)
        if not folders and not files and Path(inside) != folder:
            yield Path(inside)
