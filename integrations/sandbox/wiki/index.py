"""Look-ups of pages by space, title, parent and label, and of properties by page."""

from __future__ import annotations

import dataclasses
import weakref

from integrations.sandbox.lookup import Lookup
from integrations.sandbox.pretend import World
from integrations.sandbox.state import Document, State
from integrations.sandbox.wiki.call import SYSTEM


@dataclasses.dataclass(frozen=True)
class Index:
    """All look-ups of one world."""

    pages: Lookup
    properties: Lookup


_INDEX: weakref.WeakKeyDictionary[State, Index] = weakref.WeakKeyDictionary()


def index(there: World) -> Index:
    """The look-ups of this world, made from its objects at first use."""
    found = _INDEX.get(there.state)
    if found is None:
        found = _INDEX[there.state] = Index(
            pages=Lookup(there.state.table(SYSTEM, "page"), page_terms),
            properties=Lookup(there.state.table(SYSTEM, "property"), lambda record: [f"page:{record['page']}"]),
        )
    return found


def forget(there: World) -> None:
    """Make the look-ups anew: the world is filled from scratch."""
    _INDEX.pop(there.state, None)


def page_terms(page: Document) -> list[str]:
    """Return the terms that a page is found by. Confluence compares titles without regard to case."""
    labels = [f"label:{label}" for label in page["labels"]]
    return [
        "page",
        f"space:{page['space']}",
        title_term(page["space"], page["title"]),
        f"parent:{page['parent']}",
        *labels,
    ]


def title_term(space: str, title: str) -> str:
    """The term of a title in a space."""
    return f"title:{space}:{title.lower()}"
