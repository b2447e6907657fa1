"""What may have been done is looked at before anything else: attempts, intents, and what is written once."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from integrations.core.apply import Applied, Writer
from integrations.core.change import Change, Result
from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http import Http, HttpContext, Limits, counted_writes, on_behalf_of
from integrations.core.http.answer import Writes, note_write
from integrations.core.plan import Approved
from integrations.core.plan.approval import fingerprint
from integrations.core.pool import Pool
from integrations.core.resource import Later
from integrations.core.system import Answer
from tests.core.memory import Bench, MemoryStore, Thing, system, want

URL = "https://vendor.example"
GONE = requests.ConnectionError("reset by peer")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, patient=False)
    yield made
    made.ledger.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.core.http.sender.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("integrations.core.apply.LOOK_AGAIN", 0.01)


def http(folder: Path, **limits: float) -> Http:
    return Http("jira", URL, HttpContext(folder), Limits(**{"patience": 0.2, **limits}), title="Jira")  # type: ignore[arg-type]


def failure(sender: Http, method: str, **options: Any) -> tuple[IntegrationError, Writes]:
    """How a request ends, and what was counted for the change `mine`."""
    with counted_writes() as writes, on_behalf_of(["mine"]), pytest.raises(IntegrationError) as raised:
        sender.request(method, "/thing", what="write the thing 7", **options)
    return raised.value, writes


NO_ANSWER: dict[str, Any] = {"body": GONE}
ENDS = [
    # what the attempts meet, how it is sent, how it ends, whether it may have been done
    ([NO_ANSWER], {}, Uncertain, True),
    ([{"status": 500}], {}, Uncertain, True),
    ([{"status": 408}], {}, Uncertain, True),
    ([{"status": 503, "headers": {"Retry-After": "0"}}], {}, Uncertain, True),
    ([{"status": 403}], {}, AuthError, False),
    ([{"status": 400}], {}, Rejected, False),
    ([{"status": 429, "headers": {"Retry-After": "60"}}], {}, Unavailable, False),
    ([{"body": requests.exceptions.ConnectTimeout()}], {}, Unavailable, False),
    ([NO_ANSWER], {"repeat": True}, Uncertain, True),
    ([NO_ANSWER, {"status": 403}], {"repeat": True}, Uncertain, True),
    ([NO_ANSWER, {"status": 400}], {"repeat": True}, Uncertain, True),
    ([{"status": 500}, {"body": requests.exceptions.ConnectTimeout()}], {"repeat": True}, Uncertain, True),
    ([NO_ANSWER], {"effect": "read"}, Unavailable, False),
    ([NO_ANSWER], {"effect": "claim"}, Unavailable, False),
]


@responses.activate
@pytest.mark.parametrize(("attempts", "options", "expected", "may_be_done"), ENDS)
def test_a_write_that_any_attempt_may_have_done_is_uncertain_whatever_came_last(
    tmp_path: Path, attempts: Sequence[dict[str, Any]], options: dict[str, Any], expected: type, may_be_done: bool
) -> None:
    for attempt in attempts:
        responses.post(f"{URL}/thing", **attempt)
    error, writes = failure(http(tmp_path), "POST", **options)
    assert type(error) is expected
    assert writes.touched("mine") is may_be_done
    assert not writes.touched("a neighbour's")


@responses.activate
def test_a_refusal_after_a_lost_answer_still_names_who_can_grant_the_right(tmp_path: Path) -> None:
    responses.post(f"{URL}/thing", body=GONE)
    responses.post(f"{URL}/thing", status=403)
    error, _ = failure(http(tmp_path), "POST", repeat=True)
    assert "an earlier answer was lost" in error.message
    assert error.who
    assert "right" in error.next


@responses.activate
def test_an_expected_refusal_is_an_answer_and_nothing_was_done(tmp_path: Path) -> None:
    responses.post(f"{URL}/thing", status=409)
    with counted_writes() as writes:
        answer = http(tmp_path).request("POST", "/thing", what="write it", expect=(409,))
    assert answer.status_code == 409
    assert not writes.touched("any")


@responses.activate
def test_a_refusal_that_looks_like_a_success_is_one(tmp_path: Path) -> None:
    """Over JSON-RPC every answer has the status 200."""
    responses.post(f"{URL}/thing", json={"error": "no"})
    error, writes = failure(http(tmp_path), "POST", refusal=lambda _: Rejected("no", system="jira"))
    assert isinstance(error, Rejected)
    assert not writes.touched("mine")


def test_writes_count_for_the_changes_of_their_own_thread_alone() -> None:
    def write(key: str) -> None:
        with on_behalf_of([key]):
            if key != "refused":
                note_write()

    with counted_writes() as writes, Pool(3) as pool:
        list(pool.map(write, ["one", "refused", "two"]))
    assert [writes.touched(key) for key in ("one", "refused", "two")] == [True, False, True]


def test_a_write_that_is_nobodys_in_particular_counts_for_all() -> None:
    with counted_writes() as writes:
        note_write()
    assert writes.touched("any")


@responses.activate
def test_a_pause_of_nearly_nothing_is_no_invitation_to_press_the_system(tmp_path: Path) -> None:
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "0.00001"})
    sender = http(tmp_path, patience=0.5)
    failure(sender, "GET")
    assert sender.count < 12


@responses.activate
def test_after_a_429_nobody_asks_again_before_it_is_time(tmp_path: Path) -> None:
    """Neither the other threads nor the runs that begin meanwhile; other systems are asked as ever."""
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "60"})
    sender = http(tmp_path)
    error, _ = failure(sender, "GET")
    assert isinstance(error, Unavailable)
    assert sender.count == 1
    threads = [threading.Thread(target=lambda: failure(sender, "GET")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    next_run = http(tmp_path)
    error, writes = failure(next_run, "POST")
    assert isinstance(error, Unavailable)
    assert not isinstance(error, Uncertain)
    assert 55 < (error.retry_after or 0) <= 60
    assert "until " in error.message
    assert not writes.touched("mine")
    assert sender.count + next_run.count == 1
    responses.get("https://other.example/thing", json={})
    other = Http("erp", "https://other.example", HttpContext(tmp_path), Limits(patience=0))
    assert other.request("GET", "/thing", what="read it").status_code == 200


@responses.activate
def test_a_pause_that_fits_into_our_patience_is_waited_out_by_all(tmp_path: Path) -> None:
    responses.get(f"{URL}/thing", status=429, headers={"Retry-After": "0.1"})
    responses.get(f"{URL}/thing", json={})
    assert http(tmp_path, patience=5).request("GET", "/thing", what="read it").status_code == 200
    assert http(tmp_path, patience=5).request("GET", "/thing", what="read it").status_code == 200
    assert len(responses.calls) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"since": "x", "until": 1}', '{"since": 9e12, "until": 9e12}'])
def test_a_pause_that_can_not_be_read_holds_nobody_up(tmp_path: Path, content: str) -> None:
    (tmp_path / "jira.wait").write_text(content)
    with responses.RequestsMock() as vendor:
        vendor.get(f"{URL}/thing", json={})
        assert http(tmp_path, patience=0).request("GET", "/thing", what="read it").status_code == 200


class Counting(MemoryStore):
    """Does what `script` says at each `put`, and counts its writes as `Http` does."""

    script: Callable[[Change[Thing]], IntegrationError | None]

    def put(self, changes: Sequence[Change[Thing]]) -> Answer:
        answers: dict[str, Any] = {}
        for change in changes:
            with on_behalf_of([change.key]):
                error = self.script(change)
            answers[change.key] = error if error is not None else self._put(change)
        return answers


def done_then(error: IntegrationError) -> Callable[[Change[Thing]], IntegrationError]:
    """A first request that was done, and a second that ends so."""

    def script(_: Change[Thing]) -> IntegrationError:
        note_write()
        return error

    return script


def counting(tmp_path: Path, script: Callable[[Change[Thing]], IntegrationError | None]) -> Bench:
    store = Counting()
    store.script = script
    return Bench(tmp_path, a=store, patient=False)


def is_open(bench: Bench, key: str = "deal:1/one") -> bool:
    return bench.ledger.recall("a", "thing", {key: (key,)})[key].open_since is not None


@pytest.mark.parametrize("error", [AuthError("may not mark it"), Rejected("bad name"), Unavailable("down")])
def test_a_refusal_after_something_was_done_leaves_the_intent_open(tmp_path: Path, error: IntegrationError) -> None:
    """An organization that was made and whose mark was refused is there."""
    bench = counting(tmp_path, done_then(error))
    result = bench.run(want("one", name="One")).results["one"]
    assert result.open
    assert is_open(bench)
    assert isinstance(result.error, Uncertain if isinstance(error, Unavailable) else type(error))
    bench.ledger.close()


def write(bench: Bench, change: Change[Thing]) -> Result:
    approved = Approved(fingerprint(change, bench.ledger.hash), by_person=True)
    writer = Writer(bench.systems, bench.ledger, bench.planner(), "run", approved, threading.Event(), lambda *_: None)
    (result,) = writer.write([change], dict)
    return result


CREATE = Change("one", "a", "create", want("one", name="One"))


@pytest.mark.parametrize("error", [AuthError("may not"), Rejected("bad name"), Unavailable("down")])
def test_a_refusal_closes_its_own_intent_and_no_earlier_one(tmp_path: Path, error: IntegrationError) -> None:
    """Somebody who was let in while the answers got lost is looked for, although a later attempt was refused."""
    bench = counting(tmp_path, lambda _: error)
    assert not write(bench, CREATE).open
    assert not is_open(bench)
    bench.ledger.begin("killed", [CREATE])
    assert not write(bench, CREATE).open
    assert is_open(bench)
    bench.ledger.close()


def test_an_object_closes_all_that_was_open(bench: Bench) -> None:
    bench.ledger.begin("killed", [CREATE])
    assert write(bench, CREATE).status == "done"
    assert not is_open(bench)


def test_an_absence_is_proven_only_when_it_had_time_to_show(bench: Bench) -> None:
    bench.systems["a"] = system("a", bench.a, settle=600)
    bench.ledger.begin("killed", [CREATE])
    (change,) = bench.plan(CREATE.want).changes
    assert isinstance(change.error, Uncertain)
    assert is_open(bench)
    bench.systems["a"] = system("a", bench.a, settle=0)
    (change,) = bench.plan(CREATE.want).changes
    assert change.action == "create"
    assert not is_open(bench)


def test_a_later_intent_is_not_closed_by_an_older_look(bench: Bench) -> None:
    """A plan that is only shown holds no lock: another run may begin the very change while it looks."""
    bench.systems["a"] = system("a", bench.a, settle=0)
    bench.ledger.begin("killed", [CREATE])
    seen = bench.ledger.recall("a", "thing", {CREATE.key: (CREATE.key,)})[CREATE.key].open_since
    assert seen is not None
    time.sleep(0.01)
    bench.ledger.begin("writer", [CREATE])
    bench.ledger.absent([(CREATE.want, seen)])
    assert is_open(bench)


@pytest.mark.parametrize("error", [Unavailable("down"), AuthError("may not look")])
def test_a_look_that_fails_leaves_uncertain_what_was_uncertain(tmp_path: Path, error: IntegrationError) -> None:
    """What is written once does not go out without what the lost answer may have made."""
    bench = Bench(tmp_path)
    bench.a.put_errors.append((Uncertain("lost"), True))
    plan = bench.plan(want("page", name="Page"), ticket())
    bench.a.find_errors["deal:1/page"] = error
    applied = bench.apply(plan)
    assert isinstance(applied.results["page"].error, Uncertain)
    assert applied.results["ticket"].status == "blocked"
    assert bench.b.objects == {}
    # The next run can't look either: it knows no more than this one.
    assert [change.action for change in bench.plan(want("page", name="Page"), ticket()).changes] == ["blocked"] * 2
    del bench.a.find_errors["deal:1/page"]
    assert statuses(bench.run(want("page", name="Page"), ticket())) == {"page": "kept", "ticket": "done"}
    assert text_of(bench) == "see 1"
    bench.ledger.close()


def ticket() -> Any:
    """What is written once, with a link to the page where there is one."""

    def text(outcomes: Any) -> str:
        return f"see {outcomes['page']['id']}" if outcomes["page"]["exists"] else "no page"

    return want(
        "ticket", "b", name="T", later={"made_with": Later(frozenset(), frozenset({"page"}), "{% if … %}", text)}
    )


def text_of(bench: Bench) -> str | None:
    return bench.b.objects["1"][1].made_with


def statuses(applied: Applied) -> dict[str, str]:
    return {step: result.status for step, result in applied.results.items()}


def without_its_page(bench: Bench) -> None:
    """A ticket that was written while the page's system was down."""
    bench.a.find_errors["deal:1/page"] = Unavailable("down")
    assert statuses(bench.run(want("page", name="Page"), ticket()))["ticket"] == "done"
    assert text_of(bench) == "no page"
    del bench.a.find_errors["deal:1/page"]


