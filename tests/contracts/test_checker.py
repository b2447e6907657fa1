"""The checker as other tests use it: what it collects, what it tells, and the table at the end."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.sandbox.server import Exchange
from tests.contracts import documents
from tests.contracts.checker import CHECKED, CONTRACTS, Checker
from tests.contracts.driver import Driver
from tests.contracts.exchanges import CREDENTIALS, anonymous, answered, asked, exchange, numbered, sent, told
from tests.contracts.report import table
from tests.contracts.test_jira import CREATE, ORGANIZATION, PROJECTS, SEARCH
from tests.contracts.verdict import Verdict
from tests.contracts.vshn_portal import LISTING

WRITE = exchange("erp", "POST /json/2/res.partner/write", {"ids": [1], "vals": {}}, answer=True)
CALL = exchange(
    "erp",
    "POST /jsonrpc",
    {"params": {"service": "object", "method": "execute_kw", "args": ["db", 2, "key", "crm.lead", "read", [[42]]]}},
    answer={"jsonrpc": "2.0", "result": []},
)
UNKNOWN = exchange("jira", "GET /rest/api/3/nothing/here")


@pytest.mark.usefixtures("contract_documents")
def test_a_problem_names_system_operation_path_and_fault() -> None:
    (problem,) = Checker().check(exchange("jira", "GET /rest/api/3/project/search?kes=A", answer={"values": []}))
    assert str(problem).splitlines() == [
        "jira: GET /rest/api/3/project/search",
        "    GET /rest/api/3/project/search?kes=A",
        "    request: unknown query parameter 'kes'",
    ]


@pytest.mark.usefixtures("contract_documents")
def test_a_problem_never_shows_credentials() -> None:
    for wrong in (UNKNOWN, exchange("portal", "GET /other", answer=b"")):
        credential = next(iter(CREDENTIALS[wrong.system].values()))
        assert told(wrong)
        assert credential not in "".join(str(problem) for problem in Checker().check(wrong))


@pytest.mark.usefixtures("contract_documents")
def test_equal_problems_of_one_operation_are_told_once() -> None:
    checker = Checker()
    for _ in range(3):
        checker(anonymous(PROJECTS))
    checker(anonymous(ORGANIZATION))
    assert len(checker.problems()) == 2
    assert checker.problems() == []


@pytest.mark.usefixtures("contract_documents")
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(asked(SEARCH, "kes=A"), id="query"),
        pytest.param(sent(SEARCH, {"jql": 1}), id="body"),
        pytest.param(answered(SEARCH, 418), id="status"),
        pytest.param(answered(SEARCH, 200, {"issues": 1}), id="answer"),
        pytest.param(dataclasses.replace(SEARCH, headers={**SEARCH.headers, "content-type": "a/b"}), id="header"),
        pytest.param(dataclasses.replace(SEARCH, answer_headers={"content-type": "a/b"}), id="header of the answer"),
    ],
)
def test_what_was_said_of_one_exchange_is_not_said_of_an_unequal_one(wrong: Exchange) -> None:
    """Equal ones are judged once."""
    assert told(SEARCH) == []
    first = told(wrong)
    assert first
    assert told(SEARCH) == []
    assert told(wrong) == first


def test_collecting_judges_nothing_until_asked() -> None:
    class Refusing:
        def judge(self, _exchange: object) -> None:
            raise AssertionError

    checker = Checker({"jira": Refusing()})  # type: ignore[dict-item]
    checker(CREATE)
    assert not checker.coverage


def test_a_checker_that_left_hears_nothing_more(drive: Callable[[str], Driver]) -> None:
    """Else every test's checker would go on collecting from a sandbox that many tests share."""
    jira = drive("jira")
    jira.call("GET /rest/api/3/nothing", wanted=404)
    assert len(jira.told()) == 1
    jira.close()
    jira.call("GET /rest/api/3/nothing", wanted=404)
    assert jira.told() == []


def test_each_system_of_the_design_has_a_contract() -> None:
    assert set(CONTRACTS) == {"erp", "jira", "panel", "portal", "wiki"}


