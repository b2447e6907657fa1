"""Playbooks and templates: every fault at once, with file, step and field; a company's own come before ours."""

from __future__ import annotations

import pytest

from tests.cli.place import CUSTOMER, Place

TICKET = (
    CUSTOMER + '[ticket]\nresource = "jira.ticket"\nper = "deal"\nproject = "OPS"\nsummary = "Ours: {{ deal.title }}"\n'
)


def faults(place: Place) -> str:
    """What `setup` says of faults, in one line; it ends before anything is contacted."""
    ended = place.setup("42", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert place.requests() == []
    return ended.said


@pytest.mark.parametrize(
    ("lines", "place_of_it", "message"),
    [
        ('resource = "gitlab.project"', "[extra] resource", "there is no system [gitlab] in the settings"),
        ('resource = "jira.board"', "[extra] resource", "jira has no board; it has: organization, project, ticket"),
        ("resource = 5", "[extra] resource", 'is not "SYSTEM.KIND"'),
        ("", "[extra] resource", "is missing"),
        ('resource = "jira.organization"\nnmae = "x"', "[extra] nmae", "there is no such field; there are: name"),
        ('resource = "jira.organization"\nname = "{{ customer.name"', "[extra] name", "line 1: unexpected end"),
        ('resource = "jira.organization"\nname = "{{ customer.nmae }}"', "[extra] name", "customer has no nmae"),
        ('resource = "jira.organization"\nname = "{{ client.name }}"', "[extra] name", "there is no client"),
        (
            'resource = "jira.organization"\nname = "{{ systems.jira.nope }}"',
            "[extra] name",
            "the settings have no jira.nope",
        ),
        ('resource = "jira.organization"\nname = "{{ deal.title * 9 }}"', "[extra] name", "* is not allowed"),
        ('resource = "jira.organization"\nname = "{{ steps }}"', "[extra] name", "stands only in steps.STEP.ATTRIBUTE"),
        (
            'resource = "jira.ticket"\nproject = "{{ steps.extra.id }}"\nsummary = "x"',
            "[extra] project",
            "there is no step extra above this one",
        ),
        (
            'resource = "jira.ticket"\nproject = "{{ steps.ticket.colour }}"\nsummary = "x"',
            "[extra] project",
            "steps.ticket has no colour",
        ),
        ('resource = "jira.ticket"\nafter = ["later"]', "[extra] after", "does not stand above this one"),
        ('resource = "jira.ticket"\nper = "month"', "[extra] per", 'is neither "customer" nor "deal"'),
        ('resource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\nlabels = 5', "[extra] labels", "valid"),
        (
            'resource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\ndescription = { template = "none.md" }',
            "[extra] description",
            "none.md: there is no such template file",
        ),
        (
            'resource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\ndescription = { template = "../secret.md" }',
            "[extra] description",
            "there is no such template file",
        ),
        (
            'resource = "jira.ticket"\nproject = "OPS"\nsummary = "x"\ndescription = "> quoted"',
            "[extra] description",
            "Markdown that is not supported",
        ),
        ('resource = "jira.ticket"\nstatus = "Done"', "[extra] status", "is given by the system and can't be set"),
        (
            'resource = "wiki.section"\npage_title = "{{ steps.ticket.id }}"\nheading = "x"\nbody = "x"',
            "[extra] page_title",
            "can't depend on another step",
        ),
    ],
)
def test_a_fault_is_told_with_file_step_and_field(place: Place, lines: str, place_of_it: str, message: str) -> None:
    path = place.write("playbooks/extra.toml", f"{TICKET}\n[extra]\n{lines}\n")
    problems = faults(place)
    assert f"{path}: {place_of_it} " in problems
    assert message in problems


def test_faults_of_all_playbooks_and_templates_are_told_at_once(place: Place) -> None:
    place.write("playbooks/one.toml", '[a]\nresource = "gitlab.x"\n\n[b]\nresource = "jira.x"\n')
    place.write("playbooks/two.toml", "[a\n")
    place.write("playbooks/three.toml", "\n")
    place.write("templates/page.md", "line one\n{{ customer.nmae }}\n")
    problems = faults(place)
    for fault in (
        "one.toml: [a] resource there is no system [gitlab]",
        "one.toml: [b] resource jira has no x",
        "two.toml is not TOML",
        "three.toml has no steps",
        "playbooks/service.toml: [page] body page.md: line 2: customer has no nmae",
        "playbooks/project.toml: [page] body page.md: line 2: customer has no nmae",
    ):
        assert fault in problems


@pytest.mark.parametrize("name", ["playbooks/extra.toml", "templates/page.md"])
def test_a_file_that_is_no_text_is_a_fault(place: Place, name: str) -> None:
    place.write(name, "").write_bytes(b"\xff\xfe\x00")
    assert f"{name.rpartition('/')[2]} is not text in UTF-8" in faults(place)


def test_a_companys_own_playbook_comes_before_ours_of_the_same_name(place: Place) -> None:
    place.write("playbooks/service.toml", TICKET)
    document = place.set_up("42", "--yes")
    assert [step["step"] for step in document["steps"]] == ["customer", "ticket"]
    assert document["playbook"] == "service"
    assert place.set_up("43", "-n")["playbook"] == "consulting"


def test_a_companys_own_template_comes_before_ours_of_the_same_name(place: Place) -> None:
    place.write("templates/ticket-service.md", "Only this: **{{ deal.title }}**\n")
    place.setup("42", "--yes")
    issues = place.state()["jira"]["issue"]
    assert [issue for issue in issues if "Only this: " in str(issue)]


def test_a_new_playbook_is_chosen_by_the_engagement_that_maps_to_it_or_by_name(place: Place) -> None:
    place.write("playbooks/hosting.toml", TICKET)
    assert place.set_up("42", "-n", "--playbook", "hosting")["playbook"] == "hosting"
    place.edit('Service = "service"', 'Service = "hosting"')
    assert place.set_up("42", "-n")["playbook"] == "hosting"


def test_what_another_step_exists_for_may_be_asked_of_a_system_that_is_switched_off(place: Place) -> None:
    head, _, _ = place.settings.read_text(encoding="utf-8").partition("[wiki]")
    place.settings.write_text(f'{head}[wiki]\nadapter = "none"\n', encoding="utf-8")
    assert place.set_up("42", "-n")["outcome"] == "planned"
    place.requests()
    place.write(
        "playbooks/service.toml",
        '[page]\nresource = "wiki.section"\n\n[ticket]\nresource = "jira.ticket"\nproject = "OPS"\n'
        'summary = "{{ steps.page.url }}"\n',
    )
    assert "needs the step page, whose system is switched off; ask steps.page.exists" in faults(place)


def test_a_playbook_without_a_customer_is_refused_where_a_system_keeps_customers(place: Place) -> None:
    """Nobody would know whose its objects are; where the deal's file says it, there is nothing to ask."""
    place.write("playbooks/service.toml", TICKET.removeprefix(CUSTOMER))
    assert 'playbooks/service.toml has no step for the customer: resource = "erp.customer"' in faults(place)


def test_faults_of_the_settings_and_of_the_playbooks_are_told_at_once(place: Place) -> None:
    place.edit('service_desk = "1"', 'servce_desk = "1"')
    place.write("playbooks/service.toml", '[extra]\nresource = "gitlab.project"\n')
    problems = faults(place)
    assert "[jira] servce_desk there is no such key" in problems
    assert "playbooks/service.toml: [extra] resource there is no system [gitlab]" in problems
    assert "there is no system [jira]" not in problems
