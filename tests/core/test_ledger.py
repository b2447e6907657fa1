"""The ledger: what it keeps, what it never keeps, and how it survives."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from integrations.core.change import Change
from integrations.core.errors import ConfigError, LedgerError
from integrations.core.ledger import Ended, Ledger, RunRecord, schema
from integrations.core.ledger.file import configure, key_path, make_key
from integrations.core.resource import Live
from tests.core.memory import Thing, want


@pytest.fixture
def path(place):
    return place


@pytest.fixture
def ledger(place):
    made = Ledger(place)
    yield made
    made.close()


def change(name="Anna Muster", key="deal:1/one"):
    return Change("one", "a", "create", want("one", key=key, name=name))


def recalled(ledger, key="deal:1/one", *others):
    return ledger.recall("a", "thing", {key: (key, *others)})[key]


def test_the_file_and_its_key_are_for_their_user_only(ledger, path):
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_suffix(".key").stat().st_mode & 0o777 == 0o600
    assert ledger.is_new


def test_an_intent_stays_open_until_an_outcome_is_known(ledger):
    intents = ledger.begin("run", [change()])
    assert recalled(ledger).open_since is not None
    ledger.finish("run", intents, [Ended(change(), None, "uncertain", open=True)])
    assert recalled(ledger).open_since is not None
    ledger.finish("run", intents, [Ended(change(), Live("7", Thing(key="deal:1/one", name="Anna Muster")), "done")])
    memory = recalled(ledger)
    assert memory.open_since is None
    assert memory.id == "7"


def test_values_are_kept_as_keyed_hashes_only(ledger, path, tmp_path):
    live = Live("7", Thing(key="deal:1/one", name="Anna Muster"))
    intents = ledger.begin("run", [change()])
    ledger.finish("run", intents, [Ended(change(), live, "done")])
    ledger.close()
    for file in path.parent.iterdir():
        assert b"Anna" not in file.read_bytes()
    other = Ledger(tmp_path / "other.sqlite")
    assert other.hash("Anna Muster") != ledger.hash("Anna Muster")
    other.close()


def test_the_hash_is_the_same_for_all_who_share_the_ledger(ledger, place):
    again = Ledger(place)
    assert again.hash({"a": (1, None)}) == ledger.hash({"a": (1, None)})
    again.close()


def test_all_who_begin_at_once_share_one_key(tmp_path):
    """Whoever comes second never reads a key that is only half written."""
    for attempt in range(20):
        at_once, keys = threading.Barrier(8), []

        def begin(at_once=at_once, keys=keys, attempt=attempt):
            at_once.wait(10)
            keys.append(make_key(tmp_path / f"{attempt}.sqlite"))

        threads = [threading.Thread(target=begin) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 8
        assert len(set(keys)) == 1
    assert len(list(tmp_path.iterdir())) == 20


def test_an_empty_key_is_refused_in_words(tmp_path):
    """What it hashed could be guessed."""
    (tmp_path / "ledger.key").write_bytes(b"")
    (tmp_path / "ledger.key").chmod(0o600)
    with pytest.raises(ConfigError, match="is no key"):
        Ledger(tmp_path / "ledger.sqlite")


def test_a_value_that_is_no_text_can_be_hashed(ledger):
    """Half a surrogate pair, as JSON may carry one."""
    assert ledger.hash("\ud83d") != ledger.hash("\ud83e")


def test_a_ledger_is_new_until_it_knows_of_an_object(ledger, place):
    looking = Ledger(place)
    assert looking.is_new
    looking.close()
    intents = ledger.begin("run", [change()])
    ledger.finish("run", intents, [Ended(change(), Live("7", Thing(key="deal:1/one", name="Anna Muster")), "done")])
    again = Ledger(place)
    assert not again.is_new
    again.close()


def test_the_later_choice_counts(ledger):
    ledger.choose("a", "thing", "deal:1/one", "7", "")
    ledger.choose("a", "thing", "deal:1/one", "never", "they have their own")
    choice = recalled(ledger).choice
    assert (choice.answer, choice.reason) == ("never", "they have their own")


def test_an_older_key_is_found_under_the_newer_one(ledger):
    ledger.choose("a", "thing", "deal:1", "7", "")
    assert recalled(ledger, "customer:5", "deal:1").choice.answer == "7"
    assert recalled(ledger, "customer:5").choice is None


def test_more_keys_than_a_statement_takes_are_recalled(ledger):
    rows = [change(key=f"deal:{number}") for number in range(1000)]
    intents = ledger.begin("run", rows)
    ledger.finish("run", intents, [Ended(row, Live(row.key, row.want.resource), "done") for row in rows])
    memories = ledger.recall("a", "thing", {row.key: (row.key,) for row in rows})
    assert [memories[row.key].id for row in rows] == [row.key for row in rows]


def test_an_approval_is_kept_change_by_change(ledger):
    ledger.approve("plan1", ["x", "y", "x"])
    assert ledger.approved("plan1") == {"x", "y"}
    assert ledger.approved("plan2") == frozenset()


def test_the_newest_run_of_a_deal_is_kept(ledger):
    for outcome in ("waiting", "done"):
        ledger.record(RunRecord("42", "customer:1", outcome, datetime.now(UTC), {"steps": []}))
    assert [run.outcome for run in ledger.runs()] == ["done"]
    assert ledger.runs(["43"]) == []


def test_a_ledger_of_another_schema_is_refused_in_words(ledger, path):
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
    connection.close()
    with pytest.raises(ConfigError, match="schema 99"):
        Ledger(path)


def test_a_file_that_is_no_ledger_is_refused_in_words(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look like one" * 100)
    (tmp_path / "notes.txt").chmod(0o600)
    with pytest.raises(LedgerError, match="no SQLite database at all"):
        Ledger(tmp_path / "notes.txt")


def test_a_ledger_without_its_key_is_refused(ledger, path):
    """A new key would change every hash: who was revoked would be let in again by the next run."""
    ledger.close()
    key_path(path).unlink()
    with pytest.raises(ConfigError, match="is missing") as refused:
        Ledger(path)
    assert "closedwon ledger new" in refused.value.next
    assert not key_path(path).exists()


def test_a_ledger_with_another_key_is_refused(ledger, path):
    ledger.close()
    key_path(path).write_bytes(bytes(range(32)))
    with pytest.raises(ConfigError, match="not the key that the ledger was written with"):
        Ledger(path)


def test_a_key_without_its_ledger_is_used_by_a_new_one(ledger, path):
    """What the vendors hold by it is found again."""
    before = ledger.hash("Anna Muster")
    ledger.close()
    path.unlink()
    again = Ledger(path)
    assert again.hash("Anna Muster") == before
    again.close()
    Ledger(path).close()


def test_every_connection_keeps_what_it_commits_through_a_power_loss(ledger, path):
    """Also those of the flows, and the one that makes the tables."""
    with ledger.reading() as reading, ledger.writing() as writing:
        found = [transaction.scalar("pragma synchronous") for transaction in (reading, writing)]
    with closing(sqlite3.connect(path)) as opening:
        configure(opening)
        found += [opening.execute("pragma synchronous").fetchone()[0]]
    assert found == [2, 2, 2]


def test_the_names_of_ledger_and_key_are_on_the_disk_before_it_is_used(path, monkeypatch):
    """After a power loss there is either none of them, or the key, or both."""
    synced = []
    monkeypatch.setattr(
        "integrations.core.ledger.file.sync_folder",
        lambda folder: synced.append(sorted(path.name for path in folder.iterdir())),
    )
    Ledger(path).close()
    assert [{"ledger.key", "ledger.sqlite"} <= set(names) for names in synced] == [True, True]


def every_row(path):
    """All rows of all tables, as another program reads them."""
    with closing(sqlite3.connect(path)) as opened:
        tables = [name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")]
        return {name: opened.execute(f"select * from {name}").fetchall() for name in sorted(tables)}  # noqa: S608  (its tables)


def test_what_a_dry_run_learns_is_its_own_and_goes_with_it(ledger, path):
    """Also from several threads, and while rows are read; the copies stay, whatever it is asked to forget."""
    ledger.choose("a", "thing", "deal:1/one", "7", "known before")
    Ledger(path).close()  # the second to open it makes the day's copy
    before, files = every_row(path), sorted(file.name for file in path.parent.glob("*.sqlite.*"))
    with closing(Ledger(path, dry=True)) as dry:
        dry.object_index.prove("a", {"105": ["43"]})
        with dry.reading() as reading:
            rows = reading.select("select * from choices")
            threads = [
                threading.Thread(target=dry.choose, args=("a", "thing", f"deal:{number}", "never", ""))
                for number in range(20)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert "7" in {row["answer"] for row in rows}
        assert dry.object_index.former("a", ["105"]) == {"105": frozenset({"43"})}
        assert len(every_choice(dry)) == 21
        dry.object_index.blank("/one")
        assert len(every_choice(dry)) == 20
    assert (every_row(path), sorted(file.name for file in path.parent.glob("*.sqlite.*"))) == (before, files)
    assert files
    assert recalled(ledger).choice.answer == "7"


def every_choice(ledger):
    with ledger.reading() as transaction:
        return transaction.scalars("select answer from choices")


def test_nothing_is_read_or_written_by_a_transaction_that_has_ended(ledger):
    """Another thread may have its connection by then; also what a failed one left unread."""
    ledger.choose("a", "thing", "deal:1", "7", "")
    ledger.choose("a", "thing", "deal:2", "8", "")
    with ledger.reading() as ended:
        rows = ended.select("select * from choices")
        assert next(rows)["answer"] == "7"
    with pytest.raises(RuntimeError, match="has ended"):
        next(rows)
    with pytest.raises(ZeroDivisionError), ledger.writing() as failed:
        raise ZeroDivisionError
    for transaction in (ended, failed):
        for use in (
            lambda it: it.select("select * from choices"),
            lambda it: next(it.select_among("select * from choices where key in ({})", ["deal:1"])),
            lambda it: it.scalar("select 1"),
            lambda it: it.scalars("select 1"),
            lambda it: it.execute("delete from choices"),
            lambda it: it.execute_each("delete from choices where key = ?", [["deal:1"]]),
            lambda it: it.put(schema.meta, [{"name": "a", "value": "b"}]),
        ):
            with pytest.raises(RuntimeError, match="has ended"):
                use(transaction)
    assert len(every_choice(ledger)) == 2


@pytest.mark.parametrize("value", [(1, ("a", None)), [1, ["a", None]], {"a": (1,)}, ()])
def test_what_a_json_column_gets_is_read_as_json(ledger, value):
    row = {"customer": "101", "heir": "", "proof": "", "hints": value, "since": "", "answer": "", "reason": ""}
    with ledger.writing() as transaction:
        transaction.put(schema.heirs, [{**row, "by": "", "trigger": "", "run": "", "at": ""}])
    with ledger.reading() as transaction:
        (found,) = transaction.select("select hints from heirs")
    assert found["hints"] == json.loads(json.dumps(value))
