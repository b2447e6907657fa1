"""The heirs of customers that are gone: by the system of record's own word, else by a person's.

A customer is gone when the system of record says so of its id alone. What it had then belongs to its heir. Until a
person has named the heir, nobody loses anything, and nothing is made a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from integrations.core.company_name import reads_the_same
from integrations.core.errors import AuthError, IntegrationError, Rejected
from integrations.core.identity import of_record, prove
from integrations.core.ledger import Ledger
from integrations.core.ledger.heirs import NONE, Gone
from integrations.core.model import Customer
from integrations.core.succession import Hint, Succession, Traces
from integrations.core.system import System

CUSTOMER = "customer:"
"""The beginning of a customer's key."""

Said = Mapping[str, Succession | None | IntegrationError]


def gone_among(
    ledger: Ledger,
    systems: Mapping[str, System],
    customers: Collection[str],
    contacts: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Gone | IntegrationError]:
    """Return the customers (ids) that are gone, with their heirs; an error where the heir is not known for now.

    A customer that may not be seen is not gone. A person's answer takes precedence over the system's. A named
    heir that is gone itself is followed to its own heir; where that has none, the answer is void. What was
    learned is kept, so that `status` shows it without a request.

    Args:
        ledger: It holds what was set up for them, and people's answers.
        systems: Among them the system of record.
        customers: Those that are missing from what is read anyway.
        contacts: By customer, the ids of the contacts that it had.

    Raises:
        IntegrationError: The system of record could not be asked.
    """
    record = of_record(systems)
    if record is None or record.successions is None or not customers:
        return {}
    known = ledger.heirs.known()
    answers = _asked(ledger, record, customers, known, contacts or {})
    found: dict[str, Gone | IntegrationError] = {}
    for customer in customers:
        answer = answers.get(customer)
        if isinstance(answer, IntegrationError):
            found[customer] = answer
        elif answer is not None:
            found[customer] = _settled(answer, answers, known)
    # The names are left out of the comparison, because the ledger keeps none.
    gone = [state for state in found.values() if isinstance(state, Gone)]
    ledger.heirs.keep([state for state in gone if known.get(state.customer) != state.without_names()])
    _welcome_back(ledger, systems, [customer for customer in set(customers) - found.keys() if customer in known])
    return found


def inherited(
    ledger: Ledger,
    systems: Mapping[str, System],
    customer: str,
    doubtful: Collection[str],
    parts: Collection[str] = (),
) -> tuple[list[str], list[Gone]]:
    """Return the gone customers (ids) whose heir this customer is, and those whose heir nobody knows.

    Asked about are the customers in `doubtful` (its deals were set up for them), those whose heir it was known to be,
    and those of its `parts` of which something is known. The other `parts` are its own by the system's word.

    Raises:
        IntegrationError: The system of record could not be asked.
    """
    if customer in ledger.heirs.known([customer]):
        _welcome_back(ledger, systems, [customer])  # it has deals, so it lives
    known = ledger.heirs.known(parts) if parts else {}
    asked = sorted(_with_theirs(ledger, {*doubtful, *known, *ledger.heirs.of(customer)}) - {customer})
    found = gone_among(ledger, systems, asked)
    # A customer that may not be seen is not gone, so its refusal is no reason to stop the run.
    for error in found.values():
        if isinstance(error, IntegrationError) and not isinstance(error, AuthError):
            raise error
    gone = [state for state in found.values() if isinstance(state, Gone)]
    own = [state.customer for state in gone if state.heir == customer]
    return [*own, *sorted(set(parts) - {customer, *asked})], [state for state in gone if state.is_open]


def _welcome_back(ledger: Ledger, systems: Mapping[str, System], customers: Collection[str]) -> None:
    """Forget that these customers (ids) were gone.

    While they were gone, the system of record named the heir for the deals that had made them. So it is asked anew
    first: a failure then leaves everything as it was.

    Raises:
        IntegrationError: It could not be asked.
    """
    if customers:
        prove(ledger, systems, customers)
        ledger.heirs.forget(customers)


def _with_theirs(ledger: Ledger, customers: set[str]) -> set[str]:
    """Add the customers whose heir one of these was known to be, and so on.

    Such a customer is inherited from even where its heir is gone itself by now.
    """
    fresh = set(customers)
    while fresh:
        fresh = {old for heir in fresh for old in ledger.heirs.of(heir)} - customers
        customers = customers | fresh
    return customers


def unknown_here(systems: Mapping[str, System], customer: str) -> frozenset[str]:
    """Return the customers (ids) that may have become a part of this one, whether or not the ledger knows of them.

    Raises:
        IntegrationError: The system of record could not be asked.
    """
    record = of_record(systems)
    if record is None or record.predecessors is None:
        return frozenset()
    return frozenset(record.predecessors([customer])[customer])


