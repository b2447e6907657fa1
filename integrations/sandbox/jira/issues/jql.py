"""The part of JQL that the pretend Jira understands; everything else it refuses, lest a test trust a wrong answer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

TOKEN = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|=|,|\(|\))|([^\s=!,()"'<>~&|]+))""")
FIELDS = {
    "project": "project",
    "labels": "labels",
    "key": "key",
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "statuscategory": "statusCategory",
}
ORDERS = ("created", "key", "issuekey", "id")
CATEGORIES = {
    "to do": "new",
    "new": "new",
    "2": "new",
    "in progress": "indeterminate",
    "indeterminate": "indeterminate",
    "4": "indeterminate",
    "done": "done",
    "3": "done",
}
"""What a status category may be called -> its key."""


class BadQuery(Exception):
    """The query is not understood; says why."""


@dataclasses.dataclass(frozen=True)
class Clause:
    """A condition: the field has, or (`negated`) has not, one of the values."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


@dataclasses.dataclass(frozen=True)
class Query:
    """All clauses hold; newest first unless `ascending`."""

    clauses: tuple[Clause, ...]
    ascending: bool = False


@dataclasses.dataclass(frozen=True)
class _Word:
    text: str
    quoted: bool

    def says(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


class _Reader:
    def __init__(self, words: list[_Word]) -> None:
        self.words, self.position = words, 0

    def at(self, *words: str) -> bool:
        return self.position < len(self.words) and self.words[self.position].says(*words)

    def take(self) -> _Word:
        if self.position == len(self.words):
            raise BadQuery("Error in the JQL Query: Unexpected end of query.")
        self.position += 1
        return self.words[self.position - 1]

    def expect(self, word: str) -> None:
        found = self.take()
        if not found.says(word):
            raise BadQuery(f"Error in the JQL Query: Expecting '{word}' but got '{found.text}'.")


def parse(text: str) -> Query:
    """The query that the text says.

    Raises:
        BadQuery: It is not JQL, or a part of it that is not understood here.
    """
    reader = _Reader(list(_words(text)))
    clauses = []
    if reader.words and not reader.at("order"):
        clauses.append(_clause(reader))
        while reader.at("and", "&&"):
            reader.take()
            clauses.append(_clause(reader))
    ascending = _order(reader) if reader.at("order") else False
    if reader.position < len(reader.words):
        raise BadQuery(f"Error in the JQL Query: '{reader.take().text}' is not expected there.")
    if not clauses:
        message = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        raise BadQuery(message)
    return Query(tuple(clauses), ascending)


def _words(text: str) -> Iterable[_Word]:
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            raise BadQuery(f"Error in the JQL Query: The character at position {position} is not understood.")
        position = match.end()
        double, single, operator, plain = match.groups()
        quoted = double if double is not None else single
        if quoted is not None:
            yield _Word(re.sub(r"\\(.)", r"\1", quoted), quoted=True)
        else:
            yield _Word(operator or plain, quoted=False)


def _clause(reader: _Reader) -> Clause:
    name = reader.take()
    field = FIELDS.get(name.text.lower())
    if field is None:
        raise BadQuery(f"Field '{name.text}' does not exist or you do not have permission to view it.")
    operator = reader.take()
    if operator.says("=", "!="):
        return Clause(field, (_value(reader),), negated=operator.text == "!=")
    negated = operator.says("not")
    if negated:
        reader.expect("in")
    elif not operator.says("in"):
        raise BadQuery(f"The operator '{operator.text}' is not supported by the '{name.text}' field.")
    return Clause(field, tuple(_list(reader)), negated)


def _list(reader: _Reader) -> Iterable[str]:
    reader.expect("(")
    yield _value(reader)
    while reader.at(","):
        reader.take()
        yield _value(reader)
    reader.expect(")")


def _value(reader: _Reader) -> str:
    word = reader.take()
    if word.says("=", "!=", ",", "(", ")", "and", "or", "not", "in", "order", "empty", "null"):
        raise BadQuery(f"Error in the JQL Query: '{word.text}' is a reserved JQL word or character.")
    return word.text


def _order(reader: _Reader) -> bool:
    reader.expect("order")
    reader.expect("by")
    field = reader.take()
    if not field.says(*ORDERS):
        raise BadQuery(f"Not able to sort using field '{field.text}'.")
    if reader.at("asc", "desc"):
        return reader.take().says("asc")
    return not field.says("created")
