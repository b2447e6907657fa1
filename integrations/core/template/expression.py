"""A template: checked when it is made, rendered to text or evaluated to a value."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import jinja2
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from integrations.core.dates import dated
from integrations.core.text import clean

LIMIT = 1_000_000
"""Characters that a template may give, also on its way to the end."""


class TemplateFault(ValueError):
    """A template is wrong, or can't be rendered with these values; says where, never a value."""


def replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    """Jinja's filter `replace`, which could multiply a text with each use.

    Raises:
        TemplateFault: It would give more than `LIMIT`.
    """
    given, times = str(text), -1 if count is None else count
    found = given.count(old) if times < 0 else min(times, given.count(old))
    _check(len(given) + found * (len(new) - len(old)))
    return given.replace(old, new, times)


def join(parts: Iterable[Any], separator: str = "") -> str:
    """Jinja's filter `join`, which could multiply a separator by the letters of a text.

    Raises:
        TemplateFault: It would give more than `LIMIT`.
    """
    texts = [str(part) for part in parts]
    _check(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _check(length: int) -> None:
    if length > LIMIT:
        raise TemplateFault(f"gives more than {LIMIT} characters")


REFUSED = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Call: "a call",
    nodes.Mul: "*",
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.Add: "+",
    nodes.Concat: "~",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.With: "with",
    nodes.List: "a list",
    nodes.Tuple: "a list",
    nodes.Dict: "a table",
}
"""What could make much out of little, doubling by doubling, or reach outside the template."""

FILTERS = frozenset(
    {"default", "first", "join", "last", "length", "lower", "replace", "sort", "trim", "unique", "upper"}
)
"""Those whose output is not longer than what goes in; `bounds` holds `join` and `replace` to the limit."""


def faults(tree: nodes.Template) -> Iterator[str]:
    """Yield everything in the template that is not allowed, in words."""
    for node in tree.find_all(tuple(REFUSED)):
        yield f"line {node.lineno}: {REFUSED[type(node)]} is not allowed"
    for node in tree.find_all(nodes.Filter):
        if node.name not in FILTERS:
            yield f"line {node.lineno}: no filter {node.name}; there are: {', '.join(sorted(FILTERS))}"
    followed = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    for node in tree.find_all(nodes.Name):
        if _is_steps(node) and id(node) not in followed:
            yield f"line {node.lineno}: `steps` stands only in steps.STEP.ATTRIBUTE"
    for node in _steps(tree):
        if id(node) not in followed:
            yield f"line {node.lineno}: `steps.{node.attr}` needs an attribute behind it"


def references(tree: nodes.Template) -> dict[str, set[str]]:
    """The attributes that the template uses of each step: `steps.page.url` is {"page": {"url"}}."""
    found: dict[str, set[str]] = {}
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Getattr) and _is_steps(node.node.node):
            found.setdefault(node.node.attr, set()).add(node.attr)
    return found


