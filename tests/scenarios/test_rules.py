"""The rules that always hold, tested on random days at the till.

1 limits belong to the member, also after the card is replaced; 2 an id is used once; 3 funds and
shares; 4 the log is the truth; 5 a refusal has a reason and is kept; 7 a dead card is dead at once.
Rule 6, on officers, is tested in `test_rules_settled`; applications do not exist yet.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ledger import errors, funds
from ledger.application import Ledger
from ledger.members import card
from ledger.money import portion
from ledger.redemptions import pricing, redemption
from ledger.store import Tx
from tests.ledger.write.test_state_cache import folded, known
from tests.support.ledger_fixture import PER_DAY, event_count, populate, scan
from tests.support.oracle_redemptions import faults
from tests.support.oracle_till import Refused, TillOracle

MORNING = datetime(2026, 5, 1, 1, tzinfo=UTC)
PRICES = st.sampled_from([50_00, 4, 5, 6_99, 7_00, 7_04, 333_33])
CHOICES = st.sampled_from([frozenset({"hair"}), {"care"}, {"care", "hair"}, {}]).map(frozenset)


class DaysAtTheTill(RuleBasedStateMachine):
    """A ledger and an independent model get the same calls and must give the same answers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="hongka-rules-")
        self.now = MORNING
        self.notebook = TillOracle()
        self.ledger = self.opened()
        populate(self.ledger)

    def opened(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/log.db", clock=lambda: self.now)

    def teardown(self) -> None:
        facts = self.ledger.facts(0, 10_000)
        truth, believed = folded(self.ledger), known(self.ledger)
        self.ledger.close()
        shutil.rmtree(self.folder)
        assert faults(facts) == []
        assert believed == truth

    def same(self, by_ledger: Callable[[], Any], by_notebook: Callable[[], Any]) -> None:
        """Assert that both return the same, or refuse with the same reason."""
        try:
            expected: Any = by_notebook()
        except Refused as no:
            expected = str(no)
        try:
            answer = by_ledger()
        except errors.HongkaError as refused:
            answer = refused.reason
        assert answer == expected

    def a_card(self, number: int) -> str:
        cards = sorted(self.notebook.cards)
        return cards[number % len(cards)]

    @rule(visits=st.lists(st.tuples(st.integers(0, 5), CHOICES, PRICES), min_size=1, max_size=6))
    def redeem(self, visits: list[tuple[int, frozenset[str], int]]) -> None:
        for number, choices, price_minor in visits:
            self.visit(f"r{len(self.notebook.answers)}", number, choices, price_minor)

    @rule(earlier=st.integers(0, 30), number=st.integers(0, 5), choices=CHOICES, price_minor=PRICES)
    def redeem_under_an_id_perhaps_used(
        self, earlier: int, number: int, choices: frozenset[str], price_minor: int
    ) -> None:
        self.visit(f"r{earlier}", number, choices, price_minor)

    def visit(
        self, redemption_id: str, number: int, choices: frozenset[str], price_minor: int
    ) -> None:
        card_id = self.a_card(number)
        asked = scan(card_id, *sorted(choices), amount_minor=price_minor)

        def shares() -> tuple[int, int, int]:
            made = self.ledger.tills.redemptions.redeem(redemption_id, asked).made
            return made.merchant_share_minor, made.union_share_minor, made.member_share_minor

        day = self.ledger.day(self.now)
        self.same(
            shares, lambda: self.notebook.redeem(redemption_id, card_id, choices, price_minor, day)
        )

    @precondition(lambda self: self.notebook.answers)
    @rule(number=st.integers(0, 30))
    def ask_again(self, number: int) -> None:
        asked = sorted(self.notebook.answers)
        redemption_id = asked[number % len(asked)]
        (card_id, choices, price_minor), _ = self.notebook.answers[redemption_id]
        before = event_count(self.ledger)
        again = scan(card_id, *sorted(choices), amount_minor=price_minor)
        try:
            replayed = self.ledger.tills.redemptions.redeem(redemption_id, again).replayed
        except errors.Refusal as refusal:
            replayed = refusal.replayed
        assert replayed
        assert event_count(self.ledger) == before

    @rule(number=st.integers(0, 30))
    def reverse(self, number: int) -> None:
        used = [one["id"] for one in self.notebook.used] or ["never"]
        redemption_id = used[-1 - number % len(used)]

        def undo() -> None:
            self.ledger.tills.redemptions.reverse(
                redemption_id, merchant_id="rose", reason="", by="till-t1"
            )

        self.same(undo, lambda: self.notebook.reverse(redemption_id))

    @rule()
    def pay(self) -> None:
        def paid() -> int:
            event = self.ledger.officers.offers.pay_merchant("care", merchant_id="rose")
            assert isinstance(event, funds.PaidOut)
            return event.amount_minor

        self.same(paid, self.notebook.pay)

    @rule(amount_minor=st.integers(1, 20_00))
    def contribute(self, amount_minor: int) -> None:
        self.ledger.officers.offers.contribute("care", source="district", amount_minor=amount_minor)
        self.notebook.fund_minor += amount_minor

    @rule(number=st.integers(0, 5), lost=st.booleans())
    def lose_or_find(self, number: int, *, lost: bool) -> None:
        card_id = self.a_card(number)

        def turn() -> None:
            (
                self.ledger.officers.cards.block_card
                if lost
                else self.ledger.officers.cards.unblock_card
            )(card_id)

        self.same(turn, lambda: self.notebook.turn(card_id, "blocked" if lost else "live"))

    @rule(number=st.integers(0, 5))
    def replace(self, number: int) -> None:
        card_id, new_card_id = self.a_card(number), f"n{len(self.notebook.cards)}"

        def put() -> None:
            self.ledger.officers.cards.replace_card(card_id, new_card_id=new_card_id)

        self.same(put, lambda: self.notebook.replace(card_id, new_card_id))

    @rule(hours=st.sampled_from([1, 15, 24]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.opened()

    @invariant()
    def the_fund_is_as_the_notebook_has_it(self) -> None:
        state = self.ledger.fund("care")
        assert state.available_minor == self.notebook.fund_minor
        assert state.owed_minor.get("rose", 0) == self.notebook.owed_minor


TestDaysAtTheTill = DaysAtTheTill.TestCase
# Shrinking takes minutes on a real database: add the phase to understand a failure.
TestDaysAtTheTill.settings = settings(
    max_examples=30, stateful_step_count=40, phases=(Phase.reuse, Phase.generate)
)


def abuse(ledger: Ledger) -> None:
    """Try everything forbidden: too often, too much, from an empty fund, with a dead card."""
    for number in range(PER_DAY + 2):
        ask(ledger, f"often-{number}", "c1", "hair", amount_minor=10_00)
    ledger.officers.cards.replace_card("c1", new_card_id="c3")
    ask(ledger, "inherited", "c3", "hair", amount_minor=10_00)
    ask(ledger, "much", "c2", "hair", amount_minor=900_00)
    ask(ledger, "dead", "c1", amount_minor=10_00)
    for number in range(10):
        ask(ledger, f"care-{number}", "c2", "care", amount_minor=10_00)


def ask(ledger: Ledger, redemption_id: str, card_id: str, *choices: str, amount_minor: int) -> None:
    try:
        ledger.tills.redemptions.redeem(
            redemption_id, scan(card_id, *choices, amount_minor=amount_minor)
        )
    except errors.Refusal:
        return


def test_abuse_is_refused_and_the_oracle_finds_no_fault(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url, clock=lambda: MORNING)
    populate(ledger)
    abuse(ledger)

    facts = ledger.facts(0, 1_000)
    assert faults(facts) == []
    assert sum(fact.topic == "redemption.refused" for fact in facts) == 5
    ledger.close()


Plant = tuple[Any, str, Callable[..., Any]]
PLANTED: dict[str, list[Plant]] = {
    "more than a member may have in a day": [
        (redemption, "_counted", lambda state, _made, _count: (state.uses, state.recent))
    ],
    "more than the offer may give": [
        (pricing, "_room", lambda _choice, _used, covered_minor: covered_minor)
    ],
    "a dead card was taken": [(card, "check_live", lambda _state, _today: None)],
    "a fund is below zero": [
        (
            pricing,
            "_from_fund",
            lambda choice, covered_minor, funds: (
                portion(covered_minor, choice.rules.funding.union_basis_points),
                funds.get(choice.rules.funding.fund_id),
            ),
        ),
        (funds, "reserve", lambda state, **drawn: funds.Reserved(fund_id=state.fund_id, **drawn)),
    ],
}


@pytest.mark.control
@pytest.mark.parametrize("fault", PLANTED)
def test_the_oracle_finds_the_planted_fault(
    fault: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, planted in PLANTED[fault]:
        monkeypatch.setattr(module, name, planted)
    ledger = Ledger(sqlite_url, clock=lambda: MORNING)
    populate(ledger)
    abuse(ledger)

    found = faults(ledger.facts(0, 1_000))

    assert {one.partition(": ")[2] for one in found} == {fault}
    ledger.close()


def test_a_ledger_that_forgets_ids_is_stopped_by_the_second_guard(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))
    before = event_count(ledger)
    monkeypatch.setattr(Tx, "asked_by_request", lambda _tx, _ids: dict)

    with pytest.raises(errors.Busy):
        ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))

    monkeypatch.undo()
    assert event_count(ledger) == before
    assert ledger.tills.redemptions.redeem("r1", scan("c1", "hair")).made == made.made


def test_the_oracle_finds_events_out_of_order(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", scan("c1"))
    facts = ledger.facts(0, 100)

    assert faults([*facts[:3], *facts[4:]])[0] == "5: out of order"
    assert "one id answered twice" in faults([*facts, facts[-1]])[-1]
