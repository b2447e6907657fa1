"""A user's folder with settings for the sandbox, and the command run in it."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import requests

from cli import main
from cli.init import write_sandbox_settings
from cli.render.words import cells
from integrations.flows.contacts.settings import FUNCTIONS
from integrations.sandbox.pretend import COLLEAGUE_TOKEN, TOKEN
from integrations.sandbox.thread import Running

WIDTH = 80
CUSTOMER = (
    '[customer]\nresource = "erp.customer"\nper = "customer"\n'
    'partner = "{{ customer.id }}"\nname = "{{ customer.name }}"\n\n'
)
"""The step that a playbook needs at least: it says whose all else is."""
NO_PEOPLE = "[contacts.memberships]\n" + "".join(f"{function} = []\n" for function in FUNCTIONS)
"""Settings by which no contact is a member of anything."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All of it as one line of words, for looking for sentences that may be wrapped."""
        return " ".join(f"{self.out}\n{self.err}".split())

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


@dataclasses.dataclass
class Place:
    """A folder with `closedwon.toml` for a sandbox."""

    folder: Path
    sandbox: Running

    def __post_init__(self) -> None:
        self.settings = write_sandbox_settings(self.folder, self.sandbox.url)
        self.reset()

    def run(self, *arguments: str) -> Ended:
        """Run `closedwon` in this process, without a terminal; what every run must keep to is checked here."""
        return run(*arguments, "--config", str(self.settings))

    def setup(self, *arguments: str) -> Ended:
        """Run `closedwon setup`."""
        return self.run("setup", *arguments)

    def set_up(self, deal: str, *arguments: str) -> Any:
        """The document of `setup DEAL --json`."""
        return self.setup(deal, "--json", *arguments).document

    def edit(self, old: str, new: str, count: int = 1) -> None:
        """Change the settings."""
        text = self.settings.read_text(encoding="utf-8")
        assert old in text
        self.settings.write_text(text.replace(old, new, count), encoding="utf-8")

    def system(self, name: str, lines: str) -> None:
        """Add lines to a system's section; a key that stands there already is replaced."""
        head, _, remainder = self.settings.read_text(encoding="utf-8").partition(f"[{name}]\n")
        section, bracket, others = remainder.partition("\n[")
        keys = {line.partition("=")[0].strip() for line in lines.splitlines()}
        kept = [line for line in section.splitlines() if line.partition("=")[0].strip() not in keys]
        text = "\n".join([f"{head}[{name}]", *kept, lines, ""]) + bracket + others
        self.settings.write_text(text, encoding="utf-8")

    def without_people(self) -> None:
        """No contact is a member of anything: for what concerns set-ups alone."""
        self.edit("[erp]", f"{NO_PEOPLE}\n[erp]")

    def write(self, name: str, text: str) -> Path:
        """A file beside the settings."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def reset(self) -> None:
        """The seeded world again."""
        self.control("reset")

    def control(self, name: str, **body: Any) -> None:
        """One of the sandbox's own calls."""
        requests.post(f"{self.sandbox.url}/_sandbox/{name}", json=body, timeout=10).raise_for_status()

    def fault(self, **body: Any) -> None:
        """Let something go wrong with coming requests."""
        self.control("faults", **body)

    def fixed(self) -> None:
        """Nothing goes wrong any more, and nothing is missing."""
        requests.delete(f"{self.sandbox.url}/_sandbox/faults", timeout=10)
        for system in ("erp", "jira", "panel", "wiki"):
            self.rights(system)

    def rights(self, system: str, *missing: str) -> None:
        """Take these rights away, and give back all others."""
        self.control("rights", system=system, missing=list(missing))

    def requests(self, *, writing: bool = False) -> list[dict[str, Any]]:
        """What the systems received since this was asked last."""
        log = requests.get(f"{self.sandbox.url}/_sandbox/requests", timeout=10).json()["requests"]
        requests.delete(f"{self.sandbox.url}/_sandbox/requests", timeout=10)
        return [entry for entry in log if entry["writes"] or not writing]

    def state(self) -> dict[str, Any]:
        """Every object of every system."""
        found: dict[str, Any] = requests.get(f"{self.sandbox.url}/_sandbox/state", timeout=10).json()
        return found

    def erp(self, model: str, method: str, *, key: str = TOKEN, **arguments: Any) -> Any:
        """Do something in the ERP, as a person would."""
        answer = requests.post(
            f"{self.sandbox.url}/erp/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def merge(self, loser: int | str, survivor: int | str, *, language: str = "en_US") -> None:
        """Merge a customer into another with the ERP's wizard, as an administrator would who uses this language."""
        ids, wizard = [int(loser), int(survivor)], "base.partner.merge.automatic.wizard"
        content: dict[str, Any] = {"key": COLLEAGUE_TOKEN, "context": {"lang": language}}
        chosen = {"partner_ids": [[6, 0, ids]], "dst_partner_id": ids[1]}
        (made,) = self.erp(wizard, "create", vals_list=[chosen], **content)
        self.erp(wizard, "action_merge", ids=[made], **content)

    def nothing_was_written(self) -> bool:
        """Whether no request since the last look was one that writes."""
        return not self.requests(writing=True)


def run(*arguments: str) -> Ended:
    """Run `closedwon` in this process; no traceback, no secret, nothing that controls a terminal, 80 columns."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main.run(arguments)
    ended = Ended(code, out.getvalue(), err.getvalue())
    assert_is_fit_for_people(ended.out + ended.err, is_document="--json" in arguments or "-v" in arguments)
    return ended


def assert_is_fit_for_people(text: str, *, is_document: bool = False) -> None:
    """What holds for all output."""
    assert "Traceback" not in text
    assert "mistake of ours" not in text
    assert TOKEN not in text.replace(f".closedwon/{TOKEN}", "")
    assert not [character for character in text if character < " " and character != "\n"]
    for line in () if is_document else text.splitlines():
        is_whole = "://" in line or ".toml" in line or len(line.split()) == 1
        assert cells(line) <= WIDTH or is_whole, line
