"""Sandboxes with the ledgers beside them, as released versions left both.

`b90b9d7` was made by the commands of that commit on its sandbox, which answered as `ADDRESS`: deals 42, 43 and 44 set
up, `contacts sync`, and all of it once more with nothing to do. Vacuumed and packed.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from urllib3.util import connection

from integrations.sandbox.thread import Running
from tests.tables import put_back

FIRST = "b90b9d7"
"""The commit whose worlds are the oldest."""
HOST, PORT = "127.0.0.1", 8765
ADDRESS = f"http://{HOST}:{PORT}"
"""The address of these worlds' sandbox, which stands in all that was written there."""


def restore(box: Running, commit: str, ledger: Path) -> None:
    """Put the sandbox and the ledger of a machine into a commit's state."""
    source = Path(__file__).parent / commit
    tables: dict[str, dict[str, Any]] = json.loads(gzip.decompress((source / "sandbox.json.gz").read_bytes()))
    named = {(name.partition("/")[0], name.partition("/")[2]): table for name, table in tables.items()}
    put_back(box.server.world, named)
    ledger.parent.mkdir(exist_ok=True)
    ledger.write_bytes(gzip.decompress((source / "ledger.sqlite.gz").read_bytes()))
    (ledger.parent / "ledger.key").write_bytes((source / "ledger.key").read_bytes())
    for file in (ledger, ledger.parent / "ledger.key"):
        file.chmod(0o600)


def answers_as_then(box: Running, patch: pytest.MonkeyPatch) -> Running:
    """Return the sandbox as one at the address of these worlds: whoever connects there reaches it."""
    here = box.url.rpartition(":")[2]
    connect = connection.create_connection

    def there(address: tuple[str, int], *arguments: Any, **options: Any) -> Any:
        return connect((HOST, int(here)) if address == (HOST, PORT) else address, *arguments, **options)

    patch.setattr(connection, "create_connection", there)
    return Running(ADDRESS, box.server)
