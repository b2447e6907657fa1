"""`closedwon status`: what exists where, and what waits for whom."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.base import Examples, configured, open_workspace, tell_failed
from cli.days import SINCE, Day
from integrations.core.calendar import day_of, today
from integrations.core.dates import dated_moment, moment

if TYPE_CHECKING:
    from config.workspace import Workspace
    from integrations.core.ledger import Ledger, RunRecord
    from integrations.core.rows import Failed
    from integrations.core.server import Server

EXAMPLES = """\
closedwon status                what waits, by who is waited for
closedwon status --for Lena     what waits for Lena
closedwon status --since 7d     what began to wait within a week
closedwon status 42             a line a step, with its link
closedwon status 42 --live      compare with the systems now"""

LONG = 1000
"""Characters of a step's wait: with all candidates and their links it is long."""


@dataclasses.dataclass(frozen=True)
class _Only:
    """Filter of the waits that are shown.

    Attributes:
        name: Part of the name of the person who is waited for; None for anybody.
        first: The first day of the waits; None for any day.
        ended: By deal the end of its newest run, since when a step waits that waits for the first time.
    """

    name: str | None
    first: date | None
    ended: Mapping[str, str]

    @property
    def is_all(self) -> bool:
        return self.name is None and self.first is None

    def of(self, document: dict[str, Any]) -> list[tuple[str, str, datetime | None]]:
        """Return the waits of one deal: for whom, for what and since when; what holds up several steps stands once."""
        found = []
        for who, what, since in _waiting(document):
            text = since or self.ended.get(document["deal"])
            begun = datetime.fromisoformat(text) if text else None
            is_recent = self.first is None or begun is None or day_of(begun) >= self.first
            if is_recent and (self.name is None or self.name.casefold() in who.casefold()):
                found.append((who, what, begun))
        return found


