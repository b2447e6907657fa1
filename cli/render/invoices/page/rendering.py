"""The templates: each page is one file that needs nothing from anywhere; everything in it is escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import jinja2

from integrations.core.money import thousands


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = thousands
    return environment


def rendered(name: str, values: dict[str, Any]) -> str:
    """A page made from its template."""
    return _environment().get_template(name).render(values)