@pytest.mark.usefixtures("contract_documents")
def test_the_table_says_of_every_operation_whether_it_was_checked() -> None:
    checker = Checker()
    for seen in (CREATE, SEARCH, SEARCH, WRITE, CALL, UNKNOWN):
        checker.check(seen)
    lines = table(checker.coverage)
    assert [line.split()[0] for line in lines[:-1]] == ["erp", "erp", "jira", "jira", "jira"]
    assert "crm.lead.read" in lines[0]
    assert "res.partner.write" in lines[1]
    assert all("Odoo publishes no document" in line for line in lines[:2])
    assert lines[4].split()[1:] == ["2", "x", "POST", "/rest/api/3/search/jql", CHECKED]
    assert lines[-1].startswith("2 of 5 operations checked")


def test_an_unknown_system_is_in_the_table_as_unchecked() -> None:
    checker = Checker(contracts={})
    assert checker.check(CREATE) == []
    assert list(checker.coverage) == [("jira", "POST /rest/api/3/issue", "no contract is known for this system")]


def test_without_the_documents_nothing_is_checked_and_the_table_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(documents.VARIABLE, str(tmp_path))
    checker = Checker()
    assert checker.check(anonymous(CREATE)) == []
    assert [state for _, _, state in checker.coverage] == [documents.absence()]
    assert f"set ${documents.VARIABLE}" in table(checker.coverage)[0]


def test_one_absent_document_leaves_the_other_checks(tmp_path: Path) -> None:
    class Reading:
        def judge(self, _exchange: object) -> Verdict:
            return Verdict((tmp_path / "jira.json").read_text())

    checker = Checker({"jira": Reading(), "portal": CONTRACTS["portal"]})
    for seen in (CREATE, exchange("portal", "POST /", status=405)):
        checker(seen)
    assert {problem.system for problem in checker.problems()} == {"portal"}
    states = {system: state for system, _, state in checker.coverage}
    assert states["portal"] == CHECKED
    assert states["jira"] in ("the vendor's document is absent: jira.json", documents.absence())


def test_the_folder_is_the_one_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(documents.VARIABLE, str(tmp_path))
    assert documents.folder() == tmp_path
    monkeypatch.delenv(documents.VARIABLE)
    assert documents.folder() == documents.PROJECT.parent / "shared" / "contracts"


@pytest.mark.usefixtures("contract_documents")
def test_a_thousand_exchanges_are_judged_within_seconds() -> None:
    checker = Checker()
    for number in range(250):
        for seen in (CREATE, SEARCH, PROJECTS, ORGANIZATION):
            checker(numbered(seen, number))  # of equal ones only the first would be judged
    begun = time.process_time()
    assert checker.problems() == []
    assert time.process_time() - begun < 10


WRONG_TEST = """
from tests.contracts.driver import Driver
from tests.contracts.exchanges import anonymous
from tests.contracts.test_vshn_portal import LISTING

def test_a_wrong_one(contract_checker):
    contract_checker(anonymous(LISTING))

def test_a_right_one(contract_checker):
    contract_checker(LISTING)
"""


@pytest.mark.usefixtures("contract_documents")
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "a worker"])
def test_the_fixture_fails_a_test_for_what_went_over_the_wire(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    """The table counts both, also where a worker of pytest-xdist saw them."""
    pytester.makepyfile(WRONG_TEST)
    monkeypatch.setenv("PYTHONPATH", str(documents.PROJECT))
    result = pytester.runpytest_subprocess("-p", "tests.contracts.report", *workers)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*1 against the vendors' contracts:*", "*carries no credentials*"])
    result.stdout.fnmatch_lines([f"portal  2 x  GET {LISTING}  checked", "1 of 1 operations checked*"])


def test_a_test_that_needs_the_documents_skips_and_says_so(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(documents.VARIABLE, str(pytester.path / "nowhere"))
    pytester.makepyfile("def test_one(contract_documents): raise AssertionError")
    monkeypatch.setenv("PYTHONPATH", str(documents.PROJECT))
    result = pytester.runpytest_subprocess("-p", "tests.contracts.report", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"*contract documents are absent: set ${documents.VARIABLE}*"])