@click.command(cls=Examples, examples=EXAMPLES)
@click.argument("deal", required=False)
@click.option("--for", "name", metavar="NAME", help="Only what waits for somebody whose name has this in it.")
@click.option("--since", type=SINCE, help="Only what waits since this day or later.")
@click.option("--live", is_flag=True, help="Compare with the systems now; exit 3 where they differ.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@configured
def command(
    deal: str | None,
    *,
    name: str | None,
    since: Day | None,
    live: bool,
    as_json: bool,
    config: Path | None,
    verbose: bool,
) -> int:
    """Show what exists where, what waits for whom.

    DEAL is its number, its link in the CRM, or a part of its customer's name. Reads
    our own memory only, and the CRM for a name that is not in it; with --live also
    the systems. Writes nothing.
    With -v also who approved the plan of DEAL, and who ran it.
    """
    from integrations.core.outcome import exit_code_of

    if deal is not None and since is not None:
        raise click.UsageError("--since is about what waits, of all deals: leave out DEAL")
    with open_workspace(config, verbose=verbose) as workspace:
        kept, codes = _kept(workspace, deal, live=live, ask=not as_json, verbose=verbose)
        only = _Only(name, since.of(today()) if since is not None else None, kept.ended)
    documents, failed = _sound(kept.documents)
    if not only.is_all:
        documents = [document for document in documents if only.of(document)]
    gone = kept.gone if only.is_all else []
    if as_json:
        _show_json(documents, gone)
    else:
        _show(kept, documents, gone, only, live=live)
        _show_place(workspace.settings.ledger)
    tell_failed("deal", failed)
    return exit_code_of([*codes, *(failure.error.exit_code for failure in failed)])


@dataclasses.dataclass(frozen=True)
class _Kept:
    """The ledger's record of one deal, or of all; with --live as it is in the systems now.

    Attributes:
        deal: The id of the requested deal; None for all.
        known: Ids of deals that were set up from here.
        ended: By deal the end of its newest run.
        who: Lines about the people behind the deal's newest run.
    """

    deal: str | None
    documents: list[dict[str, Any]]
    known: Collection[str]
    ended: Mapping[str, str]
    who: Sequence[str]
    gone: list[dict[str, Any]]


def _kept(
    workspace: Workspace, deal: str | None, *, live: bool, ask: bool, verbose: bool
) -> tuple[_Kept, Collection[int]]:
    from cli.subjects import deal as deal_of
    from cli.subjects import kept
    from integrations.core.ledger import Ledger

    ledger = Ledger(workspace.settings.ledger, dry=live)
    try:
        if deal is not None:
            deal = deal_of(workspace, deal, ask=ask, known=kept(ledger), won=False)
        runs = ledger.runs([deal] if deal is not None else None)
        documents: list[dict[str, Any]] = [dict(run.document) for run in runs]
        known = {str(document["deal"]) for document in documents}
        who = _who(ledger, runs) if verbose and deal is not None else []
        gone = _gone(ledger) if deal is None else []
        codes: Collection[int] = [0]
        if live:
            documents, codes = _compared(documents or ([{"deal": deal}] if deal is not None else []), workspace, ledger)
    finally:
        ledger.close()
    return _Kept(deal, documents, known, {run.deal: run.ended.isoformat() for run in runs}, who, gone), codes


def _show(kept: _Kept, documents: list[dict[str, Any]], gone: list[dict[str, Any]], only: _Only, *, live: bool) -> None:
    if kept.deal is not None:
        _show_deal(kept.deal, documents, kept.known, live=live)
        for line in kept.who:
            click.echo(line)
        return
    if not any(succession["question"] for succession in gone) or any(map(_waiting, documents)):
        _show_waiting(documents, only, live=live)
    _show_gone(gone)


def _show_place(ledger: Path | Server) -> None:
    """Name a ledger that other machines may share."""
    from cli.render.words import safe, wrapped

    if not isinstance(ledger, Path):
        for line in wrapped("", f"Ledger: {safe(ledger)}", 2):
            click.echo(line)


def _show_json(documents: Iterable[dict[str, Any]], gone: list[dict[str, Any]]) -> None:
    ours = ("reference", "is_proven", "named")
    shown = [{name: value for name, value in document.items() if name not in ours} for document in documents]
    click.echo(json.dumps({"deals": shown, **({"gone": gone} if gone else {})}, ensure_ascii=False))


def _gone(ledger: Ledger) -> list[dict[str, Any]]:
    """Customers that are gone, as long as something is left of them: who took their place, or that somebody has to say.

    What is left of one that nobody follows is listed, as nobody looks after it any more.
    """
    from integrations.core.heirs import another_answer, command, question

    found = []
    for succession in ledger.heirs.known().values():
        left = dict.fromkeys(
            record for record in ledger.object_index.left(f"customer:{succession.customer}") if record[1] != "customer"
        )
        if not left:
            continue
        found.append(
            {
                "customer": succession.customer,
                "heir": succession.heir or None,
                "proof": succession.proof or None,
                "since": succession.since.isoformat(),
                "question": question(succession) if succession.is_open else None,
                "next": command(succession) if succession.is_open else another_answer(succession),
                "left": [
                    {"system": system, "kind": kind, "id": number, "url": url} for system, kind, number, url in left
                ],
            }
        )
    return found


def _show_gone(gone: Iterable[dict[str, Any]]) -> None:
    from cli.render.words import safe, system_label, whole, wrapped

    for succession in gone:
        things = ", ".join(
            f"{system_label(left['system'])} {left['kind']} {safe(left['id'])}" for left in succession["left"]
        )
        if succession["question"]:
            sentence, way = safe(succession["question"], LONG), "Say who"
        elif succession["heir"]:
            took = f"{succession['heir']} took its place ({succession['proof'] or 'as was said'})"
            sentence, way = f"the customer {succession['customer']}: {took}", "If nobody did"
        else:
            sentence, way = f"the customer {succession['customer']}, whose place nobody took", "If somebody did"
        for line in wrapped("", f"GONE  {sentence}. Left of it: {things}. {way}: {whole(succession['next'])}", 4):
            click.echo(line)


def _sound(documents: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Failed]]:
    """The documents that can be shown, and failures for deals whose record can't be read."""
    from integrations.core.rows import Failed, attempt

    answers = [(document, attempt("", _sayable, document)) for document in documents]
    failed = [Failed(str(document.get("deal", "")), error) for document, error in answers if error is not None]
    return [document for document, error in answers if error is None], failed


