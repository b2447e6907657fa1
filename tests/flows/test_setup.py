"""Setting up over systems in memory: what was read before a wait is not what is acted upon."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from integrations.core.change import Change
from integrations.core.errors import IntegrationError, Rejected
from integrations.core.lock import FileLocks
from integrations.core.model import Deal, DealReference, Party
from integrations.core.outcome import exit_code_of
from integrations.core.playbook import Catalogue, Playbook, load
from integrations.core.playbook.load import SAMPLE
from integrations.core.system import Answer
from integrations.flows.setup import Approval, SetUp
from integrations.flows.setup.link import link
from tests.core.memory import Bench, Thing

CATALOGUE = Catalogue({"a": {"thing": Thing}}, {"a": {}}, lambda _: None)
PLAYBOOK = '[one]\nresource = "a.thing"\nper = "deal"\nname = "{{ deal.title }}"\n'


class Deals:
    """A CRM with one deal."""

    def __init__(self) -> None:
        self.deal = SAMPLE
        self.reads = 0

    def get(self, keys: Sequence[str]) -> Mapping[str, Deal | IntegrationError | None]:
        self.reads += 1
        return dict.fromkeys(keys, self.deal)

    def scan(self, since: date | None, *, won_only: bool = False) -> Iterator[Deal]:
        del since, won_only
        yield self.deal


def playbook(text: str = PLAYBOOK) -> Playbook:
    found, faults = load(Path("service.toml"), text, CATALOGUE)
    assert faults == []
    return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def setup(bench: Bench, tmp_path: Path) -> SetUp:
    return SetUp(
        bench.systems, bench.ledger, FileLocks(tmp_path / "locks"), Deals(), {"service": playbook()}, {"a": {}}
    )


def test_a_deal_is_read_once_where_nobody_is_in_the_way(setup: SetUp, bench: Bench) -> None:
    assert setup.run("1", Approval(yes=True)).exit_code == 0
    assert isinstance(setup.deals, Deals)
    assert setup.deals.reads == 1
    assert bench.a.objects["1"][1].name == SAMPLE.title


def test_what_was_read_before_waiting_for_another_run_is_read_again(setup: SetUp, bench: Bench) -> None:
    """The other one may have made the customer, or changed what all its deals are shown by."""
    held, let_go = threading.Event(), threading.Event()
    deals = setup.deals
    assert isinstance(deals, Deals)

    def other() -> None:
        with setup.locks.hold("of customer:1"):
            held.set()
            assert let_go.wait(10)
            deals.deal = SAMPLE.model_copy(update={"title": "As the other run left it"})

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(10)
    setup.waiting = lambda *_: let_go.set()
    assert setup.run("1", Approval(yes=True)).exit_code == 0
    thread.join()
    assert bench.a.objects["1"][1].name == "As the other run left it"


def with_deals(number: int) -> Deal:
    """The deal, of a customer with so many."""
    deals = tuple(DealReference(id=str(index), title="x") for index in range(1, number + 1))
    return SAMPLE.model_copy(update={"customer": SAMPLE.customer.model_copy(update={"id": "1", "deals": deals})})


@pytest.fixture
def few_files() -> Iterator[None]:
    """Of all that are open, not a hundred more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len([*Path("/dev/fd").iterdir()]) + 100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("few_files")
def test_a_customer_with_very_many_deals_needs_few_open_files(setup: SetUp) -> None:
    assert isinstance(setup.deals, Deals)
    setup.deals.deal = with_deals(1000)
    assert setup.run("1", Approval(yes=True)).exit_code == 0


def test_a_run_that_does_not_know_the_customer_yet_is_waited_for(
    setup: SetUp, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works on another of the customer's deals, which named no customer when it began; afterwards it is free."""
    assert isinstance(setup.deals, Deals)
    setup.deals.deal = with_deals(2)
    setup.lock_wait = 0.05
    with setup.locks.hold("of deal:2"):
        assert setup.run("1", Approval(yes=True)).exit_code == 1
    free = []

    put = bench.a.put

    def putting(changes: Sequence[Change[Thing]]) -> Answer:
        with setup.locks.hold("of deal:2", wait=0):
            free.append(True)
        return put(changes)

    monkeypatch.setattr(bench.a, "put", putting)
    assert setup.run("1", Approval(yes=True)).exit_code == 0
    assert free


def test_a_deal_that_names_a_customer_once_it_is_held_is_done_as_that_customers(setup: SetUp) -> None:
    """Somebody named the customer between the reading and the holding: the other deals' runs are kept out."""
    deals = setup.deals
    assert isinstance(deals, Deals)
    nameless = SAMPLE.model_copy(update={"customer": SAMPLE.customer.model_copy(update={"id": None, "deals": ()})})
    known, deals.deal = with_deals(2), nameless
    reading = deals.get

    def get(keys: Sequence[str]) -> Mapping[str, Deal | IntegrationError | None]:
        found = reading(keys)
        deals.deal = known
        return found

    deals.get = get
    setup.lock_wait = 0.05
    with setup.locks.hold("of customer:1"):
        assert setup.run("1", Approval(yes=True)).exit_code == 1
    assert setup.run("1", Approval(yes=True)).exit_code == 0


def test_a_choice_for_a_step_whose_data_is_wrong_is_refused_with_that(setup: SetUp, bench: Bench) -> None:
    """A store never sees a resource that is not whole."""
    assert isinstance(setup.deals, Deals)
    flag = "{% if deal.payment_term == '30 days' %}true{% else %}{{ deal.payment_term }}{% endif %}"
    setup.playbooks = {"service": playbook(f'[one]\nresource = "a.thing"\nflag = "{flag}"\n')}
    setup.deals.deal = SAMPLE.model_copy(update={"payment_term": "whenever"})
    with pytest.raises(Rejected, match="flag"):
        link(setup, "1", [("one", "7")], reason="", playbook=None)
    assert bench.a.finds == 0
    assert link(setup, "1", [("one", "never")], reason="", playbook=None)


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], 0), ([0, 3], 3), ([4, 1, 0], 1), ([3, 6, 4, 5], 6), ([5, 4], 5), ([2, 4], 2), ([1, 130], 130)],
)
def test_of_several_exit_codes_the_one_that_says_most_counts(codes: list[int], code: int) -> None:
    assert exit_code_of(codes) == code


@pytest.mark.parametrize("part", ["bill_to", "channel"])
def test_who_approves_a_plan_approves_who_pays(setup: SetUp, bench: Bench, part: str) -> None:
    """It stands above the plan, and no change alone has it: the payer is what a system looks by."""
    assert isinstance(setup.deals, Deals)
    shown = setup.run("1", Approval(dry=True)).plan
    assert shown is not None
    assert setup.run("1", Approval(dry=True)).plan == shown
    setup.deals.deal = SAMPLE.model_copy(update={part: Party(id="99", name="Somebody else AG")})
    ended = setup.run("1", Approval(plan=shown.id))
    assert ended.exit_code == 5
    assert bench.a.puts == []
