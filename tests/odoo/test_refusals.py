from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import responses

from integrations.core.errors import AuthError, IntegrationError, Rejected, Unavailable, Uncertain
from integrations.core.http import HttpContext
from integrations.odoo import Settings
from integrations.odoo.connection import BadValue, Connection, Missing

KEY = "key-that-is-secret"
DEBUG = "Traceback (most recent call last): password=hunter2"
URL = "https://odoo.example"


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("ODOO_KEY", KEY)
    settings = Settings.model_validate(
        {
            "adapter": "odoo",
            "url": URL,
            "database": "acme",
            "account": "closedwon@acme.example",
            "key": {"env": "ODOO_KEY"},
            "patience": 0,
        }
    )
    return Connection("erp", settings, HttpContext(tmp_path))


def newest(major: Any = 19) -> None:
    responses.get(f"{URL}/web/version", json={"version_info": [major, 0, 0, "final", 0, ""], "version": str(major)})


def older(login: Any = 7) -> None:
    responses.get(f"{URL}/web/version", status=404, body="<html>")
    responses.post(
        f"{URL}/web/webclient/version_info", json={"result": {"server_version_info": [17, 0, 0, "final", 0, ""]}}
    )
    responses.post(f"{URL}/jsonrpc", json={"jsonrpc": "2.0", "id": 1, "result": login})


def failure(name: str, message: str = "said so") -> dict[str, Any]:
    return {"name": name, "message": message, "arguments": [message], "context": {}, "debug": DEBUG}


CASES = [
    (401, "werkzeug.exceptions.Unauthorized", AuthError),
    (403, "odoo.exceptions.AccessError", AuthError),
    (404, "odoo.exceptions.MissingError", Missing),
    (404, "werkzeug.exceptions.NotFound", Rejected),
    (422, "odoo.exceptions.ValidationError", Rejected),
    (422, "odoo.exceptions.UserError", Rejected),
    (500, "odoo.exceptions.RedirectWarning", Rejected),
    (500, "builtins.ValueError", BadValue),
    (500, "builtins.KeyError", Rejected),
    (500, "psycopg2.errors.SerializationFailure", Uncertain),
]


@responses.activate
@pytest.mark.parametrize(("status", "name", "error"), CASES)
def test_an_exception_is_told_by_its_name_over_json2(
    connection: Connection, status: int, name: str, error: type[IntegrationError]
) -> None:
    newest()
    responses.post(f"{URL}/json/2/res.partner/write", status=status, json=failure(name))
    with pytest.raises(error) as raised:
        connection.call("res.partner", "write", [1], what="complete the company 1", writes=True, vals={})
    assert type(raised.value) is error
    assert_nothing_leaks(raised.value)


RPC_CASES = [
    ("odoo.exceptions.AccessDenied", AuthError),
    *((name, error) for _, name, error in CASES[1:]),
    ("psycopg2.OperationalError", Uncertain),
    ("builtins.AttributeError", Rejected),
]


@responses.activate
@pytest.mark.parametrize(("name", "error"), RPC_CASES)
def test_the_same_over_json_rpc_where_every_answer_says_200(
    connection: Connection, name: str, error: type[IntegrationError]
) -> None:
    older()
    responses.post(
        f"{URL}/jsonrpc",
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "error": {"code": 200, "message": "Odoo Server Error", "data": failure(name)},
        },
    )
    with pytest.raises(error) as raised:
        connection.call("res.partner", "write", [1], what="complete the company 1", writes=True, vals={})
    assert type(raised.value) is error
    assert_nothing_leaks(raised.value)


def assert_nothing_leaks(error: IntegrationError) -> None:
    """Neither our key nor the vendor's traceback; but what was tried, and what to do."""
    text = f"{error} {error.next} {error.who} {error!r}"
    assert KEY not in text
    assert "Traceback" not in text
    assert "hunter2" not in text
    assert "complete the company 1" in error.message
    assert error.system == "erp"


