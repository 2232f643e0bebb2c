"""Rule 6, tested on random days of settlement: nobody alone, nothing twice."""

from collections.abc import Callable
from datetime import date
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import initialize, invariant, rule

from ledger import funds
from ledger.application import Ledger
from ledger.errors import HongkaError
from ledger.services.officers import statements
from ledger.settlement import statement
from tests.scenarios.test_rules import MORNING, DaysAtTheTill
from tests.support.ledger_fixture import populate
from tests.support.ledger_settlement import CLERK, REVIEWER, TREASURER, care_purchase
from tests.support.oracle_payments import wrong_payments
from tests.support.oracle_redemptions import faults
from tests.support.oracle_statements import THRESHOLD_MINOR, StatementOracle

OFFICERS = st.sampled_from([CLERK, REVIEWER, TREASURER])
SHEETS = st.integers(0, 5)
AMOUNTS = st.sampled_from([1, 4, 7_00, 7_01])


class DaysOfSettling(DaysAtTheTill):
    """Statements, approvals and incidents among the days at the till."""

    notebook: StatementOracle

    def __init__(self) -> None:
        super().__init__()
        self.notebook = StatementOracle()
        self.ledger.officers.statements.set_threshold("care", amount_minor=THRESHOLD_MINOR)

    def teardown(self) -> None:
        events = [fact.event for fact in self.ledger.facts(0, 10_000)]
        super().teardown()
        assert wrong_payments(events) == []

    @initialize(
        cards=st.lists(st.integers(0, 1), min_size=1, max_size=4),
        amount_minor=AMOUNTS,
        number=st.integers(0, 3),
    )
    def a_month_was_settled(self, cards: list[int], amount_minor: int, number: int) -> None:
        """Settle a month first, so that something is paid."""
        self.redeem([(card, frozenset({"care"}), 50_00) for card in cards])
        self.settle()
        self.report(number, amount_minor, "other", CLERK)
        self.redeem([(cards[0], frozenset({"care"}), 50_00)])

    def a_sheet(self, number: int, *, new: bool = False) -> str:
        """Return the id of one of the latest statements, or of the next."""
        latest = len(self.notebook.statements) - (0 if new and number == 0 else 1)
        return f"s-{max(latest - number // 2, 0)}"

    @rule(number=SHEETS, officer=OFFICERS)
    def draw_up(self, number: int, officer: str) -> None:
        statement_id = self.a_sheet(0 if number < 4 else number, new=True)

        def drawn_up() -> tuple[int, int] | None:
            event = self.ledger.officers.statements.draw_up_statement(
                statement_id, fund_id="care", merchant_id="rose", by=officer
            )
            if event is None:
                return None
            assert isinstance(event, statement.DrawnUp)
            return event.due_minor, event.approvals

        self.same(drawn_up, lambda: self.notebook.draw_up(statement_id, officer))

    @rule(number=SHEETS, officer=OFFICERS)
    def approve(self, number: int, officer: str) -> None:
        statement_id = self.a_sheet(number)

        def approved() -> int | None:
            event = self.ledger.officers.statements.approve_statement(statement_id, by=officer)
            return event.number if isinstance(event, statement.Approved) else None

        self.same(approved, lambda: self.notebook.approve(statement_id, officer))

    @rule(number=SHEETS, officer=OFFICERS)
    def send_back(self, number: int, officer: str) -> None:
        statement_id = self.a_sheet(number)

        def returned() -> bool:
            event = self.ledger.officers.statements.return_statement(
                statement_id, reason="other", by=officer
            )
            return event is not None

        self.same(returned, lambda: self.notebook.send_back(statement_id))

    @rule(number=SHEETS, officer=OFFICERS, reference=st.sampled_from(["b-1", "b-2"]))
    def mark_paid(self, number: int, officer: str, reference: str) -> None:
        statement_id = self.a_sheet(number)

        def paid() -> int | None:
            event = self.ledger.officers.statements.mark_statement_paid(
                statement_id, reference=reference, by=officer
            )
            return event.due_minor if isinstance(event, statement.Paid) else None

        self.same(paid, lambda: self.notebook.mark_paid(statement_id, officer, reference))

    @rule()
    def settle(self) -> None:
        """Draw up, approve and pay a statement."""
        self.draw_up(0, CLERK)
        self.approve(0, REVIEWER)
        self.approve(0, TREASURER)
        self.mark_paid(0, REVIEWER, "b-1")

    @rule(
        number=st.integers(0, 30),
        amount_minor=AMOUNTS,
        reason=st.sampled_from(["duplicate", "other"]),
        officer=OFFICERS,
    )
    def report(self, number: int, amount_minor: int, reason: str, officer: str) -> None:
        used = [one["id"] for one in self.notebook.used if one["union"]] or ["never"]
        redemption_id = used[-1 - number % len(used)]

        def reported() -> bool:
            event = self.ledger.officers.statements.report_incident(
                redemption_id, amount_minor=amount_minor, reason=reason, by=officer
            )
            return event is not None

        self.same(reported, lambda: self.notebook.report(redemption_id, amount_minor, reason))

    @invariant()
    def what_is_to_come_back_is_as_the_notebook_has_it(self) -> None:
        state = self.ledger.fund("care")
        assert state.recoverable_minor.get("rose", 0) == self.notebook.to_keep_minor