def test_what_was_written_without_something_is_completed_when_that_exists(bench: Bench) -> None:
    without_its_page(bench)
    assert statuses(bench.run(want("page", name="Page"), ticket())) == {"page": "done", "ticket": "done"}
    assert text_of(bench) == "see 1"
    assert bench.plan(want("page", name="Page"), ticket()).is_empty


def test_what_a_person_has_touched_meanwhile_is_left_alone(bench: Bench) -> None:
    without_its_page(bench)
    mark, thing = bench.b.objects["1"]
    bench.b.objects["1"] = mark, thing.model_copy(update={"made_with": "by hand"})
    assert statuses(bench.run(want("page", name="Page"), ticket())) == {"page": "done", "ticket": "kept"}
    assert text_of(bench) == "by hand"


def test_what_lacks_nothing_is_not_written_again_for_another_reason(bench: Bench) -> None:
    """Written once means so: a ticket is its reader's from then on."""
    bench.run(want("page", name="Page"), ticket())
    other = ticket()
    other = dataclasses.replace(
        other, later={"made_with": dataclasses.replace(other.later["made_with"], value=lambda _: "other words")}
    )
    assert bench.plan(want("page", name="Page"), other).is_empty


def test_what_was_made_just_before_a_kill_is_completed_like_any_other(bench: Bench) -> None:
    """Nobody wrote down that it was done: how it was to be written stands beside its intent."""
    bench.a.find_errors["deal:1/page"] = Unavailable("down")
    bench.b.put_errors.append((Uncertain("killed"), True))
    bench.run(want("page", name="Page"), ticket())
    assert text_of(bench) == "no page"
    del bench.a.find_errors["deal:1/page"]
    bench.run(want("page", name="Page"), ticket())
    assert text_of(bench) == "see 1"
    assert bench.plan(want("page", name="Page"), ticket()).is_empty


def test_what_was_found_after_a_kill_is_completed_in_a_later_run(bench: Bench) -> None:
    bench.a.find_errors["deal:1/page"] = Unavailable("down")
    bench.b.put_errors.append((Uncertain("killed"), True))
    bench.run(want("page", name="Page"), ticket())
    assert statuses(bench.run(want("page", name="Page"), ticket()))["ticket"] == "kept"
    del bench.a.find_errors["deal:1/page"]
    bench.run(want("page", name="Page"), ticket())
    assert text_of(bench) == "see 1"
