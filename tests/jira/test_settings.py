from __future__ import annotations

import pytest
from pydantic import ValidationError

from integrations.jira import Settings

GIVEN = {
    "adapter": "jira",
    "url": "https://acme.example/",
    "account": "closedwon@acme.example",
    "token": {"env": "JIRA_TOKEN"},
    "service_desk": "1",
}


def test_what_is_not_said_has_a_sane_default() -> None:
    settings = Settings.model_validate(GIVEN)
    assert settings.base == "https://acme.example"
    assert (settings.rate, settings.issue_type, settings.register_project) == (40, "Task", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_desk": "SUP"},
        {"account": "closedwon"},
        {"projects": {"technical": "ops"}},
        {"register_project": "TOO-LONG-A-KEY"},
        {"token": "sandbox-token"},
        {"tokn": {"env": "JIRA_TOKEN"}},
        {"project_type": "buisness"},
    ],
)
def test_a_mistake_is_refused_without_showing_the_value(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate({**GIVEN, **wrong})
    (fault,) = raised.value.errors(include_input=False)
    assert fault["loc"][0] in wrong
    assert "sandbox-token" not in str(raised.value)