def _sayable(document: dict[str, Any]) -> None:
    """Read everything that is shown of a deal, to fail early: an older closedwon may have kept another form."""
    _waiting(document)
    for step in document["steps"]:
        _ = step["id"], step["url"], step["system"], _state(step, live=True)
    _ = document["outcome"], document["customer"]


def _compared(kept: Iterable[dict[str, Any]], workspace: Any, ledger: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """Plan each deal of the ledger anew without writing, to show it as it is in the systems now."""
    from cli.display import set_up
    from integrations.core.errors import ConfigError, IntegrationError
    from integrations.core.outcome import error_document
    from integrations.core.rows import attempt
    from integrations.flows.setup import Approval

    documents, codes = [], [0]
    for deal in kept:
        reference = deal.get("reference", deal["deal"])
        flow = set_up(workspace, ledger, patient=False)
        try:
            outcome = flow.run(reference, Approval(dry=True), playbook=deal.get("playbook"))
        except ConfigError as error:
            documents.append({**deal, "error": error_document(error)})
            codes.append(2)
            continue
        document = attempt("", outcome.standing)
        if isinstance(document, IntegrationError):
            documents.append({**deal, "error": error_document(document)})
            codes.append(document.exit_code)
            continue
        documents.append({**document, "reference": reference})
        codes.append(outcome.exit_code)
    return documents, codes


def _why(step: dict[str, Any]) -> str:
    """The reason why a step waits; with the commands that settle a choice, or the id to enter for a manual step."""
    error = step["error"]
    if step["action"] == "manual" and error is None:
        return f"enter {step['id']} by hand at {step['url']}"
    if error is None:
        return f"{step['action']} the {step['kind']}"
    return f"{error['message']}\nTo choose:\n{error['next']}" if error["type"] == "Ambiguous" else str(error["message"])


def _why_lines(subject: str, why: str, since: str, indent: int) -> list[str]:
    """The lines about a wait, with each command on a line of its own so that it can be copied."""
    from cli.render.words import safe, whole, wrapped

    sentence, *commands = why.splitlines() or [""]
    lines = wrapped("", f"{subject}{safe(sentence, LONG)}{since}", indent)
    return [*lines, *(line for command in commands for line in wrapped("", whole(safe(command)), indent + 2))]


def _waiting(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the waits of one deal: for whom, for what and since when; what holds up several steps stands once."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for step in document["steps"]:
        what = _why(step)
        for waits in step["waits_for"]:
            if waits["kind"] != "step":
                found.setdefault((waits["name"], what), (step["step"], step.get("since") or ""))
    everything = [(who, f"{step}: {what}", since) for (who, what), (step, since) in found.items()]
    if document.get("error"):
        everything.append(("the person who can fix it", document["error"]["message"], ""))
    return everything


def _show_deal(deal: str, documents: list[dict[str, Any]], known: Collection[str], *, live: bool) -> None:
    from cli.render.words import safe, system_label, table

    if not documents:
        _show_unknown(deal)
    for document in documents:
        standing = document["outcome"] if document["deal"] in known else "never set up from here"
        whose = safe(document["customer"]) if document["customer"] else ""
        click.echo(f"Deal {safe(document['deal'])}  {whose}: {standing}" if whose else f"Deal {safe(deal)}: {standing}")
        if document.get("error") and not document["steps"]:
            click.echo(f"  {safe(document['error']['message'])}")
            continue
        rows = [
            (system_label(step["system"]), step["step"], _state(step, live=live), step["id"] or "")
            for step in document["steps"]
        ]
        lines = table(("System", "Step", "State", "Id"), rows, indent=2)
        click.echo(lines[0])
        for line, step in zip(lines[1:], document["steps"], strict=True):
            click.echo(line)
            if step["url"]:
                click.echo(f"      {step['url']}")
            if step["error"]:
                for text in _why_lines("", _why(step), "", 6):
                    click.echo(text)
        if document.get("error"):
            click.echo(safe(document["error"]["message"]))
        if document["outcome"] != "done":
            click.echo(f"Next: closedwon setup {safe(document.get('reference', document['deal']))}")


def _show_unknown(deal: str) -> None:
    from cli.render.words import safe, wrapped
    from cli.subjects import HOW
    from integrations.core.search import number

    if number(deal, "deal") is not None:
        click.echo(f"Deal {safe(deal)} was never set up from here.  Next: closedwon setup {safe(deal)} -n")
        return
    for line in wrapped("", f"There is no deal {safe(deal)}, here or in the CRM. {HOW['deal']}", 0):
        click.echo(line)


def _who(ledger: Ledger, runs: Iterable[RunRecord]) -> list[str]:
    """Lines about the people who approved a deal's newest plan and ran it, with the reasons they gave."""
    from cli.render.words import safe, wrapped

    lines: list[str] = []
    for run in runs:
        approved = ledger.approval(str(run.document["plan"]))
        found = [("approved", approved.actor, approved.at)] if approved is not None else []
        found += [("run", run.actor, run.ended)] if run.actor is not None else []
        for what, actor, at in found:
            sentence = f"{what} by {safe(actor.person)} ({actor.trigger}) on {dated_moment(at)}"
            lines += wrapped("  ", f"{sentence}{f': {safe(actor.reason, 200)}' if actor.reason else ''}", 4)
    return lines


def _state(step: dict[str, Any], *, live: bool) -> str:
    if live and step["result"] == "planned":
        return f"differs ({step['action']})"
    return {"kept": "there", "done": "there", "planned": "not written"}.get(step["result"], str(step["result"]))


def _show_waiting(documents: list[dict[str, Any]], only: _Only, *, live: bool) -> None:
    from cli.render.words import safe

    by_name = _by_name(documents, only)
    for document in documents if live else []:
        differing = [step["step"] for step in document["steps"] if step["result"] == "planned"]
        if differing:
            click.echo(f"Deal {safe(document['deal'])} differs from what was set up: {', '.join(differing)}")
    if not by_name:
        click.echo(_nothing(documents, only))
        return
    click.echo(f"WAITING  {moment(datetime.now(UTC))}")
    for who in sorted(by_name):
        click.echo(safe(who))
        for customer, deal, what, begun in by_name[who]:
            days = (today() - day_of(begun)).days if begun else 0
            subject = f"{safe(customer, 40)}, deal {safe(deal)}: "
            first, *more = _why_lines(subject, what, f"  ({days} d)", 4)
            for line in (first[2:], *more):
                click.echo(line)
    click.echo("Next: fix it, then closedwon setup DEAL")


def _nothing(documents: Collection[dict[str, Any]], only: _Only) -> str:
    from cli.render.words import safe
    from integrations.core.dates import day

    if only.is_all:
        done = sum(document["outcome"] == "done" for document in documents)
        return f"Nothing waits. {done} of {len(documents)} deals that were set up from here are done."
    whom = f" for {safe(only.name)}" if only.name is not None else ""
    return f"Nothing waits{whom}{f' that began on {day(only.first)} or later' if only.first is not None else ''}."


def _by_name(documents: list[dict[str, Any]], only: _Only) -> dict[str, list[tuple[str, str, str, datetime | None]]]:
    """Waits by the person who is waited for: customer, deal, reason, and beginning."""
    found: dict[str, list[tuple[str, str, str, datetime | None]]] = {}
    for document in documents:
        for who, what, begun in only.of(document):
            found.setdefault(who, []).append((document["customer"] or "", document["deal"], what, begun))
    return found