def was_set_up(ledger: Ledger, customer: str) -> bool:
    """Return whether the ledger knows of anything that was set up for a customer (id)."""
    return bool(ledger.object_index.has_any(f"{CUSTOMER}{customer}") or ledger.deals_of([customer])[customer])


def is_known(ledger: Ledger, customer: str) -> bool:
    """Return whether anything was set up for a customer (id), or it is known to be gone."""
    return was_set_up(ledger, customer) or bool(ledger.heirs.known([customer]))


def refuse_unknown(ledger: Ledger, customer: str, heir: str) -> None:
    """Refuse an answer about a customer of whom nothing is known: nothing would follow from it.

    Raises:
        Rejected: Always; the message names the customer, where a deal was named, and the way out for a lost ledger.
    """
    way = "With a ledger that was lost it may have had something all the same: say why, with --reason."
    deals_own = sorted(ledger.customers_of([customer]))
    if deals_own:
        raise _rejected(
            f"{customer} is a deal, of the customer {deals_own[0]}; of a customer {customer} nothing is known",
            f"Name the customer: closedwon link {deals_own[0]} heir={heir}. {way}",
        )
    raise _rejected(f"nothing is known of a customer {customer}", f"Look at the id: closedwon status. {way}")


def answer(ledger: Ledger, systems: Mapping[str, System], customer: str, heir: str, *, reason: str) -> str:
    """Keep a person's answer about a customer that is gone, and return it in words. Writes only the ledger.

    Args:
        ledger: Where it is kept.
        systems: Among them the system of record.
        customer: The id of the customer that is gone.
        heir: The id of the customer that took its place, or `none`.
        reason: Why, for those who ask later.

    Raises:
        Rejected: It is not gone, or the heir is no customer, or nothing speaks for the heir and no reason is
            given.
        IntegrationError: The system of record could not be asked.
    """
    record = of_record(systems)
    if record is None or record.successions is None or record.customers is None:
        raise _rejected("no system that is set up tells whether a customer is gone", "")
    known = ledger.heirs.known([customer])
    found = gone_among(ledger, systems, [customer]).get(customer)
    if isinstance(found, IntegrationError):
        raise found
    if found is None:
        raise _rejected(f"{record.title} still has the customer {customer}: nobody takes its place", "")
    if heir == NONE:
        ledger.heirs.answer(customer, NONE, reason)
        return (
            f"Nobody took the place of the customer {customer}: its people leave after the usual grace period, and "
            "its organizations and pages stay as they are."
        )
    named = _heir(record, customer, heir)
    if not reason:
        _prove_hinted(ledger, record, customer, named, known[customer].hints if known else ())
    ledger.heirs.answer(customer, heir, reason)
    return f"“{named.name}” ({heir}) took the place of the customer {customer}."


def _heir(record: System, customer: str, heir: str) -> Customer:
    """Return the customer that a person named as the heir of another.

    Raises:
        Rejected: It is no customer of its own.
        IntegrationError: The system of record could not be asked.
    """
    named = record.customers(heir) if record.customers is not None else None
    if isinstance(named, IntegrationError):
        raise named
    if named is None or named.id != heir or heir == customer:
        whose = f": it belongs to {named.id} “{named.name}”" if named is not None and heir != customer else ""
        raise _rejected(
            f"{heir} is no customer of its own in {record.title}{whose}",
            "Name the company by the id that its page shows.",
        )
    return named


def _prove_hinted(ledger: Ledger, record: System, customer: str, heir: Customer, known: Collection[Hint]) -> None:
    """Make sure that something speaks for an heir whom a person named without a reason.

    Raises:
        Rejected: Nothing does.
        IntegrationError: The system of record could not be asked.
    """
    asked = record.successions(_traces(ledger, record, [customer], {})) if record.successions is not None else {}
    succession = asked.get(customer)
    if isinstance(succession, IntegrationError):
        raise succession
    hints = (*succession.hints, *known) if succession is not None else tuple(known)
    proven = succession.heir if succession is not None else ""
    if heir.id in {proven, *(hint.customer for hint in hints)} or reads_the_same(heir.name, called(ledger, customer)):
        return
    others = sorted({f"{hint.customer} ({hint.reason})" for hint in hints})
    others += [f"{proven} ({succession.proof})"] if succession is not None and proven else []
    instead = f"; it does for {', or '.join(others)}" if others else ""
    raise _rejected(
        f"nothing speaks for “{heir.name}” ({heir.id}) having taken the place of the customer {customer}{instead}",
        f"If it did, give the reason: closedwon link {customer} heir={heir.id} --reason TEXT",
    )


