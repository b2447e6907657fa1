"""Hooks over HTTP: what is refused, with which status, and that nothing of it is queued."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook

from cli.serve import listening
from integrations.core.hook import ID, Delivery, Hint, Refused, StandardSettings, standard
from integrations.jira.hook import hook as jira_hook
from integrations.jira.settings import HookSettings as JiraHookSettings
from integrations.metrics import Metrics
from integrations.odoo.hook import hook
from integrations.odoo.settings import HookSettings
from integrations.runs import Replayed
from integrations.web import Surface

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WON = {"type": "deal.won", "data": {"id": 42}}
VALUE = "hunter2"
TOKEN = "first"
LEAD = {"_model": "crm.lead", "_id": 42, "_action": "Won(#12)"}


class Queue:
    """A queue that keeps hints, or is away."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.is_away = False

    def announce(self, hint: Hint) -> None:
        if self.is_away:
            raise OSError(VALUE)
        if hint.message and hint.message in [known.message for known in self.hints]:
            raise Replayed
        self.hints.append(hint)

    def counts(self) -> dict[tuple[str, str], int]:
        if self.is_away:
            raise OSError(VALUE)
        return {("setup", "queued"): len(self.hints)}


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("first\n")
    return file


@pytest.fixture
def surface(queue: Queue, tokens: Path, monkeypatch: pytest.MonkeyPatch) -> Surface:
    monkeypatch.setenv("SHOP", SECRET)
    monkeypatch.delenv("NO_SHOP", raising=False)
    shop = StandardSettings.model_validate({"secrets": [{"env": "NO_SHOP"}, {"env": "SHOP"}], "types": ["deal.won"]})
    named = {"tokens": [{"file": tokens}, {"file": tokens.with_name("next")}]}
    rule = HookSettings.model_validate({**named, "actions": [12], "ourselves": 7})
    elsewhere = HookSettings.model_validate({**named, "senders": ["10.0.0.0/8"]})
    jira = JiraHookSettings.model_validate(named)
    hooks = {"jira": jira_hook(jira), "erp": hook(rule), "far": hook(elsewhere), "shop": standard(shop)}
    return Surface(hooks, queue.announce, queue.counts, Metrics(), largest=1000, most=30, is_ready=True)


@pytest.fixture
def url(surface: Surface) -> Iterator[str]:
    sock = socket.create_server(("127.0.0.1", 0))
    host, port = sock.getsockname()
    with listening(surface, sock):
        yield f"http://{host}:{port}"


def erp(url: str, document: Any = LEAD, *, token: str = TOKEN) -> int:
    return requests.post(f"{url}/hooks/erp/{token}", data=json.dumps(document), timeout=5).status_code


def shop(url: str, body: bytes = json.dumps(WON).encode(), *, minutes: float = 0, key: str = SECRET) -> int:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    headers = {
        "webhook-id": f"msg_{minutes}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(key).sign(f"msg_{minutes}", moment, body.decode("latin-1")),
    }
    return requests.post(f"{url}/hooks/shop", data=body, headers=headers, timeout=5).status_code


def test_a_token_is_changed_while_hooks_come_in(url: str, queue: Queue, tokens: Path) -> None:
    assert erp(url) == 202
    tokens.with_name("next").write_text("second")
    assert (erp(url), erp(url, token="second")) == (202, 202)
    tokens.write_text("")
    assert (erp(url), erp(url, token="second")) == (401, 202)
    assert [hint.deal for hint in queue.hints] == ["42"] * 4


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({**LEAD, "_model": "res.partner"}, 400),
        ({**LEAD, "_action": "Lost(#13)"}, 400),
        ({**LEAD, "_action": None}, 400),
        ({**LEAD, "_id": True}, 400),
        ({**LEAD, "_id": "eva@acme.example"}, 400),
        ({**LEAD, "_id": "4" * 70}, 400),
        ({**LEAD, "_id": [42]}, 400),
        ([LEAD], 400),
        ("deal", 400),
        ({**LEAD, "note": "x" * 2000}, 413),
        ({**LEAD, "write_uid": 7}, 202),
        ({**LEAD, "write_uid": [7, "closedwon"]}, 202),
    ],
)
def test_what_is_no_hint_of_a_deal_queues_nothing(url: str, queue: Queue, document: Any, status: int) -> None:
    """Nor does what our own account wrote."""
    assert erp(url, document) == status
    assert queue.hints == []


