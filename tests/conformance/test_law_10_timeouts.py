"""Law 10: every request has a time-out."""

from __future__ import annotations

import requests.adapters

from tests.conformance.laws import law


@law("time-outs")
def test_every_request_has_a_time_out(bench, case, monkeypatch):
    heard = []
    send = requests.adapters.HTTPAdapter.send

    def listening(adapter, request, stream=False, timeout=None, **options):
        if f"/{case.system}/" in str(request.url):
            heard.append(timeout)
        return send(adapter, request, stream=stream, timeout=timeout, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", listening)
    side = bench.side(timeout=7.0)
    side.system.check(frozenset({case.kind}))
    side.run(case.want(1))
    if "updates" not in case.exempt:
        side.run(case.update.change(case.want(1)))
    assert len(heard) == len(side.sent)
    assert set(heard) == {(5.0, 7.0)}
