"""Migrations: one numbered list makes every table, and opens what earlier versions wrote."""

from __future__ import annotations

import importlib.util
import pkgutil
import sqlite3
import threading
from contextlib import closing

import pytest

import integrations.flows
from integrations.core.errors import ConfigError
from integrations.core.ledger import Ledger, Table, schema
from integrations.core.ledger.file import key_path, state
from integrations.core.ledger.migrations import MIGRATIONS, SCHEMA
from integrations.flows.contacts.memory import ContactRepository
from integrations.flows.invoicing.decisions import Decisions
from tests.core.ledgers import FIRST, unpacked


def described() -> dict[str, Table]:
    """Every table of core and flows, as the code that writes it describes it."""
    names = [flow.name for flow in pkgutil.iter_modules(integrations.flows.__path__, "integrations.flows.")]
    modules = [f"{name}.tables" for name in names if importlib.util.find_spec(f"{name}.tables") is not None]
    tables = [value for name in modules for value in vars(importlib.import_module(name)).values()]
    return {table.name: table for table in (*vars(schema).values(), *tables) if isinstance(table, Table)}


def shape(path):
    """Columns, keys and indexes by table; not the order of columns, nor defaults that a migration needed."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        found = {}
        for table in names:
            columns = {
                (name, kind.lower(), bool(required), place)
                for _, name, kind, required, _, place in connection.execute(f"pragma table_info({table})")
            }
            indexes = {
                (name, *(row[2] for row in connection.execute(f"pragma index_info({name})")))
                for _, name, _, origin, _ in connection.execute(f"pragma index_list({table})")
                if origin == "c"
            }
            found[table] = (columns, indexes)
        return found


def test_migrations_make_the_tables_that_core_and_flows_describe(tmp_path):
    """With the keys by which rows are put in the place of older ones; some are numbered by the database."""
    Ledger(tmp_path / "ledger.sqlite").close()
    made = {
        name: {column for column, _, _, place in columns if place}
        for name, (columns, _) in shape(tmp_path / "ledger.sqlite").items()
    }
    assert {name: set(table.key) or {"id"} for name, table in described().items()} == made
    assert len(made) >= 20


def test_an_older_ledger_gets_the_tables_of_a_new_one(tmp_path):
    (tmp_path / "old").mkdir()
    path = unpacked(FIRST, tmp_path / "old")
    Ledger(path).close()
    Ledger(tmp_path / "new.sqlite").close()
    assert shape(path) == shape(tmp_path / "new.sqlite")


def test_migrations_are_numbered_without_a_gap():
    assert list(MIGRATIONS) == list(range(1, SCHEMA + 1))


def test_a_ledger_of_the_first_release_keeps_everything(tmp_path):
    """Objects, choices, open intents, people who are out, decisions about findings: with the key they were kept by."""
    ledger = Ledger(unpacked(FIRST, tmp_path))

    def known(system, kind, key):
        return ledger.recall(system, kind, {key: (key,)})[key]

    customer = known("erp", "customer", "customer:101")
    assert (customer.id, customer.fields["city"].wanted) == ("101", ledger.hash("Winterthur"))
    assert known("wiki", "section", "customer:110/page").choice.answer == "32802"
    assert known("jira", "ticket", "deal:77/ticket").open_since is not None
    assert [run.outcome for run in ledger.runs(["42"])] == ["done"]
    revoked = ledger.hash("nadja.brunner@mueller-soehne.example")
    assert [stone.reason for stone in ContactRepository(ledger).tombstones_of([revoked]).values()] == ["revoked"]
    assert {leaver.reason for leaver in ContactRepository(ledger).leavers()} == {"archived"}
    assert [known.reason for known in Decisions(ledger).acknowledgements().values()] == ["pays in parts"]
    assert [disputed.owner for disputed in Decisions(ledger).disputes().values()] == ["Lena"]
    ledger.close()


@pytest.mark.parametrize("tables", [(), ("contacts_",), ("invoices_",)])
def test_tables_that_a_flow_never_made_are_made(tmp_path, tables):
    """The first release made a flow's tables when it was used first."""
    path = unpacked(FIRST, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            if name.startswith(("contacts_", "invoices_")) and not name.startswith(tables):
                connection.execute(f"drop table {name}")
    ledger = Ledger(path)
    assert bool(ContactRepository(ledger).leavers()) == ("contacts_" in tables)
    assert bool(Decisions(ledger).disputes()) == ("invoices_" in tables)
    ledger.close()


def test_two_that_migrate_at_once_migrate_once(tmp_path):
    path = unpacked(FIRST, tmp_path)
    at_once, failed = threading.Barrier(4), []

    def open_it():
        at_once.wait(10)
        try:
            Ledger(path).close()
        except Exception as error:  # noqa: BLE001  (whatever goes wrong in a thread fails the test)
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_ledger_that_another_process_makes_just_now_is_one(tmp_path):
    """Its tables may come to be between our two looks: that there is no `meta`, and that there is something."""
    path = tmp_path / "ledger.sqlite"
    path.touch(mode=0o600)

    class Slow(sqlite3.Connection):
        def execute(self, statement, *parameters):
            if "sqlite_master" in statement:
                Ledger(path).close()
            return super().execute(statement, *parameters)

    with closing(sqlite3.connect(path, factory=Slow)) as connection:
        found = state(connection, path)
    assert found is not None
    assert found.schema == SCHEMA


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = unpacked(FIRST, tmp_path)
    before = shape(path)
    monkeypatch.setattr(
        "integrations.core.ledger.migrations.MIGRATIONS", {**MIGRATIONS, SCHEMA + 1: ("create nonsense",)}
    )
    with pytest.raises(sqlite3.OperationalError):
        Ledger(path)
    assert shape(path) == before


def test_a_ledger_of_a_newer_version_is_refused_by_name(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=f"schema 99, this closedwon knows {SCHEMA}"):
        Ledger(path)
    assert path.read_bytes() == before


def test_an_older_ledger_without_its_key_is_refused(tmp_path):
    """It has no check value yet, but a new key would lose everything it remembers just the same."""
    path = unpacked(FIRST, tmp_path)
    key_path(path).unlink()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="key: is missing"):
        Ledger(path)
    assert path.read_bytes() == before
    assert not key_path(path).exists()