@responses.activate
def test_no_such_database_is_told_over_both_transports(connection: Connection) -> None:
    """Without the host, port and user that the database's own message has."""
    newest()
    responses.post(f"{URL}/json/2/res.partner/read", status=404, body="<html>No database is selected</html>")
    with pytest.raises(Rejected, match="no such database") as raised:
        connection.call("res.partner", "read", [1], what="read it")
    assert raised.value.field == "database"
    error = connection.refusals.of_exception(
        failure("psycopg2.OperationalError", 'server at "10.0.0.1" failed: database "acme" does not exist'), "read it"
    )
    assert "10.0.0.1" not in error.message
    assert "no such database" in error.message


@responses.activate
def test_a_login_that_answers_false_is_a_wrong_key(connection: Connection) -> None:
    older(login=False)
    with pytest.raises(AuthError, match=r"key of closedwon@acme\.example is not accepted"):
        connection.call("res.partner", "read", [1], what="read it")


@responses.activate
def test_an_answer_without_a_result_is_none_of_odoos(connection: Connection) -> None:
    """JSON-RPC leaves the result out for a method that returns nothing, which none that we call does."""
    older()
    responses.post(f"{URL}/jsonrpc", json={"jsonrpc": "2.0", "id": 1})
    with pytest.raises(Uncertain, match="something else than Odoo answered"):
        connection.call("res.partner", "write", [1], what="close it", writes=True, vals={})
    with pytest.raises(Rejected, match="something else than Odoo answered"):
        connection.call("res.partner", "read", [1], what="read it")


@responses.activate
@pytest.mark.parametrize("major", [19, "saas~19"])
def test_the_key_goes_into_a_header_and_only_where_it_belongs(connection: Connection, major: Any) -> None:
    newest(major)
    responses.post(f"{URL}/json/2/res.partner/read", json=[])
    connection.call("res.partner", "read", [1], what="read it", fields=["name"])
    version, read = responses.calls
    assert "Authorization" not in version.request.headers
    assert read.request.headers["Authorization"] == f"bearer {KEY}"
    assert read.request.headers["X-Odoo-Database"] == "acme"
    assert json.loads(read.request.body or "") == {"fields": ["name"], "ids": [1]}


@responses.activate
def test_the_server_is_asked_for_its_version_once(connection: Connection) -> None:
    newest()
    responses.post(f"{URL}/json/2/res.partner/read", json=[])
    for _ in range(3):
        connection.call("res.partner", "read", [1], what="read it")
    assert [call.request.method for call in responses.calls] == ["GET", "POST", "POST", "POST"]


@responses.activate
def test_html_instead_of_an_answer_is_no_success(connection: Connection) -> None:
    """Asked again is safe for a read; after a write nobody knows."""
    newest()
    responses.post(f"{URL}/json/2/res.partner/read", body="<html>maintenance</html>")
    responses.post(f"{URL}/json/2/res.partner/write", body="<html>maintenance</html>")
    with pytest.raises(Rejected):
        connection.call("res.partner", "read", [1], what="read it")
    with pytest.raises(Uncertain):
        connection.call("res.partner", "write", [1], what="write it", writes=True, vals={})


@responses.activate
def test_a_server_that_asks_to_wait_did_nothing(connection: Connection) -> None:
    newest()
    responses.post(f"{URL}/json/2/res.partner/write", status=429, headers={"Retry-After": "7"})
    with pytest.raises(Unavailable) as raised:
        connection.call("res.partner", "write", [1], what="write it", writes=True, vals={})
    assert not isinstance(raised.value, Uncertain)
    assert raised.value.retry_after == 7


@responses.activate
def test_without_a_database_json_rpc_says_what_to_enter(connection: Connection) -> None:
    older()
    bare = Connection(
        "erp", connection.settings.model_copy(update={"database": None}), HttpContext(Path("/nonexistent"))
    )
    bare.http = connection.http
    with pytest.raises(Rejected, match="no such database"):
        bare.call("res.partner", "read", [1], what="read it")
