"""What people decided: that an exception is known, that an invoice is disputed, what a digest has told."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete, select

from integrations.core.billing import Dispute
from integrations.core.ledger import Ledger
from integrations.flows.invoicing import tables
from integrations.flows.invoicing.remembered import Acknowledgement
from integrations.flows.invoicing.statements import put, read_again


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
        """Whose decisions are written down."""
        return self._ledger.actor.person

    def acknowledge(self, made: Sequence[Acknowledgement]) -> None:
        """Keep that exceptions are known; a later word replaces an earlier one."""
        actor = self._ledger.actor
        rows = [
            {
                "fingerprint": one.fingerprint,
                "reason": one.reason,
                "by": one.by,
                "at": one.at.isoformat(),
                "until": one.until.isoformat() if one.until is not None else None,
                "amount": str(one.amount) if one.amount is not None else None,
                "trigger": actor.trigger,
                "run": self._ledger.run,
            }
            for one in made
        ]
        with self._ledger.writing() as connection:
            put(connection, tables.acknowledgements, rows)

    def forget(self, fingerprints: Collection[str]) -> None:
        """Take acknowledgements back."""
        table = tables.acknowledgements
        with self._ledger.writing() as connection:
            for one in fingerprints:
                connection.execute(delete(table).where(table.c.fingerprint == one))

    def acknowledgements(self) -> dict[str, Acknowledgement]:
        """All of them, by fingerprint, also those that hold no more."""
        with self._ledger.reading() as connection:
            return {
                row.fingerprint: Acknowledgement(
                    row.fingerprint,
                    row.reason,
                    row.by,
                    datetime.fromisoformat(row.at),
                    date.fromisoformat(row.until) if row.until else None,
                    Decimal(row.amount) if row.amount is not None else None,
                )
                for row in connection.execute(select(tables.acknowledgements))
            }

    def dispute(self, disputed: Disputed, accounts: Collection[str]) -> None:
        """Keep that an invoice is disputed; said again, it is news, and the dispute as old as before.

        `accounts`: whom it concerns; the next run reads them, whatever has changed in the ERP.
        """
        row = {field.name: getattr(disputed, field.name) for field in dataclasses.fields(disputed)}
        row |= {"since": disputed.since.isoformat(), "news": disputed.news.isoformat()}
        with self._ledger.writing() as connection:
            put(connection, tables.disputes, [row])
            read_again(connection, accounts)

    def settle(self, invoice: str, accounts: Collection[str]) -> None:
        """A dispute is over; the next run reads these accounts."""
        table = tables.disputes
        with self._ledger.writing() as connection:
            connection.execute(delete(table).where(table.c.invoice == invoice))
            read_again(connection, accounts)

    def disputes(self) -> dict[str, Disputed]:
        """All of them, by the invoice's id."""
        with self._ledger.reading() as connection:
            return {
                row.invoice: Disputed(
                    row.invoice,
                    row.number,
                    row.account,
                    row.owner,
                    row.reason,
                    row.by,
                    date.fromisoformat(row.since),
                    date.fromisoformat(row.news),
                )
                for row in connection.execute(select(tables.disputes))
            }

    def told(self, manager: str) -> dict[str, str]:
        """What an account manager's last digest said: each exception's state then."""
        table = tables.told
        with self._ledger.reading() as connection:
            found = connection.execute(select(table).where(table.c.manager == manager))
            return {row.fingerprint: row.state for row in found}

    def told_to(self) -> dict[str, str]:
        """Whose last digest told of an exception, by fingerprint."""
        with self._ledger.reading() as connection:
            return {row.fingerprint: row.manager for row in connection.execute(select(tables.told))}

    def tell(self, manager: str, states: Mapping[str, str]) -> None:
        """Keep what an account manager's digest says, in place of what the one before said."""
        table = tables.told
        rows = [{"manager": manager, "fingerprint": one, "state": state} for one, state in states.items()]
        with self._ledger.writing() as connection:
            connection.execute(delete(table).where(table.c.manager == manager))
            put(connection, table, rows)
