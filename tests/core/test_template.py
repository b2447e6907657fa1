"""Templates: what they may say, and that no value can become anything but text."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.core.document import Grid, Paragraph
from integrations.core.template import NotYet, StepView, Template, TemplateFault, document, is_supported


@pytest.mark.parametrize(
    "text",
    [
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ range(3) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ 'a' + 'b' }}",
        "{% set a = deal %}",
        "{{ 'x'|center(999999999) }}",
        "{{ 'x'.join(deal) }}",
        "{{ [deal, deal] }}",
        "{{ steps }}",
        "{{ steps.page }}",
        "{{ steps['page'].url }}",
        "{% for s in steps %}{% endfor %}",
        "{{ steps|length }}",
        "{{ unclosed",
        "{% if x %}",
    ],
)
def test_what_could_do_harm_or_hide_a_dependency_is_refused_on_sight(text):
    with pytest.raises(TemplateFault):
        Template(text)


@pytest.mark.parametrize("text", ["{{ deal.__class__ }}", "{{ deal.missing }}", "{{ nobody }}"])
def test_what_there_is_not_is_a_fault_and_not_empty(text):
    with pytest.raises(TemplateFault):
        Template(text).value({"deal": {"name": "x"}})


def test_an_attribute_of_nothing_is_nothing():
    assert Template("{{ deal.payer.name }}").value({"deal": {"payer": None}}) is None
    assert Template("by {{ deal.payer.name }}").value({"deal": {"payer": None}}) == "by "


def test_a_lone_expression_keeps_its_type():
    assert Template("{{ flag }}").value({"flag": False}) is False
    assert Template("{{ flag }}!").value({"flag": False}) == "False!"


def test_dependencies_can_be_read_off():
    template = Template("{% if steps.page.exists %}{{ steps.page.url }}{% endif %}{{ steps.ticket.id }}")
    assert template.references == {"page": {"exists", "url"}, "ticket": {"id"}}


def test_what_a_template_reads_of_the_deal_can_be_told_without_the_steps():
    template = Template(
        "{{ deal.title }} {{ deal.payer.name }} {{ systems.off.key }} {{ nobody.x }} {{ steps.page.id }}"
    )
    assert template.reads({"deal": {"title": "x", "payer": None}, "systems": {}}) == {
        "deal.title": "x",
        "deal.payer.name": None,
    }


def test_what_only_another_step_will_tell_is_not_yet_known():
    pending = StepView(exists=True, attributes={"id": "7"}, complete=False)
    assert Template("{{ steps.page.id }}").value({"steps": {"page": pending}}) == "7"
    with pytest.raises(NotYet):
        Template("{{ steps.page.url }}").value({"steps": {"page": pending}})


def test_output_is_bounded():
    loop = Template("{% for a in many %}{% for b in many %}{{ a }}{% endfor %}{% endfor %}")
    with pytest.raises(TemplateFault, match="more than"):
        loop.render({"many": ["x" * 100] * 1000})


@pytest.mark.parametrize("step", ["|replace('a', 'aaaaaaaaaa')", "|join('aaaaaaaaaa')"])
@pytest.mark.parametrize("text", ["{{ %s }}", "{{ %s }}!", "{% if %s %}x{% endif %}"])
def test_no_expression_grows_beyond_the_bound_on_its_way(step, text):
    """Doubled again and again, a text fills the memory before any of it is put out."""
    bomb = Template(text.replace("%s", "name" + step * 12))
    tracemalloc.start()
    with pytest.raises(TemplateFault):
        bomb.value({"name": "aa"})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 200_000_000


def test_filters_that_are_held_to_a_bound_do_what_they_did():
    context = {"name": "banana", "many": ["a", "b"]}
    assert Template("{{ name|replace('a', 'o') }}").value(context) == "bonono"
    assert Template("{{ name|replace('a', 'o', 1) }}").value(context) == "bonana"
    assert Template("{{ many|join(', ') }}").value(context) == "a, b"


def test_control_characters_do_not_pass():
    assert Template("{{ name }}").value({"name": "a\x1b[31m\u202eb"}) == "a[31mb"


NASTY = "**b** [l](https://x.example) <script> `c` | # h\n- item & \\* 😀 עברית"


def test_a_value_never_becomes_markdown():
    found = document(Template("Hello {{ name }} **and {{ name }}**"), {"name": NASTY})
    assert len(found.blocks) == 1
    spans = found.blocks[0].spans
    assert [(span.text, span.bold, span.href) for span in spans] == [
        ("Hello " + NASTY + " ", False, None),
        ("and " + NASTY, True, None),
    ]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_any_value_comes_out_of_markdown_as_it_went_in(value):
    expected = Template("{{ v }}").render({"v": value})
    found = document(Template("x{{ v }}y"), {"v": value})
    assert [block.spans[0].text for block in found.blocks if isinstance(block, Paragraph)] == [f"x{expected}y"]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"])))
def test_a_value_stays_in_its_cell(value):
    expected = Template("{{ v }}").render({"v": value})
    found = document(Template("| a | b |\n|---|---|\n| {{ v }} | z |\n"), {"v": value})
    grid = found.blocks[0]
    assert isinstance(grid, Grid)
    assert ["".join(span.text for span in cell) for cell in grid.rows[0]] == [expected, "z"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.example/x?y=1&z=%20", True),
        ("mailto:a@b.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//evil.example", False),
        ("http://[bad", False),
    ],
)
def test_a_link_goes_only_where_links_may_go(address, kept):
    found = document(Template("[here]({{ url }})"), {"url": address})
    assert found.blocks[0].spans[0].href == (address if kept else None)


def test_a_link_without_an_address_is_text():
    found = document(Template("[here]({{ url }})"), {"url": None})
    assert [(span.text, span.href) for span in found.blocks[0].spans] == [("here", None)]


@pytest.mark.parametrize("text", ["![x](y)", "`code`", "- a\n  - b", "> quote", "```\ncode\n```", "*slanted*", "---"])
def test_markdown_beyond_what_is_supported_is_a_fault(text):
    assert is_supported(Template(text)) is not None


def test_supported_markdown_is_none():
    assert is_supported(Template("# a\n\nb **c** [d](https://e.example)\n\n1. f\n\n- g\n\n| h |\n|---|\n| i |")) is None