def chains(tree: nodes.Template) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every dotted name, the longest form of each: line, and `("deal", "customer", "name")`."""
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    for node in tree.find_all((nodes.Getattr, nodes.Name)):
        found = attribute_chain(node) if id(node) not in inner else None
        if found is not None:
            yield node.lineno, found


def attribute_chain(node: nodes.Node) -> tuple[str, ...] | None:
    """The dotted name that an expression is; None where it is something else."""
    parts: list[str] = []
    here = node
    while isinstance(here, nodes.Getattr):
        parts.append(here.attr)
        here = here.node
    return (here.name, *reversed(parts)) if isinstance(here, nodes.Name) and here.ctx == "load" else None


def own_names(tree: nodes.Template) -> set[str]:
    """The names that the template itself sets, in `for` and `set`."""
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}


def _is_steps(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "steps"


def _steps(tree: nodes.Template) -> Iterator[nodes.Getattr]:
    for node in tree.find_all(nodes.Getattr):
        if _is_steps(node.node):
            yield node


class NotYet(Exception):
    """The template asks for something that only another step will tell."""


class StepView:
    """A template's view of another step.

    Attributes:
        exists: Whether its object is there, or will be made by this plan.
    """

    def __init__(
        self, exists: bool, attributes: Mapping[str, Any], *, complete: bool = True, unknown: Any = None
    ) -> None:
        """`attributes`: what is known. With `complete`, anything else is `unknown`; without, it is `NotYet`."""
        self._values = {**attributes, "exists": exists}
        self._unknown = unknown
        self._complete = complete

    def __getitem__(self, name: str) -> Any:
        """The attribute's value.

        Raises:
            NotYet: Only the step itself will tell.
        """
        if name in self._values:
            return self._values[name]
        if self._complete:
            return self._unknown
        raise NotYet


def _said(value: Any) -> Any:
    """A value as a text has it: nothing of nothing, a day as people read it."""
    return "" if value is None else dated(value) if isinstance(value, date) else value


def quoted(value: Any) -> str:
    """A value as a run of letters and digits that Markdown leaves alone; `unquoted` gives it back."""
    text = clean(str(_said(value)))
    return f"\ue000{text.encode().hex()}\ue001" if text else ""


_QUOTED = re.compile("\ue000([0-9a-f]*)\ue001")


def unquoted(text: str) -> str:
    """`text` with every quoted value as it was."""
    return _QUOTED.sub(lambda match: bytes.fromhex(match[1]).decode(), text)


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which an attribute of nothing is nothing: `deal.bill_to.id` without a payer."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return None if obj is None else super().getattr(obj, attribute)


def _environment(finalize: Any) -> ImmutableSandboxedEnvironment:
    environment = _Environment(
        undefined=StrictUndefined, finalize=finalize, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.filters.update(replace=replace, join=join)
    return environment


_TEXT = _environment(_said)
_QUOTING = _environment(quoted)


class Template:
    """A piece of a playbook with expressions in it: `Customer: {{ customer.name }}`.

    Raises:
        TemplateFault: On making one: it does not parse, or says what is not allowed.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = _TEXT.parse(text)
        except TemplateSyntaxError as error:
            raise TemplateFault(f"line {error.lineno}: {error.message}") from None
        for fault in faults(self._tree):
            raise TemplateFault(fault)
        self.references = {step: frozenset(names) for step, names in references(self._tree).items()}
        """The attributes that it uses of each other step."""
        self.is_constant = not any(True for _ in self._tree.find_all((nodes.Name, nodes.If, nodes.For)))
        """Whether it says the same for every deal."""

    @functools.cached_property
    def chains(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Every dotted name that it reads, with its line; without those that it sets itself."""
        own = own_names(self._tree)
        return tuple((line, chain) for line, chain in chains(self._tree) if chain[0] not in own)

    @functools.cached_property
    def _read(self) -> frozenset[tuple[str, ...]]:
        return frozenset(chain for _, chain in self.chains if chain[0] != "steps")

    def reads(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that it reads besides those of other steps, by dotted name.

        Names without a value are left out.
        """
        found: dict[str, Any] = {}
        for chain in self._read:
            with contextlib.suppress(UndefinedError):
                found[".".join(chain)] = _followed(chain, **context)
        return {name: value for name, value in found.items() if not isinstance(value, Undefined)}

    def value(self, context: Mapping[str, Any]) -> Any:
        """Return its value: the value itself where it is one expression, else text.

        Raises:
            TemplateFault: It asks for something that does not exist.
            NotYet: It asks for something that only another step will tell.
        """
        return self._evaluate(context) if self._only is not None else self.render(context)

    @functools.cached_property
    def _only(self) -> nodes.Node | None:
        """The only expression, where the whole template is one; None where there is text, too."""
        body = self._tree.body
        if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
            only = body[0].nodes[0]
            if not isinstance(only, nodes.TemplateData) and self.text.startswith("{{") and self.text.endswith("}}"):
                return only
        return None

    @functools.cached_property
    def _constant(self) -> str | None:
        """The text where there is nothing else."""
        parts = [node for part in self._tree.body for node in (part, *part.iter_child_nodes())]
        if not all(isinstance(node, (nodes.Output, nodes.TemplateData)) for node in parts):
            return None
        return "".join(node.data for node in parts if isinstance(node, nodes.TemplateData))

    # Compiling takes a thousand times as long as evaluating: once for all deals.

    @functools.cached_property
    def _expression(self) -> Callable[..., Any]:
        chain = attribute_chain(self._only) if self._only is not None else None
        if chain is not None:
            return functools.partial(_followed, chain)
        return _TEXT.compile_expression(self.text[2:-2].strip(" -+\n"), undefined_to_none=False)

    @functools.cached_property
    def _as_text(self) -> jinja2.Template:
        return _TEXT.from_string(self.text)

    @functools.cached_property
    def _as_quoted(self) -> jinja2.Template:
        return _QUOTING.from_string(self.text)

    def _evaluate(self, context: Mapping[str, Any]) -> Any:
        try:
            found = self._expression(**context)
        except (UndefinedError, SecurityError, TypeError, ValueError, ArithmeticError) as error:
            raise _fault(error) from None
        if isinstance(found, StrictUndefined):
            raise TemplateFault("asks for something that there is not")
        return clean(found) if isinstance(found, str) else found

    def render(self, context: Mapping[str, Any]) -> str:
        """Return its text, without control characters; see `value`."""
        constant = self._constant
        return clean(constant if constant is not None else self._run(self._as_text, context))

    def quoting(self, context: Mapping[str, Any]) -> str:
        """Return its text with every value quoted: for `document`."""
        return self._run(self._as_quoted, context)

    @staticmethod
    def _run(template: jinja2.Template, context: Mapping[str, Any]) -> str:
        parts, length = [], 0
        try:
            for part in template.generate(**context):
                parts.append(part)
                length += len(part)
                if length > LIMIT:
                    raise TemplateFault(f"gives more than {LIMIT} characters")
        except (UndefinedError, SecurityError, TypeError, ArithmeticError) as error:
            raise _fault(error) from None
        return "".join(parts)


def _followed(chain: tuple[str, ...], **context: Any) -> Any:
    """The value of a dotted name, as Jinja finds it."""
    found = context[chain[0]] if chain[0] in context else StrictUndefined(name=chain[0])
    for name in chain[1:]:
        found = _TEXT.getattr(found, name)
    return found


def _fault(error: Exception) -> TemplateFault:
    if isinstance(error, UndefinedError):
        return TemplateFault(f"asks for something that there is not: {error.message}")
    return TemplateFault(f"can't be worked out ({type(error).__name__})")
