"""The storage format: XHTML with Confluence's own elements, checked and normalised as the vendor does.

Text, entities and CDATA stay as they were typed. Comments and unknown attributes get lost, attributes
are put in order, empty elements close themselves, and every macro gets a schema version and an id. So
what is read back is seldom byte for byte what was sent, but sending it again changes nothing more.
"""

from __future__ import annotations

import re
import uuid
from html.entities import name2codepoint
from xml.etree import ElementTree as ET

from integrations.sandbox.wiki.call import RefusedError

NAMESPACES = {"ac": "urn:atlassian:content", "ri": "urn:atlassian:resource", "at": "urn:atlassian:template"}
KNOWN_ATTRIBUTES = frozenset(
    {"href", "title", "class", "style", "colspan", "rowspan", "scope", "width", "height", "src", "alt", "start"}
    | {"datetime", "local-id", "data-layout"}
)
MACRO = "ac:structured-macro"
MARK = re.compile(r'<ac:parameter ac:name="closedwon">([^<]*)</ac:parameter>')

_ENTITIES = "".join(
    f'<!ENTITY {name} "&#{code};">'
    for name, code in sorted(name2codepoint.items())
    if name not in ("lt", "gt", "amp", "quot", "apos")
)
HEAD = (
    f"<!DOCTYPE body [{_ENTITIES}]><body "
    + " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
    + ">"
)
_TOKEN = re.compile(
    r"(?P<comment><!--.*?-->)|(?P<cdata><!\[CDATA\[.*?\]\]>)|(?P<instruction><\?.*?\?>)"
    r"|<(?P<close>/?)(?P<name>[^\s/>!?]+)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_EMPTY = re.compile(r"<([^\s/>!?]+)((?:\s[^<>]*?)?)></\1>")


def check(value: str) -> None:
    """Refuse what is not well-formed.

    Raises:
        RefusedError: 400, with the place of the fault.
    """
    try:
        ET.fromstring(f"{HEAD}{value}</body>")  # noqa: S314  (one element's content: it can declare nothing)
    except ET.ParseError as error:
        row, column = error.position
        place = column - len(HEAD) + 1 if row == 1 else column + 1
        reason = str(error).partition(":")[0]
        raise RefusedError(
            400, f"Error parsing xhtml: {reason}\n at [row,col {{unknown-source}}]: [{row},{place}]"
        ) from error


def normalised(value: str, seed: str) -> str:
    """The body as it is stored; `seed` makes the ids of new macros (the same for the same write)."""
    parts = []
    for number, token in enumerate(_TOKEN.finditer(value)):
        if token["comment"] or token["instruction"]:
            continue
        if token["text"] or token["cdata"]:
            parts.append(token.group())
        elif token["close"]:
            parts.append(f"</{token['name']}>")
        else:
            parts.append(_opened(token, f"{seed}/{number}"))
    return _EMPTY.sub(lambda found: f"<{found[1]}{found[2]} />", "".join(parts))


def _opened(token: re.Match[str], seed: str) -> str:
    attributes = {
        name: quoted if quoted.startswith('"') else '"' + quoted[1:-1].replace('"', "&quot;") + '"'
        for name, quoted in _ATTRIBUTE.findall(token["attributes"])
        if name in KNOWN_ATTRIBUTES or name.partition(":")[0] in NAMESPACES
    }
    if token["name"] == MACRO:
        attributes.setdefault("ac:schema-version", '"1"')
        attributes.setdefault("ac:macro-id", f'"{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"')
    shown = "".join(f" {name}={quoted}" for name, quoted in sorted(attributes.items()))
    return f"<{token['name']}{shown}{' /' if token['empty'] else ''}>"


def marks(value: str) -> list[str]:
    """The keys that managed sections bear: the value of every macro parameter named `closedwon`."""
    return [found.strip() for found in MARK.findall(value)]
