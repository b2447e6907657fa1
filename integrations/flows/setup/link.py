"""Settling a choice: which object is the customer's, or that a new one, or none, is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from integrations.core.errors import IntegrationError, Rejected
from integrations.core.model import Deal
from integrations.core.playbook import wanted
from integrations.core.resource import Live, Lookup, Want
from integrations.core.text import one_line
from integrations.flows.setup.flow import SetUp
from integrations.flows.setup.handover import brought_back


def link(
    setup: SetUp, reference: str, choices: Sequence[tuple[str, str]], *, reason: str, playbook: str | None
) -> list[str]:
    """Keep the choices for this deal's customer (or the deal itself, for steps per deal); gives what was kept.

    All of them or none: an id that is not there, or is another customer's, refuses the whole. Writes only the
    ledger. Twice: the later choice counts.

    Raises:
        ConfigError: There is no playbook of that name.
        Rejected: There is no such step or object.
        IntegrationError: The system could not be asked.
    """
    if playbook is not None:
        setup.named(playbook)
    _check_forms(setup, choices)
    deal = setup.read(reference)
    if any(answer not in ("new", "never") for _, answer in choices):
        deal = setup.with_unknown(deal)  # what is chosen may be a gone customer's whose heir this one is
    plan = wanted(setup.playbook_for(deal, playbook), deal, setup.settings)
    wants = {want.step: want for want in brought_back(setup.ledger, deal.customer, plan.wants, dict(choices))}
    named = dict(choices)
    proven: list[tuple[Want[Any], str, str]] = []
    for step, answer in choices:
        want = wants.get(step)
        if want is None or want.look:
            known = ", ".join(name for name, other in wants.items() if not other.look)
            raise Rejected(f"deal {deal.id} has no step {step}", next=f"There are: {known}.")
        if step in plan.refused and answer not in ("new", "never"):
            raise plan.refused[step]
        proven.append((want, answer, _prove(setup, want, answer)))
    parts = [(part, answer) for want, answer, _ in proven for part in _parts(setup, want, answer, wants.values())]
    for want, answer in [*((want, answer) for want, answer, _ in proven), *parts]:
        if want.step not in named or named[want.step] == answer:
            setup.ledger.choose(want.system, want.kind, want.key, answer, reason, want.resource.customer)
    return [sentence for _, _, sentence in proven]


def settle(
    setup: SetUp, deal: Deal, want: Want[Any], answer: str, *, reason: str, others: Sequence[Want[Any]] = ()
) -> str:
    """Keep what a person chose for a step of a plan, as `link` does; gives what was kept.

    `others`: the plan's other wants.

    Raises:
        IntegrationError: It is not there, is another customer's, or the system could not be asked.
    """
    (want,) = brought_back(setup.ledger, deal.customer, [want], {want.step: answer})
    sentence = _prove(setup, want, answer)
    for chosen in (want, *_parts(setup, want, answer, others)):
        setup.ledger.choose(chosen.system, chosen.kind, chosen.key, answer, reason)
    return sentence


def _parts(setup: SetUp, whole: Want[Any], answer: str, wants: Iterable[Want[Any]]) -> Iterator[Want[Any]]:
    """Yield the wants of what is a part of a chosen object and bears a mark there: a page's sections follow it."""
    for want in wants:
        is_part = whole.step in want.depends_on and (want.system, want.kind) == (whole.system, whole.kind)
        if is_part and answer not in ("new", "never"):
            store = setup.systems[want.system].stores[want.kind]
            found = store.find([Lookup(want.resource, id=answer, chosen=True)]).get(want.key)
            if isinstance(found, Live) and found.ours:
                yield want


def _check_forms(setup: SetUp, choices: Sequence[tuple[str, str]]) -> None:
    """Make sure, before anything is contacted, that what was chosen could be ids.

    Which playbook the deal has is not known yet: an id is refused that fits the step of none.

    Raises:
        Rejected: One could be no id.
    """
    for step, answer in choices:
        named = [
            candidate for playbook in setup.playbooks.values() for candidate in playbook.steps if candidate.name == step
        ]
        forms = [
            (candidate.system, setup.systems[candidate.system].stores[candidate.resource.kind].id_form)
            for candidate in named
        ]
        if answer not in ("new", "never") and not any(form.pattern.fullmatch(answer) for _, form in forms):
            for system, form in forms:
                form.prove(answer, step=step, system=system)


def _prove(setup: SetUp, want: Want[Any], answer: str) -> str:
    customer = f"{want.system} {want.kind}"
    if answer == "new":
        return f"{want.step}: a new {customer} will be made."
    if answer == "never":
        return f"{want.step}: no {customer} for this {'deal' if want.key.startswith('deal:') else 'customer'}, ever."
    store = setup.systems[want.system].stores[want.kind]
    found = store.find([Lookup(want.resource, id=answer, chosen=True)]).get(want.key)
    if isinstance(found, IntegrationError):
        raise found
    if not isinstance(found, Live):
        raise Rejected(
            f"{want.system} has no {want.kind} {answer}",
            system=want.system,
            who="the person who chose it",
            next="Name the id that the object's own page shows.",
        )
    return f"{want.step}: {one_line(found.state.label())} ({found.id}) {found.url}".rstrip()
