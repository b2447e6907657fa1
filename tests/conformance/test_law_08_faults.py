"""Law 8: each status and each transport fault becomes the right error, and no error tells a secret."""

from __future__ import annotations

import base64
import logging
import socket

import pytest

from integrations.core.errors import (
    AuthError,
    Conflict,
    IntegrationError,
    Rejected,
    Unavailable,
    Uncertain,
)
from integrations.sandbox.pretend import ACCOUNT, TOKEN
from tests.conformance.cases import CASES
from tests.conformance.laws import applies, in_turn, law, sampled
from tests.conformance.state import differences

REFUSED = (AuthError, Rejected)
STATUSES = {
    401: AuthError,
    403: AuthError,
    404: REFUSED,
    409: Conflict,
    422: Rejected,
    429: Unavailable,
    500: Unavailable,
    502: Unavailable,
    503: Unavailable,
}
TRANSPORT = ("drop_before", "drop_after", "hang_before", "hang_after")
SECRETS = (TOKEN, base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode())


def crossed(law_name, *faults):
    return pytest.mark.parametrize(
        ("case", "fault"),
        [
            pytest.param(case, fault, id=f"{case.name}-{fault}", marks=in_turn(case, place))
            for case in CASES
            if applies(law_name, case)
            for place, fault in sampled(case, enumerate(faults))
        ],
    )


def hasty(bench, **settings):
    side = bench.side(patience=0.0, **settings)
    side.patient = False
    return side


def tell_no_secret(side, error, caplog):
    texts = [str(error), repr(error), str(vars(error)), error.next, error.who, repr(side.system), repr(side.settings)]
    texts += [repr(side.store), repr(side.system.http), caplog.text, *map(repr, side.sent), *side.waits]
    for secret in SECRETS:
        assert not [text for text in texts if secret in text]


def check(error, expected, side, caplog):
    assert isinstance(error, expected), error
    assert error.system == side.case.system
    assert error.message
    tell_no_secret(side, error, caplog)


@crossed("faults of reads", *STATUSES)
def test_a_refused_first_read_is_the_right_error_and_nothing_is_made(bench, case, fault, caplog):
    caplog.set_level(logging.DEBUG)
    before = bench.state()
    bench.fault("status", status=fault, writes=False, retry_after=60 if fault == 429 else None)
    side = hasty(bench)
    (change,) = side.plan(case.want(1)).changes
    expected = case.read_faults.get(fault, STATUSES[fault])
    if expected is None:
        assert change.error is None
    else:
        check(change.error, expected, side, caplog)
        assert change.action in ("blocked", "choose")
        assert differences(before, bench.state()) == set()


@crossed("faults of reads", *TRANSPORT)
def test_a_lost_first_read_is_unavailable_and_nothing_is_made(bench, case, fault, caplog):
    caplog.set_level(logging.DEBUG)
    bench.fault(fault, writes=False)
    side = hasty(bench, timeout=0.3 if fault.startswith("hang") else 10)
    (change,) = side.plan(case.want(1)).changes
    check(change.error, Unavailable, side, caplog)
    assert not isinstance(change.error, Uncertain)
    assert change.action == "blocked"


@crossed("faults of writes", *STATUSES)
def test_a_refused_first_write_is_the_right_error(bench, case, fault, caplog):
    caplog.set_level(logging.DEBUG)
    side = hasty(bench)
    plan = side.plan(case.want(1))
    bench.fault("status", status=fault, writes=True, times=20, retry_after=60 if fault == 429 else None)
    (result,) = side.apply(plan).results.values()
    check(result.error, case.write_faults.get(fault, STATUSES[fault]), side, caplog)
    assert result.status == "waiting"
    assert case.marked(bench.state(), case.want(1).key) == []


@crossed("faults of writes", *TRANSPORT)
def test_a_lost_first_write_is_tried_later_and_made_once(bench, case, fault, caplog):
    caplog.set_level(logging.DEBUG)
    side = hasty(bench, timeout=0.3 if fault.startswith("hang") else 10)
    plan = side.plan(case.want(1))
    bench.fault(fault, writes=True)
    (result,) = side.apply(plan).results.values()
    check(result.error, Unavailable, side, caplog)
    bench.established(case.want(1))
    state = bench.state()
    assert len(case.marked(state, case.want(1).key)) == 1
    assert state["duplicates"] == []


@law("faults of reads")
def test_an_address_where_nobody_listens_is_unavailable(bench, case, caplog):
    caplog.set_level(logging.DEBUG)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        side = hasty(bench, url=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        (change,) = side.plan(case.want(1)).changes
    check(change.error, Unavailable, side, caplog)
    assert not isinstance(change.error, Uncertain)


@law("faults of writes")
def test_a_system_that_went_away_before_the_first_write_is_unavailable(bench, case, caplog):
    caplog.set_level(logging.DEBUG)
    side = hasty(bench)
    plan = side.plan(case.want(1))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        side.system.http.url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        (result,) = side.apply(plan).results.values()
    check(result.error, Unavailable, side, caplog)
    assert not isinstance(result.error, Uncertain)


@law("faults of reads")
@pytest.mark.parametrize("fault", [429, 503])
def test_a_short_wait_that_the_system_asks_for_is_waited(bench, case, fault):
    bench.fault("status", status=fault, retry_after=0.05)
    side = bench.side()
    (change,) = side.plan(case.want(1)).changes
    assert change.error is None
    assert side.waits


@law("faults of reads")
def test_a_long_wait_that_the_system_asks_for_is_told(bench, case):
    bench.fault("status", status=429, writes=False, retry_after=60)
    (change,) = hasty(bench).plan(case.want(1)).changes
    assert isinstance(change.error, Unavailable)
    assert 59 < change.error.retry_after <= 60


@law("faults of reads")
def test_a_wrong_token_is_an_auth_error_that_does_not_tell_it(bench, case, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    wrong = "not-the-token-5fd1"
    monkeypatch.setenv("CLOSEDWON_CONFORMANCE_TOKEN", wrong)
    side = hasty(bench)
    (change,) = side.plan(case.want(1)).changes
    check(change.error, AuthError, side, caplog)
    assert wrong not in repr(change.error) + str(vars(change.error)) + caplog.text + repr(side.settings)


@pytest.mark.parametrize(
    ("case", "right"),
    [
        pytest.param(case, right, id=f"{case.name}-{right}")
        for case in CASES
        for right in case.forbidding
        if applies("forbidding", case)
    ],
)
def test_a_missing_right_to_write_is_told_to_who_can_grant_it_and_nothing_is_made(bench, case, right, caplog):
    before = bench.state()
    bench.forbid(right)
    side = hasty(bench)
    (result,) = side.run(case.want(1))
    assert isinstance(result.error, (AuthError, Rejected)), result.error
    assert isinstance(result.error, IntegrationError)
    assert result.error.who
    assert result.error.next
    tell_no_secret(side, result.error, caplog)
    assert case.marked(bench.state(), case.want(1).key) == []
    assert before["duplicates"] == bench.state()["duplicates"] == []
