"""Deals in files, as a source: a deal's name is the path of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from integrations.core.errors import IntegrationError
from integrations.core.model import Deal
from integrations.file.read import read


class FileDeals:
    """Reads each deal anew when it is asked for."""

    def get(self, keys: Sequence[str]) -> Mapping[str, Deal | IntegrationError | None]:
        """The deals in these files.

        Raises:
            ConfigError: All faults of a file.
        """
        return {key: read(Path(key)) for key in keys}

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal]:
        """Nothing: there is no list of files."""
        del since, won_only
        return iter(())
