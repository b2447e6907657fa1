"""The tables of core and flows, made and changed by one list of numbered migrations.

Each is plain SQL, so that the core need not import the flows whose tables it makes; a test compares the result with
the tables in `schema.py` and in each flow's `tables.py`. A released migration never changes: the next change has the
next number. All that a ledger lacks runs in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_WHO = {"by": "varchar(200)", "trigger": "varchar(10)", "run": "varchar(40)", "reason": "text"}
"""The columns of migration 5, with their types."""

MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    # The tables of the core, as the first release made them.
    1: (
        "create table if not exists meta (name varchar(40) not null, value text not null, primary key (name))",
        """create table if not exists intents (
            id integer not null, run varchar(40) not null, system varchar(40) not null, kind varchar(40) not null,
            "key" varchar(200) not null, action varchar(20) not null, opened varchar(40) not null,
            closed varchar(40), outcome varchar(40), primary key (id))""",
        'create index if not exists open_intents on intents (system, kind, "key") where closed is null',
        """create table if not exists objects (
            system varchar(40) not null, kind varchar(40) not null, "key" varchar(200) not null, id text not null,
            url text not null, fields json not null, seen varchar(40) not null, primary key (system, kind, "key"))""",
        """create table if not exists choices (
            system varchar(40) not null, kind varchar(40) not null, "key" varchar(200) not null, answer text not null,
            reason text not null, "by" varchar(200) not null, at varchar(40) not null,
            primary key (system, kind, "key"))""",
        """create table if not exists approvals (
            "plan" varchar(40) not null, change varchar(80) not null, at varchar(40) not null,
            primary key ("plan", change))""",
        """create table if not exists audit (
            id integer not null, at varchar(40) not null, run varchar(40) not null, "by" varchar(200) not null,
            system varchar(40) not null, kind varchar(40) not null, "key" varchar(200) not null,
            action varchar(20) not null, id_there text not null, outcome varchar(40) not null, primary key (id))""",
        """create table if not exists runs (
            deal varchar(200) not null, customer varchar(200) not null, outcome varchar(20) not null,
            ended varchar(40) not null, elsewhere json, document json not null, primary key (deal))""",
    ),
    # The flows' tables: the first release made them at a flow's first use, so some may exist.
    2: (
        """create table if not exists contacts_state (
            name varchar(40) not null, value text not null, primary key (name))""",
        """create table if not exists contacts_rows (
            contact varchar(40) not null, customer varchar(40) not null, people text not null,
            left_customer varchar(40) not null, left_people text not null, primary key (contact))""",
        "create index if not exists ix_contacts_rows_customer on contacts_rows (customer)",
        "create index if not exists ix_contacts_rows_left_customer on contacts_rows (left_customer)",
        """create table if not exists contacts_leaving (
            system varchar(40) not null, "key" varchar(200) not null, customer varchar(40) not null,
            since varchar(40) not null, reason varchar(20) not null, passes integer not null,
            primary key (system, "key"))""",
        "create index if not exists ix_contacts_leaving_customer on contacts_leaving (customer)",
        """create table if not exists contacts_tombstones (
            person varchar(64) not null, customer varchar(40) not null, reason varchar(20) not null,
            at varchar(40) not null, stamp float not null, primary key (person, customer))""",
        """create table if not exists contacts_problems (
            system varchar(40) not null, "key" varchar(200) not null, customer varchar(40) not null,
            contact varchar(40) not null, manager varchar(200) not null, code varchar(40) not null,
            words text not null, digest varchar(64) not null, since varchar(40) not null,
            primary key (system, "key"))""",
        "create index if not exists ix_contacts_problems_customer on contacts_problems (customer)",
        """create table if not exists contacts_pending (
            customer varchar(40) not null, reason varchar(20) not null, mark varchar(40) not null,
            primary key (customer))""",
        """create table if not exists contacts_places (
            system varchar(40) not null, customer varchar(40) not null, place text not null,
            primary key (system, customer))""",
        "create table if not exists contacts_customers (customer varchar(40) not null, primary key (customer))",
        """create table if not exists invoices_state (
            name varchar(40) not null, value text not null, primary key (name))""",
        """create table if not exists invoices_accounts (
            account varchar(40) not null, again varchar(10), waits varchar(10) not null, missing integer not null,
            manager json, open_items json not null, standings json not null, primary key (account))""",
        "create index if not exists ix_invoices_accounts_again on invoices_accounts (again)",
        """create table if not exists invoices_findings (
            fingerprint varchar(20) not null, account varchar(40) not null, rule varchar(80) not null,
            document json not null, first_seen varchar(40) not null, last_seen varchar(40) not null,
            first_run integer not null, resolved varchar(40), resolved_run integer, returned varchar(40),
            primary key (fingerprint))""",
        "create index if not exists ix_invoices_findings_account on invoices_findings (account)",
        "create index if not exists ix_invoices_findings_resolved on invoices_findings (resolved)",
        """create table if not exists invoices_stale (
            account varchar(40) not null, rule varchar(80) not null, why text not null,
            primary key (account, rule))""",
        """create table if not exists invoices_acknowledgements (
            fingerprint varchar(20) not null, reason text not null, "by" varchar(200) not null,
            at varchar(40) not null, until varchar(10), amount varchar(40), primary key (fingerprint))""",
        """create table if not exists invoices_disputes (
            invoice varchar(40) not null, number varchar(200) not null, account varchar(40) not null,
            owner varchar(200) not null, reason text not null, "by" varchar(200) not null,
            since varchar(10) not null, news varchar(10) not null, primary key (invoice))""",
        """create table if not exists invoices_runs (
            run integer not null, at varchar(40) not null, "full" integer not null, counts json not null,
            amounts json not null, primary key (run))""",
        """create table if not exists invoices_tickets (
            "key" varchar(200) not null, account varchar(40) not null, told json not null, primary key ("key"))""",
        """create table if not exists invoices_told (
            manager varchar(200) not null, fingerprint varchar(20) not null, state varchar(80) not null,
            primary key (manager, fingerprint))""",
    ),
    # Proves that the key beside the ledger is the one that it was written with.
    3: ("insert into meta (name, value) values ('check', :check)",),
    # The fields that a creation writes once, known even where its end could not be recorded.
    4: ("alter table intents add column once json",),
    # The person or trigger behind every row: account, trigger, run and reason.
    5: (
        *(
            f"alter table {table} add column \"{column}\" {kind} not null default ''"
            for table, columns in {
                "approvals": ("by", "trigger", "run", "reason"),
                "audit": ("trigger", "reason"),
                "choices": ("trigger", "run"),
                "invoices_acknowledgements": ("trigger", "run"),
                "runs": ("by", "trigger", "run", "reason"),
            }.items()
            for column, kind in _WHO.items()
            if column in columns
        ),
        "alter table audit add column fields json",
    ),
    # Heirs of customers that are gone.
    6: (
        """create table heirs (
            customer varchar(40) not null, heir varchar(40) not null, proof text not null, hints json not null,
            since varchar(40) not null, answer varchar(40) not null, reason text not null,
            "by" varchar(200) not null, "trigger" varchar(10) not null, run varchar(40) not null,
            at varchar(40) not null, primary key (customer))""",
        "create index ix_heirs_heir on heirs (heir)",
    ),
    # The customer that a deal had when a choice was made: the choice is void once the deal is another's.
    7: ("alter table choices add column customer varchar(200) not null default ''",),
    # The owners of marks that name a deal alone, as far as an earlier version's rows show them. A step counts for more
    # than a choice, which may have come later.
    8: (
        """create table old_marks (
            system varchar(40) not null, deal varchar(200) not null, customer varchar(40) not null,
            primary key (system, deal))""",
        """insert into old_marks (system, deal, customer)
            select system, substr("key", 6), answer from choices
            where kind = 'customer' and "key" like 'deal:%' and "key" not like '%/%'
                and answer not in ('new', 'never')""",
        """insert or replace into old_marks (system, deal, customer)
            select system, substr("key", 6), id from objects
            where kind = 'customer' and "key" like 'deal:%' and "key" not like '%/%'""",
    ),
}
"""By number; `:check` is the keyed hash that proves the ledger's key."""

SCHEMA = max(MIGRATIONS)
"""The number of the newest migration: the schema that this version reads and writes."""


_MIGRATED = """
    insert into meta (name, value) values ('schema', :schema) on conflict (name) do update set value = excluded.value"""


def migrate(execute: Callable[[str, Mapping[str, str]], object], found: int, check: str) -> None:
    """Run every migration after `found` (0: an empty database), inside the transaction that is open."""
    for number in sorted(MIGRATIONS):
        if number > found:
            for statement in MIGRATIONS[number]:
                execute(statement, {"check": check})
    execute(_MIGRATED, {"schema": str(SCHEMA)})
