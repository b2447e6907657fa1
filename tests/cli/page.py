"""A page as a browser takes it: its elements, its text, and its charts with their lengths and amounts."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input", "hr"}


@dataclasses.dataclass
class Element:
    """An element with its attributes and all text inside it."""

    tag: str
    attributes: dict[str, str]
    above: tuple[str, ...]
    text: str = ""
    inside: list[Element] = dataclasses.field(default_factory=list)

    def all(self, tag: str, css: str = "") -> list[Element]:
        """The elements of this kind in it, of a class where one is named."""
        return [
            element
            for element in self.inside
            if element.tag == tag and (not css or css in element.attributes.get("class", "").split())
        ]


class Page(HTMLParser):
    """Reads a page; fails where tags do not fit together."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, ())
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert [element.tag for element in self._open] == [""], "elements that are not closed"

    def handle_starttag(self, tag, attrs):
        element = self._made(tag, attrs)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        assert "svg" in [element.tag for element in self._open], f"<{tag}/> outside of SVG"
        self._made(tag, attrs)

    def handle_endtag(self, tag):
        assert self._open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        for element in self._open:
            element.text += data

    def _made(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of <{tag}> twice"
        element = Element(
            tag, {name: value or "" for name, value in attrs}, tuple(element.tag for element in self._open)
        )
        for child in self._open:
            child.inside.append(element)
        return element

    def all(self, tag: str, css: str = "") -> list[Element]:
        """The page's elements of this kind."""
        return self.root.all(tag, css)

    @property
    def words(self) -> str:
        """What a reader sees, in one line."""
        return " ".join(self.all("main")[0].text.split())


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A bar or a column: how long it is, and the amount that it tells."""

    label: str
    length: Decimal
    amount: Decimal
    currency: str


def bars(page: Page, heading: str) -> list[list[Drawn]]:
    """The bars of each chart under a heading."""
    return [[_bar(row) for row in chart.all("g")] for chart in _charts(page, heading)]


def columns(page: Page, heading: str) -> list[list[Drawn]]:
    """The columns of each chart under a heading; `height` of the page's pixels."""
    return [[_column(row) for row in chart.all("g")] for chart in _charts(page, heading)]


def _charts(page: Page, heading: str) -> list[Element]:
    (section,) = [element for element in page.all("section") if [h.text for h in element.all("h3")][:1] == [heading]]
    return section.all("svg")


def _bar(row: Element) -> Drawn:
    label, value = (element.text for element in row.all("text"))
    (bar,) = row.all("rect")
    currency, amount = value.split()
    return Drawn(label, Decimal(bar.attributes["width"].removesuffix("%")), Decimal(amount.replace("'", "")), currency)


def _column(row: Element) -> Drawn:
    (bar,) = row.all("rect")
    label, _, parts = row.text.strip().rpartition(": ")
    first, second = parts.split()
    amount, currency = (first, "") if first[0].isdigit() else (second, first)
    return Drawn(label, Decimal(bar.attributes["height"]), Decimal(amount.replace("'", "")), currency)