TestDaysOfSettling = DaysOfSettling.TestCase
TestDaysOfSettling.settings = settings(
    max_examples=30, stateful_step_count=40, phases=(Phase.reuse, Phase.generate)
)


def try_everything(ledger: Ledger) -> None:
    """Try what one officer alone must not do, and what must not happen twice."""
    populate(ledger)
    ledger.officers.statements.set_threshold("care", amount_minor=THRESHOLD_MINOR)
    for number in (1, 2):
        ledger.tills.redemptions.redeem(f"r{number}", care_purchase(f"c{number}"))
    asks: list[Callable[[], Any]] = [
        lambda: ledger.officers.statements.draw_up_statement(
            "s-1", fund_id="care", merchant_id="rose", by=CLERK
        ),
        lambda: ledger.officers.statements.draw_up_statement(
            "s-2", fund_id="care", merchant_id="rose", by=CLERK
        ),
        lambda: ledger.tills.redemptions.reverse("r1", merchant_id=None, reason="", by=CLERK),
        lambda: ledger.officers.statements.approve_statement("s-1", by=CLERK),
        lambda: ledger.officers.statements.approve_statement("s-1", by=REVIEWER),
        lambda: ledger.officers.statements.approve_statement("s-1", by=REVIEWER),
        lambda: ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=REVIEWER),
        lambda: ledger.officers.statements.approve_statement("s-1", by=TREASURER),
        lambda: ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=CLERK),
        lambda: ledger.officers.statements.mark_statement_paid(
            "s-1", reference="b-1", by=TREASURER
        ),
        lambda: ledger.tills.redemptions.reverse("r2", merchant_id=None, reason="", by=CLERK),
        lambda: ledger.tills.redemptions.redeem("r3", care_purchase("c1", amount_minor=80_00)),
        lambda: ledger.tills.redemptions.redeem("r4", care_purchase("c2", amount_minor=80_00)),
        lambda: ledger.officers.offers.pay_merchant("care", merchant_id="rose", by=CLERK),
    ]
    for ask in asks:
        ask_once(ask)


def ask_once(ask: Callable[[], Any]) -> None:
    try:
        ask()
    except HongkaError:
        return


def test_abuse_is_refused_and_the_auditor_finds_no_fault(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url, clock=lambda: MORNING)
    try_everything(ledger)

    facts = ledger.facts(0, 1_000)
    assert faults(facts) == []
    assert wrong_payments(fact.event for fact in facts) == []
    assert [fact.by for fact in facts if fact.topic == "statement.paid"] == [TREASURER]
    ledger.close()


def all_of(state: funds.Fund, *, merchant_id: str, statement_id: str = "") -> funds.Settlement:
    owed_minor = state.owed_minor.get(merchant_id, 0)
    return funds.Settlement(statement_id, state.reservations, owed_minor, 0)


def approved_by_anybody(
    state: statement.Statement, *, officer_id: str, day: date, **_payee: Any
) -> list[Any]:
    drawn_up = statement.known(state)
    number = len(state.approved_by) + 1
    approved = {"number": number, "of": drawn_up.approvals, "officer_id": officer_id, "day": day}
    return [statement.Approved(statement_id=drawn_up.statement_id, **approved)]


PLANTED: dict[str, tuple[Any, str, Any]] = {
    "approved by who drew it up": (statement, "approve", approved_by_anybody),
    "two statements of one merchant and fund are open": (funds, "settlement", all_of),
}


@pytest.mark.control
@pytest.mark.parametrize("fault", PLANTED)
def test_the_planted_fault_is_found(
    fault: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*PLANTED[fault])
    monkeypatch.setattr(statements, "check_independent", lambda *_who, **_when: None)
    ledger = Ledger(sqlite_url, clock=lambda: MORNING)
    try_everything(ledger)

    assert fault in wrong_payments(fact.event for fact in ledger.facts(0, 1_000))
    ledger.close()
