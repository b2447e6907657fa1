"""Ledgers that released versions wrote, to be opened by every later one.

`b90b9d7` was written by the commands of that commit on its sandbox: deals 42 and 52 set up, three links for
deal 52, a contact of customer 101 revoked and another archived, `invoices check --flag`, an acknowledgement, a
dispute and digests; then an intent of a run that ended without an outcome. Vacuumed, its log merged, packed.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

FIRST = "b90b9d7"
"""The commit whose ledger is the oldest that opens."""


def unpacked(commit: str, folder: Path) -> Path:
    """Copy a commit's ledger and its key into a folder, as that version left them, and return the ledger's path."""
    source, path = Path(__file__).parent / commit, folder / "ledger.sqlite"
    path.write_bytes(gzip.decompress((source / "ledger.sqlite.gz").read_bytes()))
    shutil.copyfile(source / "ledger.key", folder / "ledger.key")
    for file in (path, folder / "ledger.key"):
        file.chmod(0o600)
    return path
