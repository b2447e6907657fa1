"""What is told besides the findings: what is gone, what could not be judged, what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cli.render.contacts.words import customer, hanging
from cli.render.invoices.words import named
from cli.render.words import count, safe, what_next, wrapped
from integrations.core.rows import Failed
from integrations.flows.invoicing.outcome import Outcome, StaleRule

GONE = 10
"""What went since the last run is told of with so many findings."""
NAMED = 6
"""So many rules that could not judge, for one and the same reason, are told by their titles."""


def gone_lines(outcome: Outcome) -> Iterator[str]:
    """What was there at the last run and is not now."""
    gone = [known.finding for known in outcome.findings if known.state == "resolved"]
    if gone:
        yield "Gone since the last run"
    for finding in gone[:GONE]:
        yield from wrapped("  - ", f"{named(finding.account, outcome)}: {safe(finding.message)}", 4)
    if len(gone) > GONE:
        yield f"  and {len(gone) - GONE} more"


def besides_lines(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """What a reader must not take for being in order."""
    by_reason: dict[str, list[StaleRule]] = {}
    for one in outcome.stale:
        by_reason.setdefault(one.why, []).append(one)
    for why, rules in by_reason.items():
        yield from hanging(f"data stale: {safe(why)}. Left as it was: {_left(rules, outcome, verbose=verbose)}.")
    if outcome.denied:
        yield from hanging("Somebody has to grant these rights; who that is, tells: closedwon check")
    for note in outcome.notes:
        if not any(why in note for why in by_reason):
            yield from wrapped("note  ", safe(note), 6)
    for broken in outcome.broken:
        rule = safe(outcome.titles.get(broken.rule, broken.rule), 60)
        text = f"the rule {safe(broken.rule, 60)} ({rule}) failed with {safe(broken.error, 60)}, first at "
        text += f"{named(broken.account, outcome)}; the others went on. Tell whoever wrote it"
        yield from hanging(f"{text}.")
    yield from failed_lines(outcome.failed, outcome.names)
    yield from _unseen(outcome, verbose=verbose)


def failed_lines(failed: Sequence[Failed], names: Mapping[str, str]) -> Iterator[str]:
    """Return the failures of reading or judging with their errors; of very many with the same error the number."""
    by_error: dict[tuple[str, str], list[Failed]] = {}
    for one in failed:
        by_error.setdefault((one.error.message, one.error.next), []).append(one)
    for (sentence, following), several in by_error.items():
        whose = [customer(one.id, names) if one.id.isdigit() else safe(one.id, 60) for one in several[:NAMED]]
        more = f" and {len(several) - NAMED} more" if len(several) > NAMED else ""
        said = f"not read or judged, left as it was: {', '.join(whose)}{more}: {safe(sentence, 300)}."
        yield from hanging(f"{said} {what_next('', following)}".strip())


def _unseen(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """What the ERP does not have, or does not let us see."""
    if verbose and (outcome.absent or outcome.unknown):
        yield "Not looked at"
        for text in (*(f"{part}: {why}" for part, why in outcome.absent.items()), *outcome.unknown):
            yield from wrapped("  - ", safe(text), 4)
    if verbose:
        return
    if outcome.absent:
        yield from hanging(f"not looked at: {safe(', '.join(outcome.absent))} (-v says why)")
    if outcome.unknown:
        things = count(len(outcome.unknown), "thing")
        yield from hanging(f"The ERP does not tell {things} that some rules would look at (-v says what)")


def _left(rules: Sequence[StaleRule], outcome: Outcome, *, verbose: bool) -> str:
    """The rules that could not judge; of very many how many there are."""
    if len(rules) > NAMED and not verbose:
        return f"{len(rules)} rules, at up to {count(max(one.accounts for one in rules), 'customer')} (-v names them)"
    titled = ((safe(outcome.titles.get(one.rule, one.rule), 60), count(one.accounts, "customer")) for one in rules)
    return ", ".join(f"{title} ({customers})" for title, customers in titled)
