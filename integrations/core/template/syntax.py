"""What a template may say, checked on its syntax tree: Jinja's sandbox alone does not stop a memory bomb."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

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
    """Everything in the template that is not allowed, in words."""
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
        found = chain(node) if id(node) not in inner else None
        if found is not None:
            yield node.lineno, found


def chain(node: nodes.Node) -> tuple[str, ...] | None:
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
