"""The log says where in the code something failed, and of whose run it is; never what the data was."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading

import pytest

from integrations.core import log
from integrations.core.errors import ConfigError, Fault, Rejected, Unforeseen
from integrations.core.pool import Pool
from integrations.core.rows import attempt, unforeseen

SECRET = "eva.muster@example.com has token hunter2"


def quoting() -> None:
    """Fail as a parser does that quotes what it read, twice."""
    try:
        dict[str, str]()[SECRET]
    except KeyError as error:
        raise ValueError(f"not a number: {SECRET}") from error


def failed() -> Unforeseen:
    """What comes of it."""
    found = attempt("panel", quoting)
    assert isinstance(found, Unforeseen)
    return found


def test_the_log_has_types_and_frames_and_no_text_of_an_exception(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever handler somebody adds: a record holds what led to the failure, and no value."""
    error = failed()
    (record,) = caplog.records
    text = f"{logging.Formatter().format(record)} {vars(record)}"
    assert record.levelno == logging.ERROR
    assert record.name == "integrations.core.rows"
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
    assert "in quoting" in text
    assert "hunter2" not in text
    assert "eva.muster" not in text
    assert "hunter2" not in f"{error!r} {error.message} {error.next}"


def test_people_read_a_sentence_and_where_to_report_it() -> None:
    error = failed()
    assert error.message == "panel: something unforeseen happened (ValueError)"
    assert "report it at https://" in error.next
    assert error.next.endswith("with what -v shows.")


def test_what_is_foreseen_is_not_logged_and_what_concerns_the_settings_is_raised(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = Rejected("the address is none")

    def refuse() -> None:
        raise refused

    def misconfigured() -> None:
        raise ConfigError(Fault("closedwon.toml", "[jira]", "is wrong"))

    assert attempt("jira", refuse) is refused
    with pytest.raises(ConfigError):
        attempt("jira", misconfigured)
    with pytest.raises(KeyboardInterrupt):
        attempt("jira", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert not caplog.records


def test_each_record_bears_its_runs_id_in_the_threads_of_a_pool_too() -> None:
    """Two runs at once do not mix theirs."""
    stream = io.StringIO()
    start = threading.Barrier(2)

    def run(name: str) -> None:
        with log.running(name), Pool(2) as pool:
            start.wait(timeout=10)
            pool.submit(unforeseen, name, ZeroDivisionError()).result()

    with log.shown(stream):
        threads = [threading.Thread(target=run, args=(name,)) for name in ("run-1", "run-2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = [line for line in stream.getvalue().splitlines() if "unforeseen" in line]
    assert sorted(line.split()[:2] for line in lines) == [["run-1", "run-1:"], ["run-2", "run-2:"]]


def test_the_log_is_shown_as_long_as_asked_for_and_leaves_logging_as_it_was() -> None:
    logger, stream = logging.getLogger("integrations"), io.StringIO()
    before = (list(logger.handlers), logger.level)
    with log.shown(stream):
        logging.getLogger("integrations.requests").info("shown")
    logging.getLogger("integrations.requests").error("hidden")
    assert stream.getvalue() == "- shown\n"
    assert (logger.handlers, logger.level) == before


def test_without_a_handler_nothing_is_on_stderr() -> None:
    """`logging` writes errors there by itself, in the midst of what people read."""
    code = "from integrations.core.rows import unforeseen; unforeseen('panel', ZeroDivisionError('hunter2'))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")
