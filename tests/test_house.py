"""The house in order: whole files, no circles, folders that say what is in them, docstrings that begin well."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("integrations", "cli", "config")
DEEPEST = 22
"""Modules in the longest chain of imports; the codebases that we learn from have 4 to 21."""
MANY = 5
"""Modules up to which a folder needs no README."""
QUESTION = re.compile(r"(What|Whether|How|Who|Whom|Whose|Which|Why|One)\b(?!-)")
"""First words of a docstring that is neither an imperative nor a noun phrase."""
PRONOUNS = frozenset({"one", "each", "rest", "told", "said"})
"""Names of variables that name nothing."""
ARROW = re.compile(r"^\s+([\w.]+) --> ([\w.]+)$", re.MULTILINE)


@functools.cache
def modules(tops: tuple[str, ...] = PRODUCT) -> Mapping[str, Path]:
    """Every module's file, by its dotted name."""
    files = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(module: str) -> frozenset[str]:
    """The product's modules that a module imports, wherever it does, for types too."""
    known = modules()
    froms = [node for node in ast.walk(tree(known[module])) if isinstance(node, ast.ImportFrom) and node.module]
    names = [(f"{node.module}.{alias.name}", str(node.module)) for node in froms for alias in node.names]
    return frozenset(whole if whole in known else source for whole, source in names if {whole, source} & known.keys())


@functools.cache
def chain(module: str) -> tuple[str, ...]:
    """The longest chain of imports that begins with a module. A circle never ends: RecursionError."""
    longest = max((chain(other) for other in imports(module) - {module}), key=len, default=())
    return (module, *longest)


def test_no_import_leads_back_and_no_chain_is_longer_than_a_reader_can_follow() -> None:
    longest = max((chain(module) for module in modules()), key=len)
    assert len(longest) <= DEEPEST, " > ".join(longest)


def folders() -> Iterator[Path]:
    everywhere = modules((*PRODUCT, "benchmarks", "tests"))
    for folder in sorted({path.parent for path in everywhere.values()}):
        if len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) > MANY:
            yield folder


@pytest.mark.parametrize("folder", [str(folder.relative_to(ROOT)) for folder in folders()])
def test_a_folder_of_many_files_says_what_each_is_about(folder: str) -> None:
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^- `(\w+\.py)`", text, re.MULTILINE))
    assert listed == {path.name for path in (ROOT / folder).glob("*.py")} - {"__init__.py"}


def docstrings(module: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree(modules()[module])):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "name", module), text


def test_docstrings_begin_with_an_imperative_or_a_noun_phrase() -> None:
    wrong = [f"{module}: {name}" for module in modules() for name, text in docstrings(module) if QUESTION.match(text)]
    assert not wrong


def part(module: str) -> str:
    """The part of the picture that a module is in."""
    names = module.split(".")
    return names[0] if names[0] != "integrations" else ".".join(names[1 : 3 if names[1] == "flows" else 2])


def test_the_picture_of_the_architecture_has_an_arrow_for_every_import_and_no_other() -> None:
    inner = [module for module in modules() if module not in ("integrations", "integrations.flows")]
    drawn = set(ARROW.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8")))
    there = {(part(module), part(other)) for module in inner for other in imports(module) if other in inner}
    assert drawn == {(module, other) for module, other in there if module != other}


def test_the_architecture_names_files_that_are_there() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w-]+/)+[\w-]+\.py)`", text)
    assert named
    assert not [name for name in named if not (ROOT / name).exists() and not (ROOT / "integrations" / name).exists()]


def bindings(module: str) -> Iterator[str]:
    """The names that a module gives to values and parameters."""
    for node in ast.walk(tree(modules((*PRODUCT, "benchmarks"))[module])):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def test_a_variable_is_named_by_a_noun() -> None:
    everywhere = modules((*PRODUCT, "benchmarks"))
    wrong = {module: names for module in everywhere if (names := PRONOUNS & set(bindings(module)))}
    assert not wrong
