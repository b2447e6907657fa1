"""`python -m benchmarks.invoicing.judged FOLDER INVOICES FOLD`: rows, facts, rules, all in one process; as JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

from benchmarks.invoicing.memory_erp import MemoryErp
from benchmarks.invoicing.recording import Recording, first_day, today
from config.settings import read
from config.workspace import opened
from integrations.core.billing import Account
from integrations.core.pool import ahead
from integrations.flows.invoicing.catalogue import catalogue
from integrations.flows.invoicing.check import TOGETHER
from integrations.flows.invoicing.findings import judge
from integrations.odoo import Settings
from integrations.odoo.billing.source import Billing
from integrations.odoo.facts import Facts
from integrations.sandbox.generated_invoices import EACH, FIRST_CUSTOMER

FILE = "recording.json"


@dataclasses.dataclass
class Judged:
    """Time taken, in seconds of the processor.

    Attributes:
        generator: Making up the rows, which is not our work.
        facts: From rows to accounts, and all that is neither of the others.
        rules: All rules, over all accounts.
        chunks: Facts and rules together, per invoice, for each group of customers read at once.
    """

    invoices: int = 0
    accounts: int = 0
    generator: float = 0.0
    facts: float = 0.0
    rules: float = 0.0
    chunks: list[float] = dataclasses.field(default_factory=list)
    findings: Counter[str] = dataclasses.field(default_factory=Counter)
    broken: int = 0


def judged(erp: MemoryErp, customers: int, day: date) -> Judged:
    """Read and judge customers as a check does: in groups, with the next group read meanwhile."""
    source, rules = Billing(erp, Facts(erp, {})), catalogue({})
    numbers = [str(FIRST_CUSTOMER + index) for index in range(customers)]
    found = Judged()
    begun = spent = time.process_time()
    chunks = (numbers[start : start + TOGETHER] for start in range(0, customers, TOGETHER))
    for chunk_read in ahead(list(source.accounts(chunk, first_day(day))) for chunk in chunks):
        accounts = [account for account in chunk_read if isinstance(account, Account)]
        began_to_judge = time.thread_time()
        for account in accounts:
            judgement = judge(account, rules.rules, rules.settings, day)
            found.findings.update(finding.rule for finding in judgement.findings)
            found.broken += len(judgement.broken) + len(judgement.stale)
        found.rules += time.thread_time() - began_to_judge
        found.accounts += len(accounts)
        found.invoices += (number := sum(len(account.invoices) for account in accounts))
        spent, before = time.process_time() - erp.seconds, spent
        found.chunks.append((spent - before) / max(number, 1))
    found.generator = erp.seconds
    found.facts = time.process_time() - begun - found.generator - found.rules
    return found


def main(folder: Path, invoices: int, fold: int) -> None:
    """Measure and print."""
    with opened(read(folder / "closedwon.toml"), playbooks=False) as place:
        settings = place.systems["erp"].settings
        if not isinstance(settings, Settings):
            raise TypeError
        customers = invoices // EACH // fold
        erp = MemoryErp(settings, Recording.read(folder / FILE), customers, fold)
        print(json.dumps(vars(judged(erp, customers, today()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
