"""What stands once: approving, limits, holding and applying belong to the run, and no flow does them itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = {
    "over_limit": {"integrations/core/run.py", "integrations/core/several.py", "cli/several.py"},
    "approved": {"integrations/core/run.py", "integrations/core/several.py"},
    "hold": {"integrations/core/run.py"},
    "Apply": {"integrations/core/run.py"},
    "allows": {"integrations/core/run.py", "integrations/core/apply.py"},
}
"""By function: the modules that may call it. One invoicing check at a time is held by its session, before any run, and
one server at a time by itself."""
ELSEWHERE = {("hold", "integrations/flows/invoicing/overview.py"), ("hold", "cli/serve.py")}


def calls(module: Path) -> set[str]:
    """The names of what a module calls."""
    called = [node.func for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    return {
        caller.attr if isinstance(caller, ast.Attribute) else caller.id
        for caller in called
        if isinstance(caller, (ast.Attribute, ast.Name))
    }


@pytest.mark.parametrize("function", PLACES)
def test_the_run_alone_approves_limits_holds_and_applies(function: str) -> None:
    tops = ("integrations/core", "integrations/flows", "cli", "config")
    modules = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    found = {str(module.relative_to(ROOT)) for module in modules if function in calls(module)}
    assert {place for place in found if (function, place) not in ELSEWHERE} == PLACES[function]
