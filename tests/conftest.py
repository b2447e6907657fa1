"""What every test can use."""

import pytest

pytest_plugins = ("pytester", "tests.temporary", "tests.contracts.report", "tests.leftovers", "tests.postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options have to be known before the folders that use them are read."""
    parser.addoption(
        "--every-boundary",
        action="store_true",
        help="tests/crash: every playbook, killed at every request, with and without its ledger; "
        "contact sync, invoice checks, whose an object is: many more examples of their state machines; "
        "tests/conformance: every store put to every fault, lost answer and text",
    )
