"""A ledger on a PostgreSQL server: its tables, faults in people's words, and its way there and back."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.core.errors import ConfigError, LedgerError, LedgerUnavailable
from integrations.core.ledger import Ledger, care, transfer
from integrations.core.ledger.file import key_path
from integrations.core.ledger.migrations import MIGRATIONS, SCHEMA
from integrations.core.secret import Secret
from integrations.core.server import Server
from tests.core.ledgers import FIRST, unpacked
from tests.postgresql import GUARDED, KEY, PASSWORD, Cluster


@pytest.fixture
def ledger(database: Server) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(database)) as made:
        yield made


def every_row(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, in an order of their own."""
    with ledger.reading() as transaction:
        return {
            table: sorted(transaction.select(f"select * from {table}"), key=lambda row: str(sorted(row.items())))  # noqa: S608
            for table in transfer.columns()
        }


def test_every_table_and_column_is_there(database: Server) -> None:
    """With types that compare by bytes, however the database was made."""
    Ledger(database).close()
    query = "select table_name, column_name, collation_name from information_schema.columns \
        where table_schema = current_schema()"
    found: dict[str, set[str]] = {}
    with contextlib.closing(database.connect()) as session:
        for table, column, collation in session.execute(query):
            found.setdefault(table, set()).add(column)
            assert collation in (None, "C")
    assert found == {table: set(columns) for table, columns in transfer.columns().items()}


