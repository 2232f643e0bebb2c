"""Random months of redemptions, statements, payments and incidents: the money is right."""

from collections import Counter
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import funds
from ledger.event import Event
from projections.payables import payables
from projections.statement_lines import statement_lines
from projections.statements import statements
from tests.support.event_history_purchases import read
from tests.support.event_history_settlement import (
    FUNDS,
    MERCHANTS,
    OFFICERS,
    PAYING,
    STEPS,
    History,
)
from tests.support.oracle_payments import Auditor, wrong_payments

RICH = [("contribute", fund_id, 5_000) for fund_id in FUNDS]
REDEEM = st.tuples(
    st.just("redeem"),
    st.sampled_from(("m1", "m2", "m3")),
    st.sampled_from(MERCHANTS),
    st.integers(50, 700),
    st.sampled_from([{"half"}, {"ticket"}, {"half", "ticket"}]),
)
SETTLE = st.tuples(st.just("settle"), *PAYING)
INCIDENT = st.tuples(
    st.just("incident"), st.integers(0, 20), st.sampled_from(FUNDS), st.integers(1, 30)
)
SETTLING = st.lists(
    st.one_of(
        *(REDEEM, REDEEM, REDEEM, SETTLE, SETTLE, INCIDENT, INCIDENT),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("draw_up"), *PAYING, st.sampled_from(OFFICERS)),
        st.tuples(
            st.sampled_from(["approve", "send_back", "mark_paid"]),
            st.integers(-2, -1),
            st.sampled_from(OFFICERS),
        ),
        st.tuples(st.just("pay"), *PAYING),
    ),
    min_size=25,
    max_size=60,
)


def history_of(steps: list[tuple[Any, ...]]) -> History:
    history = History()
    for step in [*RICH, *steps]:
        history.step(step)
    return history


@given(steps=SETTLING)
@settings(max_examples=200)
def test_every_redemption_is_paid_once_and_every_incident_is_deducted_once(
    steps: list[tuple[Any, ...]],
) -> None:
    assert wrong_payments(history_of(steps).events) == []


@given(steps=STEPS)
def test_the_auditor_finds_no_fault_in_any_history(steps: list[tuple[Any, ...]]) -> None:
    assert wrong_payments(history_of(steps).events) == []


@given(steps=SETTLING)
def test_the_bank_holds_receipts_less_payments_and_no_fund_is_below_zero(
    steps: list[tuple[Any, ...]],
) -> None:
    history = History()
    for step in [*RICH, *steps]:
        history.step(step)
        for fund_id in FUNDS:
            state: funds.Fund = history.state(f"fund-{fund_id}")
            came_in, left = 0, 0
            for event in history.events:
                match event:
                    case funds.Contributed(fund_id=of) if of == fund_id:
                        came_in += event.amount_minor
                    case funds.PaidOut(fund_id=of) if of == fund_id:
                        left += event.amount_minor - event.recovered_minor
            assert came_in - left == state.available_minor + sum(state.owed_minor.values())
            kept = [state.available_minor, *state.owed_minor.values()]
            assert min([*kept, *state.recoverable_minor.values()]) >= 0


@given(steps=SETTLING)
def test_redemptions_on_and_off_statements_add_up_to_all(steps: list[tuple[Any, ...]]) -> None:
    history = history_of(steps)
    auditor = Auditor()
    settled: Counter[tuple[str, str]] = Counter()
    for event in history.events:
        list(auditor.hear(event))
        if isinstance(event, funds.PaidOut):
            settled[event.fund_id, event.merchant_id] += event.amount_minor

    for fund_id in FUNDS:
        state: funds.Fund = history.state(f"fund-{fund_id}")
        for merchant_id in MERCHANTS:
            of = (fund_id, merchant_id)
            redeemed = set_aside(history.events, of)
            assert redeemed == settled[of] + state.owed_minor.get(merchant_id, 0)
            assert state.owed_minor.get(merchant_id, 0) == sum(auditor.owed.get(of, {}).values())


def set_aside(events: list[Event], of: tuple[str, str]) -> int:
    """Return the union's shares of the standing redemptions."""
    total = 0
    for event in events:
        match event:
            case funds.Reserved(fund_id=fund_id, merchant_id=merchant_id):
                total += event.amount_minor * ((fund_id, merchant_id) == of)
            case funds.Released(fund_id=fund_id, merchant_id=merchant_id):
                total -= event.amount_minor * ((fund_id, merchant_id) == of)
    return total


@settings(max_examples=20)
@given(steps=SETTLING)
def test_the_lines_of_a_statement_add_up_to_it_and_statements_to_payables(
    steps: list[tuple[Any, ...]],
) -> None:
    history = history_of(steps)

    with (
        TemporaryDirectory() as folder,
        read(f"sqlite:///{folder}/views.db", *history.events) as connection,
    ):
        found = statements(connection)
        for one in found:
            lines = statement_lines(connection, one)
            if one.status != "returned":
                assert sum(line.counted_minor for line in lines) == one.amount_minor
        owed = payables(connection)

    for payable in owed:
        state: funds.Fund = history.state(f"fund-{payable.fund_id}")
        assert payable.owed_minor == state.owed_minor.get(payable.merchant_id, 0)
        outstanding = state.recoverable_minor.get(payable.merchant_id, 0)
        assert payable.overpaid_minor - payable.recovered_minor == outstanding
        of_statements = [
            one.due_minor
            for one in found
            if (one.fund_id, one.merchant_id) == (payable.fund_id, payable.merchant_id)
            and one.status == "paid"
        ]
        plain = [
            event.amount_minor - event.recovered_minor
            for event in history.events
            if isinstance(event, funds.PaidOut)
            and not event.statement_id
            and (event.fund_id, event.merchant_id) == (payable.fund_id, payable.merchant_id)
        ]
        assert payable.paid_minor == sum(of_statements) + sum(plain)
