"""People's decisions: known exceptions, disputed invoices, and what a digest has reported."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from integrations.core.billing import Dispute
from integrations.core.ledger import Ledger
from integrations.flows.invoicing import tables
from integrations.flows.invoicing.memory import Acknowledgement, read_again


@dataclasses.dataclass(frozen=True, slots=True)
class Disputed:
    """An invoice that its customer does not accept, as somebody of us said.

    Attributes:
        invoice: The ERP's id.
        account: The id of who is to pay.
    """

    invoice: str
    number: str
    account: str
    owner: str
    reason: str
    by: str
    since: date
    news: date

    def dispute(self) -> Dispute:
        """As rules are told."""
        return Dispute(reason=self.reason, owner=self.owner, since=self.since, news=self.news)


class Decisions:
    """Reads and writes what people decided; each method is one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def by(self) -> str:
        """Return whose decisions are written down."""
        return self._ledger.actor.person

    def acknowledge(self, made: Sequence[Acknowledgement]) -> None:
        """Keep that exceptions are known; a later word replaces an earlier one."""
        actor = self._ledger.actor
        rows = [
            {
                "fingerprint": acknowledgement.fingerprint,
                "reason": acknowledgement.reason,
                "by": acknowledgement.by,
                "at": acknowledgement.at.isoformat(),
                "until": acknowledgement.until.isoformat() if acknowledgement.until is not None else None,
                "amount": str(acknowledgement.amount) if acknowledgement.amount is not None else None,
                "trigger": actor.trigger,
                "run": self._ledger.run,
            }
            for acknowledgement in made
        ]
        with self._ledger.writing() as transaction:
            transaction.put(tables.acknowledgements, rows)

    def forget(self, fingerprints: Collection[str]) -> None:
        """Take acknowledgements back."""
        with self._ledger.writing() as transaction:
            query = "delete from invoices_acknowledgements where fingerprint in ({})"
            transaction.execute_among(query, fingerprints)

    def acknowledgements(self) -> dict[str, Acknowledgement]:
        """All of them, by fingerprint, also those that hold no more."""
        with self._ledger.reading() as transaction:
            return {
                row["fingerprint"]: Acknowledgement(
                    row["fingerprint"],
                    row["reason"],
                    row["by"],
                    datetime.fromisoformat(row["at"]),
                    date.fromisoformat(row["until"]) if row["until"] else None,
                    Decimal(row["amount"]) if row["amount"] is not None else None,
                )
                for row in transaction.select("select * from invoices_acknowledgements")
            }

    def dispute(self, disputed: Disputed, accounts: Collection[str]) -> None:
        """Keep that an invoice is disputed; said again, it is news, and the dispute as old as before.

        `accounts`: whom it concerns; the next run reads them, whatever has changed in the ERP.
        """
        row = {field.name: getattr(disputed, field.name) for field in dataclasses.fields(disputed)}
        row |= {"since": disputed.since.isoformat(), "news": disputed.news.isoformat()}
        with self._ledger.writing() as transaction:
            transaction.put(tables.disputes, [row])
            read_again(transaction, accounts)

    def settle(self, invoice: str, accounts: Collection[str]) -> None:
        """A dispute is over; the next run reads these accounts."""
        with self._ledger.writing() as transaction:
            transaction.execute("delete from invoices_disputes where invoice = ?", invoice)
            read_again(transaction, accounts)

    def disputes(self) -> dict[str, Disputed]:
        """All of them, by the invoice's id."""
        with self._ledger.reading() as transaction:
            rows = transaction.select("select * from invoices_disputes")
            days = ("since", "news")
            found = [Disputed(**{**row, **{day: date.fromisoformat(row[day]) for day in days}}) for row in rows]
        return {disputed.invoice: disputed for disputed in found}

    def told(self, manager: str) -> dict[str, str]:
        """Return what an account manager's last digest said: each exception's state then."""
        query = "select fingerprint, state from invoices_told where manager = ?"
        with self._ledger.reading() as transaction:
            return {row["fingerprint"]: row["state"] for row in transaction.select(query, manager)}

    def told_to(self) -> dict[str, str]:
        """Return whose last digest told of an exception, by fingerprint."""
        with self._ledger.reading() as transaction:
            rows = transaction.select("select fingerprint, manager from invoices_told")
            return {row["fingerprint"]: row["manager"] for row in rows}

    def tell(self, manager: str, states: Mapping[str, str]) -> None:
        """Keep what an account manager's digest says, in place of what the one before said."""
        rows = [
            {"manager": manager, "fingerprint": fingerprint, "state": state} for fingerprint, state in states.items()
        ]
        with self._ledger.writing() as transaction:
            transaction.execute("delete from invoices_told where manager = ?", manager)
            transaction.put(tables.reported, rows)