def test_one_writes_at_a_time_and_sees_what_the_one_before_wrote(database: Server, ledger: Ledger) -> None:
    """Numbers that are read before they are written are given once."""
    others = [contextlib.closing(Ledger(database)) for _ in range(3)]
    at_once = threading.Barrier(4)

    def count(ledger: Ledger) -> None:
        at_once.wait(10)
        for _ in range(20):
            with ledger.writing() as transaction:
                last = int(transaction.scalar("select value from meta where name = 'last'") or 0)
                transaction.execute("delete from meta where name = 'last'")
                transaction.execute("insert into meta (name, value) values ('last', ?)", str(last + 1))

    with contextlib.ExitStack() as stack:
        ledgers = [ledger, *(stack.enter_context(other) for other in others)]
        threads = [threading.Thread(target=count, args=[ledger]) for ledger in ledgers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with ledger.reading() as transaction:
        assert transaction.scalar("select value from meta where name = 'last'") == "80"


def test_a_reading_sees_one_moment(database: Server, ledger: Ledger) -> None:
    with contextlib.closing(Ledger(database)) as other, ledger.reading() as transaction:
        assert transaction.scalars("select answer from choices") == []
        other.choose("a", "thing", "deal:1", "7", "")
        assert transaction.scalars("select answer from choices") == []


def test_two_that_make_the_tables_at_once_make_them_once(database: Server) -> None:
    at_once, failed = threading.Barrier(4), []

    def open_it() -> None:
        at_once.wait(10)
        try:
            Ledger(database).close()
        except Exception as error:  # noqa: BLE001  (whatever goes wrong in a thread fails the test)
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_what_a_dry_run_learns_goes_with_it(database: Server, ledger: Ledger) -> None:
    ledger.choose("a", "thing", "deal:1", "7", "known before")
    before = every_row(ledger)
    with contextlib.closing(Ledger(database, dry=True)) as dry:
        assert dry.recall("a", "thing", {"deal:1": ("deal:1",)})["deal:1"].choice is not None
        dry.choose("a", "thing", "deal:2", "8", "")
        assert len(every_row(dry)["choices"]) == 2
    assert every_row(ledger) == before


def test_a_server_that_restarts_between_two_transactions_breaks_nothing(cluster: Cluster, ledger: Ledger) -> None:
    ledger.choose("a", "thing", "deal:1", "7", "")
    cluster.restart()
    ledger.choose("a", "thing", "deal:2", "8", "")
    assert len(every_row(ledger)["choices"]) == 2
    assert ledger.failure is None


def test_a_server_that_ends_in_a_transaction_stops_what_writes(cluster: Cluster, ledger: Ledger) -> None:
    def write() -> None:
        with ledger.writing() as transaction:
            transaction.execute("insert into meta (name, value) values ('a', 'b')")
            cluster.restart()
            transaction.execute("insert into meta (name, value) values ('c', 'd')")

    with pytest.raises(LedgerUnavailable, match=r"PostgreSQL database postgres on /.*: ended the connection"):
        write()
    assert ledger.failure is not None
    assert "tries again by itself" in ledger.failure.next
    assert {row["name"] for row in every_row(ledger)["meta"]} == {"schema", "check"}


def refused(server: Server, kind: type[Exception], match: str) -> str:
    with pytest.raises(kind, match=match) as error:
        Ledger(server)
    text = f"{error.value} {getattr(error.value, 'next', '')} {error.value!r} {server!r} {server}"
    assert PASSWORD not in text
    assert "wrong" not in text
    return text


def test_a_wrong_password_is_said_and_never_shown(cluster: Cluster) -> None:
    url = cluster.url(user=GUARDED, password="wrong-guess")
    assert "`url` in [ledger]" in refused(Server(url, KEY), ConfigError, f"does not take the password of {GUARDED}")


def test_a_right_password_that_may_do_nothing_is_said(cluster: Cluster, database: Server) -> None:
    Ledger(database).close()
    cluster.execute(f"grant usage on schema {database.url.rpartition('%3D')[2]} to {GUARDED}")
    url = database.url.replace("owner@", f"{GUARDED}:{PASSWORD}@")
    refused(Server(url, KEY), LedgerError, f"lets {GUARDED} do too little")


def test_a_database_that_is_missing_is_named(cluster: Cluster) -> None:
    refused(Server(cluster.url(database="nowhere"), KEY), ConfigError, "database nowhere on .* has no such database")


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    refused(Server(f"postgresql://me@/x?host={tmp_path}", KEY), LedgerUnavailable, f"database x on {tmp_path}: can not")


def test_an_address_that_can_not_be_read_is_no_reason_to_show_it() -> None:
    refused(Server(f"postgresql://me:{PASSWORD}@/x?nonsense=1", KEY), ConfigError, "its address can't be read")


def test_a_read_only_server_is_said(database: Server) -> None:
    with contextlib.closing(Ledger(Server(f"{database.url}%20-cdefault_transaction_read_only%3Doff", KEY))) as ledger:
        assert ledger.is_new
    read_only = Server(f"{database.url}%20-cdefault_transaction_read_only%3Don", KEY)
    with contextlib.closing(Ledger(read_only)) as ledger, pytest.raises(LedgerError, match="is read-only") as error:
        ledger.choose("a", "thing", "deal:1", "7", "")
    assert "not its copy" in error.value.next


def test_another_key_is_refused(database: Server) -> None:
    Ledger(database).close()
    refused(Server(database.url, bytes(32)), ConfigError, "was written with another key")


def test_tables_of_another_program_are_left_alone(cluster: Cluster, database: Server) -> None:
    cluster.execute(f"create table {database.url.rpartition('%3D')[2]}.invoices (id integer)")
    refused(database, ConfigError, "has tables of another program")


def test_a_ledger_of_a_newer_version_is_refused_by_name(database: Server, ledger: Ledger) -> None:
    with ledger.writing() as transaction:
        transaction.execute("update meta set value = '99' where name = 'schema'")
    refused(database, ConfigError, f"schema 99, this closedwon knows {SCHEMA}")
    assert "schema 99" in " ".join(fault.message for fault in care.check(database).faults)


def test_an_older_schema_is_brought_up(database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction: a migration that fails changes nothing."""
    Ledger(database).close()
    newer = {**MIGRATIONS, SCHEMA + 1: ("alter table runs add column later varchar(10) not null default ''",)}
    for module in ("file", "migrations", "postgresql"):
        monkeypatch.setattr(f"integrations.core.ledger.{module}.SCHEMA", SCHEMA + 1)
    monkeypatch.setattr("integrations.core.ledger.migrations.MIGRATIONS", {**newer, SCHEMA + 1: ("create nonsense",)})
    with pytest.raises(Exception, match="syntax error"):
        Ledger(database)
    monkeypatch.setattr("integrations.core.ledger.migrations.MIGRATIONS", newer)
    with contextlib.closing(Ledger(database)) as ledger, ledger.reading() as transaction:
        assert transaction.scalar("select value from meta where name = 'schema'") == str(SCHEMA + 1)
        assert transaction.scalars("select later from runs") == []


def test_a_ledger_is_the_same_after_it_moved_there_and_back(tmp_path: Path, database: Server) -> None:
    """Row by row, with its key: of the first release's, which has something in most tables."""
    path, back = unpacked(FIRST, tmp_path), tmp_path / "back" / "ledger.sqlite"
    with contextlib.closing(Ledger(path)) as ledger:
        before, hashed = every_row(ledger), ledger.hash("Winterthur")
    server = Server(database.url, key_path(path).read_bytes())
    assert transfer.move(path, server) == sum(map(len, before.values()))
    with contextlib.closing(Ledger(server)) as ledger:
        assert (every_row(ledger), ledger.hash("Winterthur")) == (before, hashed)
    with pytest.raises(ConfigError, match="was moved to"):
        Ledger(path)
    assert transfer.move(server, back) == sum(map(len, before.values()))
    with pytest.raises(ConfigError, match="was moved to"):
        Ledger(server)
    with contextlib.closing(Ledger(back)) as ledger:
        assert (every_row(ledger), ledger.hash("Winterthur")) == (before, hashed)
    assert [back.stat().st_mode & 0o777, key_path(back).stat().st_mode & 0o777] == [0o600, 0o600]
    assert not care.check(back).faults


def test_what_moved_is_numbered_on(tmp_path: Path, database: Server) -> None:
    path = unpacked(FIRST, tmp_path)
    server = Server(database.url, key_path(path).read_bytes())
    transfer.move(path, server)
    with contextlib.closing(Ledger(server)) as ledger:
        last = max(row["id"] for row in every_row(ledger)["audit"])
        ledger.finish("run", {}, [])
        with ledger.writing() as transaction:
            columns = 'at, run, "by", system, kind, "key", action, id_there, outcome'
            transaction.execute(f"insert into audit ({columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", *"abcdefghi")  # noqa: S608
        assert max(row["id"] for row in every_row(ledger)["audit"]) == last + 1


def test_a_target_with_a_ledger_is_refused(tmp_path: Path, database: Server, ledger: Ledger) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    ledger.close()
    for source, target in ((path, Server(database.url, key_path(path).read_bytes())), (database, path)):
        with pytest.raises(ConfigError, match="holds a ledger or something else already"):
            transfer.move(source, target)


def test_a_ledger_that_a_run_has_open_is_not_moved(
    tmp_path: Path, database: Server, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.core.ledger.postgresql.ALONE", 0.1)
    ledger.choose("a", "thing", "deal:1", "7", "")
    with pytest.raises(LedgerError, match=r"is being used by process \d+ on"):
        transfer.move(database, tmp_path / "ledger.sqlite")
    assert not (tmp_path / "ledger.sqlite").exists()


def test_a_run_that_begins_during_a_move_is_refused(database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = []

    def while_it_moves(*_: Any) -> dict[str, int]:
        with pytest.raises(LedgerError, match=r"is being moved by process \d+ on") as error:
            Ledger(database)
        refusals.append(error)
        raise ZeroDivisionError

    Ledger(database).close()
    monkeypatch.setattr(transfer, "transfer", while_it_moves)
    with pytest.raises(ZeroDivisionError):
        transfer.move(database, Path("/nonexistent/ledger.sqlite"))
    assert len(refusals) == 1


def test_a_move_that_loses_rows_changes_nothing(
    tmp_path: Path, database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unpacked(FIRST, tmp_path)
    server = Server(database.url, key_path(path).read_bytes())
    counted = transfer._counted
    monkeypatch.setattr(transfer, "_counted", lambda there, table: counted(there, table) + (there is not seen[0]))
    seen: list[Any] = []
    original = transfer.transfer
    monkeypatch.setattr(transfer, "transfer", lambda *ends: (seen.append(ends[0]), original(*ends))[1])
    with pytest.raises(LedgerError, match="not all rows of approvals arrived"):
        transfer.move(path, server)
    monkeypatch.undo()
    with contextlib.closing(Ledger(server)) as ledger:
        assert ledger.is_new


def test_a_backup_is_a_file_that_can_be_used(tmp_path: Path, database: Server, ledger: Ledger) -> None:
    ledger.choose("a", "thing", "deal:1", "7", "")
    care.backup(database, tmp_path / "copy.sqlite")
    key_path(tmp_path / "copy.sqlite").write_bytes(KEY)
    key_path(tmp_path / "copy.sqlite").chmod(0o600)
    with contextlib.closing(Ledger(tmp_path / "copy.sqlite")) as copy:
        assert every_row(copy) == every_row(ledger)


def test_a_check_says_what_holds(database: Server) -> None:
    assert "It is empty: the next run makes its tables." in care.check(database).facts
    Ledger(database).close()
    found = care.check(database)
    assert not found.faults
    assert found.facts[0].startswith("The server answers: PostgreSQL ")
    assert {f"Its schema is {SCHEMA}.", "The outcome of every write is known.", "Its key is there."} <= set(found.facts)


@pytest.mark.parametrize("text", ["", "short", "00" * 31, "not hexadecimal digits, though they are many enough for it"])
def test_a_key_that_is_none_is_refused_in_words(text: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[ledger\] key: no (key|secret) in file") as error:
        _ = Server("postgresql://x", Secret(file=tmp_path / "key")).key
    assert not text or text not in str(error.value)


def test_a_key_is_the_same_as_digits_and_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ledger.key").write_bytes(KEY)
    monkeypatch.setenv("KEY_OF_LEDGER", f"{KEY.hex()}\n")
    pointers = (Secret(file=tmp_path / "ledger.key"), Secret(env="KEY_OF_LEDGER"))
    assert [Server("postgresql://x", pointer).key for pointer in pointers] == [KEY, KEY]


def test_without_the_driver_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="psycopg` is not installed") as error:
        Ledger(Server("postgresql://me@host/x", KEY))
    assert "closedwon[postgresql]" in error.value.next


def test_a_file_has_no_driver_imported(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from integrations.core.ledger import Ledger; \
Ledger(Path(sys.argv[1])).close(); assert 'psycopg' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "ledger.sqlite")], check=True)
