"""The rules that always hold, tested on random days at two tills that go offline.

In any order of live and offline redemptions: shares add up to the price, no fund is below zero, ids
and numbers are used once, the member's limits count everything, and every contested redemption has
a liable party who pays.
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from immutables import Map

from ledger import errors, funds
from ledger.application import Ledger
from ledger.merchants import till_sequence
from ledger.merchants.till import FloorLimits
from ledger.offline import booking, decision
from ledger.offline.report import OfflineReport
from ledger.redemptions import pricing
from ledger.redemptions.events import Contested, OfflineDiscount, Redeemed
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.services import report_states
from tests.ledger.write.test_state_cache import folded, known
from tests.support.ledger_fixture import ROSE, populate, scan
from tests.support.oracle_late_redemptions import CARD_MINOR, faults

MORNING = datetime(2026, 5, 1, 1, tzinfo=UTC)
FUND_MINOR = 60_00
TILLS, CARDS = st.sampled_from(["t1", "t2"]), st.sampled_from(["c1", "c2"])
LIMITS = FloorLimits(redemptions=6, amount_minor=60_00, hours=30, card_minor=CARD_MINOR)
HAIR = OfflineDiscount(choice_id="hair", merchant_share_minor=10_00, union_share_minor=0)
CARE = OfflineDiscount(choice_id="care", merchant_share_minor=0, union_share_minor=7_00)
TOO_MUCH = OfflineDiscount(choice_id="care", merchant_share_minor=1_00, union_share_minor=8_00)
GIVEN = st.sampled_from([(), (HAIR,), (CARE,), (HAIR,), (CARE,), (TOO_MUCH,)])
SALES = st.tuples(CARDS, GIVEN, st.integers(0, 9), st.sampled_from([False, False, True]))


class TwoTills(RuleBasedStateMachine):
    """Two tills that sync, sell live, sell offline, and report in any order, or twice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="hongka-late-")
        self.now = MORNING
        self.ledger = self.opened()
        populate(self.ledger, available_minor=FUND_MINOR)
        self.ledger.officers.merchants.pair_till(
            "rose", till_id="t2", outlet_id="gulou", key_hash="k"
        )
        self.synced_at = dict.fromkeys(("t1", "t2"), self.now)
        self.numbers = dict.fromkeys(("t1", "t2"), 0)
        self.kept: list[OfflineReport] = []
        self.answers: dict[str, Any] = {}
        for till_id in ("t1", "t2"):
            self.ledger.officers.merchants.limit_till("rose", till_id=till_id, limits=LIMITS)

    def opened(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/log.db", clock=lambda: self.now)

    def teardown(self) -> None:
        facts = self.ledger.facts(0, 10_000)
        truth, believed = folded(self.ledger), known(self.ledger)
        self.ledger.close()
        shutil.rmtree(self.folder)
        assert faults(facts) == []
        assert believed == truth

    @rule(till_id=TILLS, sales=st.lists(SALES, min_size=1, max_size=8), synced=st.booleans())
    def lose_the_line(self, till_id: str, sales: list[Any], *, synced: bool) -> None:
        """Go offline, perhaps just after a sync."""
        if synced:
            self.sync(till_id)
        for sale in sales:
            self.sell_offline(till_id, *sale)

    def sell_offline(
        self,
        till_id: str,
        card_id: str,
        given: tuple[OfflineDiscount, ...],
        code: int,
        live: bool,  # noqa: FBT001 - one part of a sale
    ) -> None:
        """Sell offline; perhaps the ledger had received it already and the answer got lost."""
        self.numbers[till_id] += 1
        said = OfflineReport(
            redemption_id=f"r{len(self.kept)}",
            **ROSE | {"till_id": till_id},
            amount_minor=50_00,
            given=given,
            scanned_at=self.now,
            synced_at=self.synced_at[till_id],
            series=1,
            number=self.numbers[till_id],
            card_id=card_id,
            code_id=f"s{code}-{self.now:%d%H}-{card_id}",
        )
        self.kept.append(said)
        if live:
            choices = [one.choice_id for one in given]
            shown = scan(card_id, *choices, code_id=said.code_id, till_id=till_id)
            self.ask(lambda: self.ledger.tills.redemptions.redeem(said.redemption_id, shown))

    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=8))
    def bring(self, which: list[int]) -> None:
        """Report some slips, the latest first, perhaps for the second time."""
        for number in which if self.kept else ():
            said = self.kept[-1 - number % len(self.kept)]
            event = self.ledger.tills.late_redemptions.redeem_late(said).event
            assert self.answers.setdefault(said.redemption_id, event) == event

    @rule(card_id=CARDS, choice=st.sampled_from(["hair", "care"]))
    def sell_live(self, card_id: str, choice: str) -> None:
        name = f"live-{self.ledger.store.max_notification_id()}"
        self.ask(lambda: self.ledger.tills.redemptions.redeem(name, scan(card_id, choice)))

    @rule(which=st.integers(0, 30))
    def undo(self, which: int) -> None:
        if self.kept:
            name = self.kept[which % len(self.kept)].redemption_id
            undo = {"merchant_id": "rose", "reason": "other", "by": "till-t1"}
            self.ask(lambda: self.ledger.tills.redemptions.reverse(name, **undo))

    @rule(which=st.integers(0, 30), accept=st.booleans())
    def decide(self, which: int, *, accept: bool) -> None:
        if self.kept:
            name = self.kept[which % len(self.kept)].redemption_id
            verb = self.ledger.officers.contests.decide
            self.ask(lambda: verb(name, accept=accept, by="officer-li"))

    @rule(till_id=TILLS)
    def sync_alone(self, till_id: str) -> None:
        self.sync(till_id)

    def sync(self, till_id: str) -> None:
        self.synced_at[till_id] = self.now
        self.ledger.tills.late_redemptions.count_till(
            "rose", till_id=till_id, series=1, highest=self.numbers[till_id], by="till"
        )

    @rule(card_id=CARDS, lost=st.sampled_from([False, False, True]))
    def turn(self, card_id: str, *, lost: bool) -> None:
        (
            self.ledger.officers.cards.block_card
            if lost
            else self.ledger.officers.cards.unblock_card
        )(card_id)

    @rule(hours=st.sampled_from([1, 1, 1, 20, 200]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def pay(self) -> None:
        self.ask(lambda: self.ledger.officers.offers.pay_merchant("care", merchant_id="rose"))

    @rule()
    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.opened()

    @invariant()
    def every_number_is_missing_or_was_brought(self) -> None:
        brought = {(one.till_id, one.number) for one in self.kept if self.came(one)}
        for till_id, highest in self.numbers.items():
            count = self.ledger.state(till_sequence.stream("rose", till_id))
            assert count.highest <= highest
            came = {number for till, number in brought if till == till_id}
            assert set(range(1, count.highest + 1)) - set(count.missing) == came

    def came(self, said: OfflineReport) -> bool:
        return said.redemption_id in self.answers

    def ask(self, verb: Any) -> None:
        try:
            verb()
        except (errors.Refusal, errors.RequestReused):
            return


TestTwoTills = TwoTills.TestCase
# Shrinking takes minutes on a real database: add the phase to understand a failure.
TestTwoTills.settings = settings(
    max_examples=30, stateful_step_count=40, phases=(Phase.reuse, Phase.generate)
)


def offline(ledger: Ledger, now: datetime, number: int, **changed: Any) -> Contested | Redeemed:
    """Sell one more haircut to the first member offline, at the first till."""
    fields: dict[str, Any] = {"given": (HAIR,), "card_id": "c1", "synced_at": MORNING}
    said = OfflineReport(
        redemption_id=f"r{number}",
        **ROSE,
        amount_minor=50_00,
        scanned_at=now,
        series=1,
        number=number,
        **fields | changed,
    )
    return ledger.tills.late_redemptions.redeem_late(said).event


USUAL_TILL = FloorLimits(card_minor=CARD_MINOR)


def abuse(url: str) -> list[str]:
    """Use a benefit too often, too much, from an empty fund. Return the faults found."""
    now = MORNING + timedelta(hours=1)
    ledger = Ledger(url, clock=lambda: now)
    populate(ledger, available_minor=10_00)
    ledger.officers.merchants.limit_till("rose", till_id="t1", limits=USUAL_TILL)
    offline(ledger, now, 8, given=(CARE,), synced_at=MORNING - timedelta(days=2))
    for number in range(1, 4):
        offline(ledger, now, number)
    for number in range(4, 7):
        offline(ledger, now, number, given=(CARE,), card_id="c2")
    offline(ledger, now, 7, given=(TOO_MUCH,), card_id="c2")
    ledger.officers.offers.contribute("care", source="district", amount_minor=90_00)
    synced_at, now = now, now + timedelta(minutes=1)
    ledger.officers.cards.block_card("c1")
    now += timedelta(minutes=1)
    for number in range(9, 14):
        offline(ledger, now, number, given=(CARE,), synced_at=synced_at)
    found = faults(ledger.facts(0, 1_000))
    ledger.close()
    return [one.partition(": ")[2] for one in found]


def test_abuse_is_contested_and_the_oracle_finds_no_fault(sqlite_url: str) -> None:
    assert abuse(sqlite_url) == []


Plant = tuple[Any, str, Any]
PLANTED: dict[str, Plant] = {
    "more than a member may have in a day": (report_states, "tallies", lambda *_, **__: Map()),
    "a fund is below zero, or the books do not balance": (
        pricing.fund,
        "reserve",
        lambda state, **drawn: funds.Reserved(fund_id=state.fund_id, **drawn),
    ),
    "the union bears more of a card than its budget": (
        decision,
        "RULES",
        {one: rule for one, rule in decision.RULES.items() if one != "over_budget"},
    ),
    "the books hold another sum": (
        decision,
        "book",
        lambda said, context, offers, union, **_: booking.book(said, context, offers, union),
    ),
    "the union pays what the merchant bears": (
        decision,
        "book",
        lambda said, context, offers, _, **how: booking.book(
            said, context, offers, affordable(said, context), **how
        ),
    ),
}


def affordable(said: OfflineReport, context: PurchaseContext) -> dict[str, int]:
    """Return the promised share, as far as the fund can pay it."""
    left = context.funds["care"].available_minor if "care" in context.funds else 0
    return {one.choice_id: min(left, one.union_share_minor) for one in said.given}


@pytest.mark.control
@pytest.mark.parametrize("fault", PLANTED)
def test_the_oracle_finds_the_planted_fault(
    fault: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*PLANTED[fault])

    assert fault in abuse(sqlite_url)