def called(ledger: Ledger, customer: str) -> str:
    """Return the name of a customer (by its id) that is gone, from its last run; empty where it is not known."""
    runs = ledger.runs(ledger.deals_of([customer])[customer])
    return next((str(run.document.get("customer") or "") for run in runs), "")


def question(gone: Gone, name: str = "") -> str:
    """Return the question who took a customer's place, in words.

    It names the possible heirs, with what speaks for each.
    """
    called = f"“{name}” ({gone.customer})" if name else gone.customer
    could = [f"{hint.customer}{f' “{hint.name}”' if hint.name else ''} ({hint.reason})" for hint in gone.hints]
    hints = f"; it could be {', or '.join(could)}" if could else ""
    return f"the customer {called} is gone from the ERP, and nothing proves who took its place{hints}"


def command(gone: Gone) -> str:
    """Return the command that answers the question."""
    ids = [hint.customer for hint in gone.hints[:3]] or ["ID"]
    return f"closedwon link {gone.customer} heir='{'|'.join(dict.fromkeys([*ids, NONE]))}'"


def another_answer(gone: Gone) -> str:
    """Return the command that gives the other answer: `none`, or an heir's id where `none` was answered."""
    return f"closedwon link {gone.customer} heir={'ID' if gone.is_left else NONE}"


def _asked(
    ledger: Ledger,
    record: System,
    customers: Collection[str],
    known: Mapping[str, Gone],
    contacts: Mapping[str, Collection[str]],
) -> Said:
    """Ask about these customers, about their known heirs, about the heirs of those, and so on."""
    answers: dict[str, Succession | None | IntegrationError] = {}
    asking = set(customers)
    while asking:
        asking = (asking | _heirs_of(known, asking)) - answers.keys()
        if not asking or record.successions is None:
            break
        answers |= record.successions(_traces(ledger, record, asking, contacts))
        asking = _heirs_of(known, asking) - answers.keys()
    return answers


def _heirs_of(known: Mapping[str, Gone], customers: Collection[str]) -> set[str]:
    """Return the heirs that people named for these customers, or that were proven before."""
    gone = [known[customer] for customer in customers if customer in known]
    return {state.answer or (state.heir if state.proof else "") for state in gone} - {"", NONE}


def _traces(
    ledger: Ledger, record: System, customers: Collection[str], contacts: Mapping[str, Collection[str]]
) -> dict[str, Traces]:
    """Return the traces by which each of these customers may be looked for."""
    former, runs = ledger.object_index.former(record.name, customers), ledger.deals_of(customers)
    made = ledger.object_index.made(record.name, customers)
    return {
        customer: Traces(
            deals=tuple(sorted({*former[customer], *runs[customer]})),
            made_by=tuple(sorted(made[customer] - former[customer])),
            made_first_by=tuple(sorted(made[customer] & former[customer])),
            contacts=tuple(sorted(contacts.get(customer, ()))),
        )
        for customer in sorted(customers)
    }


def _settled(succession: Succession, answers: Said, known: Mapping[str, Gone]) -> Gone:
    """Return the customer's state as it follows from people's answers and the system of record.

    A person's answer takes precedence; an heir that was proven before counts where nothing else names one.
    """
    customer = succession.customer
    before = known.get(customer)
    answered = _answer(known, customer)
    since = before.since if before is not None else datetime.now(UTC).replace(microsecond=0)
    if answered == NONE:
        return Gone(customer, answer=NONE, since=since)
    named = _living(answered, answers, known, {customer})
    heir, proof = (named, "") if named else (succession.heir, succession.proof)
    if not heir and before is not None and before.proof:
        # What proved it may be gone itself: a mark that was given to another deal, a message that somebody deleted.
        heir = _living(before.heir, answers, known, {customer})
        proof = before.proof if heir else ""
    return Gone(customer, heir, proof, answered if named else "", () if heir else succession.hints, since)


def _living(customer: str, answers: Said, known: Mapping[str, Gone], seen: set[str]) -> str:
    """Return the living customer that a named heir leads to; empty where there is none, or a loop."""
    while customer and customer not in seen:
        seen.add(customer)
        succession = answers.get(customer)
        if isinstance(succession, IntegrationError):
            return customer  # who may not be seen, or asked about just now, is not gone
        if succession is None:
            return customer
        answered = _answer(known, customer)
        if not answered and succession.heir:
            return "" if succession.heir in seen else succession.heir
        customer = "" if answered == NONE else answered
    return ""


def _answer(known: Mapping[str, Gone], customer: str) -> str:
    return known[customer].answer if customer in known else ""


def _rejected(message: str, advice: str) -> Rejected:
    return Rejected(message, who="the caller", next=advice)
