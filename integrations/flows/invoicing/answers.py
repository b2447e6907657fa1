"""`invoices ack`, `baseline` and `dispute`: what people decide about exceptions and invoices."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from integrations.core.billing import Invoice
from integrations.core.calendar import day_of
from integrations.core.dates import dated
from integrations.core.errors import Ambiguous, Candidate, IntegrationError, Rejected
from integrations.flows.invoicing.decisions import Disputed
from integrations.flows.invoicing.memory import Acknowledgement, TrackedFinding

if TYPE_CHECKING:
    from integrations.flows.invoicing.overview import Books

CALLER = "the caller"
SEE = "To see what there is: closedwon invoices check"


def acknowledge(check: Books, fingerprints: Sequence[str], reason: str, until: date | None) -> list[TrackedFinding]:
    """Keep that these exceptions are known, with who says so and why; gives them as they stand then.

    A fingerprint may be cut short as long as it means one. Twice: the later word counts.

    Raises:
        Rejected: There is no such exception, or the day has passed.
        Ambiguous: What is cut short means several.
        Unsafe: This machine's clock is wrong.
    """
    check.trust_clock()
    if until is not None and until < check.today():
        raise Rejected(f"{dated(until)} has passed already", who=CALLER, next="Name a day to come with --until.")
    there = {known.finding.fingerprint: known for known in check.standing().findings()}
    chosen = [_meant(fingerprint, there) for fingerprint in fingerprints]
    made = [
        Acknowledgement(fingerprint, reason, check.decisions.by, check.now(), until, there[fingerprint].finding.amount)
        for fingerprint in dict.fromkeys(chosen)
    ]
    check.decisions.acknowledge(made)
    now = {known.finding.fingerprint: known for known in check.standing().findings()}
    return [now[acknowledgement.fingerprint] for acknowledgement in made]


def take_back(check: Books, fingerprints: Sequence[str]) -> list[TrackedFinding]:
    """Forget that these exceptions are known; gives them as they stand then. Twice: nothing changes.

    Raises:
        Rejected: There is no such exception.
        Ambiguous: What is cut short means several.
    """
    there = {known.finding.fingerprint: known for known in check.standing().findings()}
    chosen = list(dict.fromkeys(_meant(fingerprint, there) for fingerprint in fingerprints))
    check.decisions.forget(chosen)
    now = {known.finding.fingerprint: known for known in check.standing().findings()}
    return [now[fingerprint] for fingerprint in chosen]


def _meant(prefix: str, there: dict[str, TrackedFinding]) -> str:
    found = (
        [fingerprint for fingerprint in there if fingerprint.startswith(prefix.strip().lower())]
        if prefix.strip()
        else []
    )
    if not found:
        raise Rejected(f"there is no exception {prefix.strip() or '(empty)'}", who=CALLER, next=SEE)
    if len(found) > 1:
        candidates = tuple(Candidate(fingerprint, there[fingerprint].finding.message) for fingerprint in found)
        raise Ambiguous(f"{prefix} could be {len(found)} exceptions", candidates=candidates, who=CALLER, next=SEE)
    return found[0]


def baseline(check: Books, day: date, reason: str = "") -> list[TrackedFinding]:
    """Acknowledge, without an end, what was found up to and with this day; gives what that is now.

    Each comes back when its amount grows. What is acknowledged already stays as it was said.

    Raises:
        Rejected: The day is still to come, or no check was made yet.
        Unsafe: This machine's clock is wrong.
    """
    check.trust_clock()
    if day > check.today():
        raise Rejected(f"{dated(day)} is still to come", who=CALLER, next="Name the first day, or today.")
    if check.memory.moment("full") is None:
        raise Rejected("nothing has been checked yet", who=CALLER, next="First: closedwon invoices check")
    standing = check.standing()
    old = [known for known in standing.findings() if known.state in ("new", "open") and day_of(known.first_seen) <= day]
    reason = reason or f"there on the first day ({dated(day)})"
    check.decisions.acknowledge(
        [
            Acknowledgement(
                known.finding.fingerprint, reason, check.decisions.by, check.now(), None, known.finding.amount
            )
            for known in old
        ]
    )  # fmt: skip
    return [dataclasses.replace(known, state="acknowledged") for known in old]


def dispute(check: Books, number: str, owner: str, reason: str) -> Disputed:
    """Keep that a customer does not accept an invoice: nobody is said not to have paid it meanwhile.

    Said again, it is news of the same dispute; owner and reason that are left empty stay as they were.

    Raises:
        Rejected: There is no such invoice, it is not posted, or nobody is to clear it up.
        Ambiguous: Several of our companies have one of that number.
        IntegrationError: The ERP could not be asked.
        Unsafe: This machine's clock is wrong.
    """
    with check.clock.watching():
        invoice = _invoice(check, number)
        check.trust_clock()
    known = check.decisions.disputes().get(invoice.id)
    owner = owner.strip() or (known.owner if known is not None else "")
    reason = reason.strip() or (known.reason if known is not None else "")
    if not owner or not reason:
        raise Rejected(
            f"the dispute about {invoice.number} has no {'owner' if not owner else 'reason'}",
            who=CALLER,
            next="Say --owner, who of us clears it up, and --reason, what the customer says.",
        )
    today = check.today()
    disputed = Disputed(
        invoice.id,
        invoice.number,
        invoice.payer,
        owner,
        reason,
        check.decisions.by,
        known.since if known is not None else today,
        today,
    )
    check.decisions.dispute(disputed, {invoice.payer, invoice.served})
    return disputed


def settle(check: Books, number: str) -> Disputed:
    """A dispute is over.

    Raises:
        Rejected: There is none about an invoice of that number.
    """
    found = [
        dispute
        for dispute in check.decisions.disputes().values()
        if number.strip() in (dispute.number, dispute.invoice)
    ]
    if not found:
        raise Rejected(f"no dispute about {number.strip()} is known", who=CALLER, next=SEE)
    for dispute in found:
        check.decisions.settle(dispute.invoice, {dispute.account, *_served(check, dispute.invoice)})
    return found[0]


def _served(check: Books, invoice: str) -> set[str]:
    """Return the customers of a disputed invoice; nobody where the ERP can't be asked, which holds up no end."""
    with contextlib.suppress(IntegrationError):
        return {record.served for record in check.source.numbered(invoice) if record.id == invoice}
    return set()


def _invoice(check: Books, number: str) -> Invoice:
    wanted = number.strip()
    found = [invoice for invoice in check.source.numbered(wanted) if invoice.state == "posted"] if wanted else []
    if not found:
        raise Rejected(
            f"there is no posted invoice {wanted or '(empty)'}", who=CALLER, next="Its number is as the ERP writes it."
        )
    if len(found) > 1:
        candidates = tuple(Candidate(invoice.id, invoice.number, invoice.url) for invoice in found)
        raise Ambiguous(
            f"{wanted} is {len(found)} invoices", candidates=candidates, who=CALLER, next="Name one by its id."
        )
    return found[0]