def test_a_signed_message_is_taken_once_and_only_within_its_five_minutes(url: str, queue: Queue) -> None:
    assert shop(url) == 202
    assert queue.hints == [Hint("42", "msg_0")]
    assert shop(url) == 409
    assert shop(url, minutes=-6) == 409
    assert shop(url, minutes=6) == 409
    assert shop(url, key="whsec_" + "A" * 32) == 401
    assert shop(url, b"no json", minutes=1) == 400
    assert shop(url, b'{"type": "deal.lost", "data": {"id": 43}}', minutes=2) == 202
    assert shop(url, b'{"type": "deal.won", "data": []}', minutes=3) == 400
    for signature in ("", "v1", "v1,x", "v1,ä", "v2,abc", "v1,AAAA v1,"):
        headers: dict[str, str | bytes | None] = {
            "webhook-id": "m",
            "webhook-timestamp": "1",
            "webhook-signature": signature.encode(),
        }
        assert requests.post(f"{url}/hooks/shop", json=WON, headers=headers, timeout=5).status_code in (401, 409)
    assert requests.post(f"{url}/hooks/shop", json=WON, timeout=5).status_code == 401
    assert len(queue.hints) == 1


@pytest.mark.parametrize(
    ("header", "body", "status"),
    [
        ("Bearer first", '{"deal": 42}', 202),
        ("bearer first", '{"deal": "42"}', 202),
        ("Bearer second", '{"deal": 42}', 401),
        ("Basic first", '{"deal": 42}', 401),
        ("", '{"deal": 42}', 401),
        ("Bearer first", '{"deal": ""}', 400),
        ("Bearer first", "deal=42", 400),
    ],
)
def test_a_rule_of_jira_proves_itself_by_a_bearer_token(
    url: str, queue: Queue, header: str, body: str, status: int
) -> None:
    answer = requests.post(f"{url}/hooks/jira", data=body, headers={"Authorization": header}, timeout=5)
    assert answer.status_code == status
    assert [hint.deal for hint in queue.hints] == (["42"] if status == 202 else [])


def test_a_sender_of_another_network_is_refused(url: str, queue: Queue) -> None:
    assert requests.post(f"{url}/hooks/far/first", json=LEAD, timeout=5).status_code == 401
    there = {"X-Forwarded-For": "10.1.2.3"}
    assert requests.post(f"{url}/hooks/far/first", json=LEAD, headers=there, timeout=5).status_code == 202
    assert len(queue.hints) == 1


def test_too_many_within_a_minute_are_refused(url: str, queue: Queue) -> None:
    statuses = [erp(url) for _ in range(31)]
    assert statuses == [202] * 30 + [429]
    assert len(queue.hints) == 30


def test_a_database_that_is_away_takes_nothing_and_is_not_ready(
    url: str, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.is_away = True
    assert erp(url) == 503
    assert shop(url) == 503
    for path, status in (("readyz", 503), ("metrics", 503), ("healthz", 200)):
        assert requests.get(f"{url}/{path}", timeout=5).status_code == status
    queue.is_away = False
    assert shop(url) == 202
    assert VALUE not in caplog.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*LEAD, *WON, "id"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON | st.fixed_dictionaries({**{name: st.just(value) for name, value in LEAD.items()}, "_id": JSON}))
def test_whatever_is_sent_gives_a_hint_of_a_deal_or_is_refused(surface: Surface, document: Any) -> None:
    body = json.dumps(document).encode()
    moment = dt.datetime.now(dt.UTC)
    signed = {
        "authorization": f"Bearer {TOKEN}",
        "webhook-id": "m",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m", moment, body.decode()),
    }
    for take in surface.hooks.values():
        with contextlib.suppress(Refused):
            hint = take(Delivery(body, TOKEN, signed, "10.0.0.1"))
            assert hint is None or ID.fullmatch(hint.deal)


@given(header=st.text(max_size=60), body=st.binary(max_size=60))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_proves_nothing_is_refused(surface: Surface, header: str, body: bytes) -> None:
    headers = {"authorization": header, "webhook-id": header, "webhook-timestamp": "1e9", "webhook-signature": header}
    for take in surface.hooks.values():
        with pytest.raises(Refused) as refused:
            take(Delivery(body, f"{header}x", headers, header))
        assert refused.value.status in (401, 409)


def test_secrets_are_named_at_most_two() -> None:
    with pytest.raises(ValidationError):
        HookSettings.model_validate({"tokens": [{"env": "A"}, {"env": "B"}, {"env": "C"}]})
    with pytest.raises(ValidationError):
        HookSettings.model_validate({"tokens": []})
