"""Letters to account managers with the news of their customers, as files; written again after a crash."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.core.rows import Failed
    from integrations.flows.invoicing.check import InvoiceCheck
    from integrations.flows.invoicing.digest import Digest
    from integrations.flows.invoicing.outcome import Outcome


def write(path: Path, text: str) -> None:
    """Write a file atomically, by a temporary file that is renamed: readers see the old or the new text.

    Raises:
        OSError: It can't be written; the error names this file, not the temporary one.
    """
    try:
        _write_file(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_file(path: Path, text: str) -> None:
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


def written_lines(sentence: str, path: Path) -> list[str]:
    """The lines that report a written path; the path is never broken, but gets its own line where it does not fit."""
    from cli.render.words import cells, safe, width

    workspace = safe(str(path), 4096)
    return [f"{sentence} {workspace}"] if cells(f"{sentence} {workspace}") <= width() else [sentence, f"  {workspace}"]


LONGEST = 80
"""Characters of a file's name for the account manager at most."""


def write_digests(check: InvoiceCheck, outcome: Outcome, folder: Path) -> tuple[list[str], list[Failed]]:
    """Write each account manager a letter with the news; return lines about the letters, and the failures.

    News are remembered as reported only after both files are written. A second letter of the same day gets a number,
    because the first may not have been read yet. A failure is a manager whose letter could not be rendered.

    Raises:
        OSError: A file can't be written.
    """
    from cli.page.report import digest_html
    from cli.render.invoices.digest import digest_text
    from cli.render.words import count, wrapped
    from integrations.core.errors import IntegrationError
    from integrations.core.rows import Failed, attempt
    from integrations.flows.invoicing.digest import digests, key

    found = [digest for digest in digests(check) if not digest.is_empty]
    if not found:
        return ["No digest: nothing is new since the last one."], []
    folder.mkdir(parents=True, exist_ok=True)
    outcome = dataclasses.replace(outcome, names=_names(check, outcome, found))
    lines = written_lines(f"Wrote {count(len(found), 'digest')}, as text and HTML, to", folder)
    failed: list[Failed] = []

    def letter(digest: Digest) -> tuple[str, str]:
        return digest_text(digest, outcome), digest_html(digest, outcome)

    for digest in found:
        made = attempt("", letter, digest)
        if isinstance(made, IntegrationError):
            failed.append(Failed(key(digest.manager), made))
            continue
        text, page = _free(folder, f"{outcome.today}-{file_name(key(digest.manager))}")
        write(text, made[0])
        write(page, made[1])
        check.decisions.tell(key(digest.manager), digest.states)
        lines += wrapped("  ", f"{text.stem}: {_counted(digest)}", 4)
    return lines, failed


def file_name(manager: str) -> str:
    """An account manager's address or name as part of a file's name; with a hash where it had to be changed."""
    from integrations.core.text import short_hash

    plain = re.sub(r"[^a-z0-9@_+.-]+", "-", manager.lower()).strip(".-")[:LONGEST]
    return plain if plain and plain == manager else f"{plain or 'nobody'}-{short_hash(manager)}"


def _free(folder: Path, name: str) -> tuple[Path, Path]:
    """The first pair of names, for text and HTML, of which neither file exists yet."""
    for number in itertools.count(1):
        numbered = name if number == 1 else f"{name}-{number}"
        pair = folder / f"{numbered}.txt", folder / f"{numbered}.html"
        if not any(path.exists() for path in pair):
            return pair
    raise AssertionError


def _names(check: InvoiceCheck, outcome: Outcome, found: Sequence[Digest]) -> dict[str, str]:
    """The names of all customers in the digests; those of findings that ended long ago are not in the outcome."""
    from integrations.core.errors import IntegrationError

    findings = [known.finding for digest in found for known in (*digest.new, *digest.changed, *digest.gone)]
    wanted = {number for finding in findings for number in (finding.account, finding.payer) if number}
    missing = sorted(wanted - outcome.names.keys())
    # What can't be asked for is called by its number.
    with contextlib.suppress(IntegrationError):
        return {**outcome.names, **(check.source.names(missing) if missing else {})}
    return dict(outcome.names)


def _counted(digest: Digest) -> str:
    parts = (("new", digest.new), ("changed", digest.changed), ("gone", digest.gone))
    return ", ".join(f"{len(known)} {words}" for words, known in parts if known)
