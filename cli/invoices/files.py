"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a file in one step: whoever looks meanwhile sees the old one, or the new one.

    Raises:
        OSError: It can't be written there; it names this file, not the one that is made on the way.
    """
    try:
        _write(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write(path: Path, text: str) -> None:
    umask = os.umask(0)
    os.umask(umask)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o666 & ~umask)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def written_lines(said: str, path: Path) -> list[str]:
    """What was written where; a path that does not fit beside it has a line of its own: it is never broken."""
    from cli.render.words import cells, safe, width

    place = safe(str(path), 4096)
    return [f"{said} {place}"] if cells(f"{said} {place}") <= width() else [said, f"  {place}"]
