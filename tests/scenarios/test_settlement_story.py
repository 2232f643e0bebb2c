"""One story of settlement, by the rules, and by rules broken on purpose."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from ledger import errors, funds
from ledger.event import Event
from ledger.settlement import incident, statement
from tests.scenarios.test_settlement_properties import history_of
from tests.support.event_history_settlement import OFFICERS
from tests.support.oracle_payments import wrong_payments

STORY: list[tuple[Any, ...]] = [
    ("redeem", "m1", "rose", 400, {"half"}),
    ("redeem", "m2", "rose", 300, {"half"}),
    ("reverse", 1),
    ("draw_up", "care", "rose", OFFICERS[0]),
    ("draw_up", "care", "rose", OFFICERS[2]),
    ("redeem", "m3", "rose", 200, {"half"}),
    ("reverse", 0),
    ("incident", 2, "care", 10),
    ("mark_paid", -1, OFFICERS[1]),
    ("approve", -1, OFFICERS[0]),
    ("approve", -1, OFFICERS[1]),
    ("mark_paid", -1, OFFICERS[0]),
    ("mark_paid", -1, OFFICERS[1]),
    ("incident", 0, "care", 41),
    ("incident", 0, "care", 35),
    ("incident", 0, "care", 40),
    ("redeem", "m1", "rose", 100, {"half"}),
    ("draw_up", "care", "rose", OFFICERS[2]),
    ("pay", "care", "rose"),
    ("send_back", -1, OFFICERS[2]),
    ("reverse", 3),
    ("settle", "care", "rose"),
]
"""The union's shares are 40, 30, 20 and 10; the second and the last are reversed."""


def test_the_story_ends_as_expected() -> None:
    history = history_of(STORY)

    paid = [event for event in history.events if isinstance(event, funds.PaidOut)]
    assert wrong_payments(history.events) == []
    assert [(one.amount_minor, one.recovered_minor) for one in paid] == [(40, 0), (20, 20)]
    assert history.state("fund-care").recoverable_minor["rose"] == 15


def test_a_large_amount_takes_two_officers_and_a_statement() -> None:
    history = history_of([("redeem", "m1", "rose", 2_000, {"half"})])
    owed_minor = history.state("fund-care").owed_minor["rose"]
    assert owed_minor > history.state("fund-care").threshold_minor

    assert history.step(("pay", "care", "rose")) == []
    history.step(("draw_up", "care", "rose", OFFICERS[0]))
    history.step(("approve", -1, OFFICERS[1]))
    history.step(("approve", -1, OFFICERS[1]))
    assert history.step(("mark_paid", -1, OFFICERS[1])) == []
    history.step(("approve", -1, OFFICERS[2]))
    assert len(history.step(("mark_paid", -1, OFFICERS[1]))) == 2
    assert wrong_payments(history.events) == []


def without(*fields: str) -> Callable[..., Any]:
    """Settle the whole debt by a state that lacks a field."""
    sound = funds.settlement

    def settlement(state: funds.Fund, **asked: Any) -> Any:
        initial = {field: getattr(funds.INITIAL, field) for field in fields}
        return sound(msgspec.structs.replace(state, **initial), **asked)

    return settlement


def released(state: funds.Fund, *, reservation: int, **asked: Any) -> list[Event]:
    if reservation <= state.paid_through.get(asked["merchant_id"], 0):
        raise errors.AlreadyPaid
    return [funds.Released(fund_id=state.fund_id, **asked)]


def overpaid(state: funds.Fund, *, reservation: int, **asked: Any) -> Event:
    assert reservation
    return funds.Overpaid(fund_id=state.fund_id, **asked)


def approved(
    state: statement.Statement, *, officer_id: str, day: date, **_payee: Any
) -> list[Event]:
    drawn_up = statement.known(state)
    number = len(state.approved_by) + 1
    return [
        statement.Approved(
            statement_id=drawn_up.statement_id,
            officer_id=officer_id,
            day=day,
            number=number,
            of=drawn_up.approvals,
        )
    ]


def any_status(verb: Callable[..., list[Event]]) -> Callable[..., list[Event]]:
    def mark_paid(state: statement.Statement, **asked: Any) -> list[Event]:
        if state.status is statement.Status.PAID:
            return []
        return verb(msgspec.structs.replace(state, status=statement.Status.APPROVED), **asked)

    return mark_paid


def by_nobody(verb: Callable[..., list[Event]]) -> Callable[..., list[Event]]:
    def mark_paid(state: statement.Statement, *, officer_id: str, **asked: Any) -> list[Event]:
        events = verb(state, officer_id="officer-nobody", **asked)
        replaced = [
            msgspec.structs.replace(one, officer_id=officer_id)
            for one in events
            if isinstance(one, statement.Paid)
        ]
        return [*replaced, *events[1:]]

    return mark_paid


def again(verb: Callable[..., list[Event]]) -> Callable[..., list[Event]]:
    return lambda _state, **asked: verb(incident.INITIAL, **asked)


PLANTED: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "what is undone is on an open statement": (funds, "release", released),
    "an incident of what was not paid": (funds, "overpay", overpaid),
    "two statements of one merchant and fund are open": (funds, "settlement", without("settling")),
    "less is kept than could be": (funds, "settlement", without("recoverable_minor")),
    "approved by who drew it up": (statement, "approve", approved),
    "paid without the approvals": (statement, "mark_paid", any_status(statement.mark_paid)),
    "paid by who drew it up": (statement, "mark_paid", by_nobody(statement.mark_paid)),
    "two incidents of one redemption and fund": (incident, "report", again(incident.report)),
}


@pytest.mark.control
@pytest.mark.parametrize("fault", PLANTED)
def test_the_auditor_finds_the_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[fault])

    assert fault in wrong_payments(history_of(STORY).events)


SOUND = history_of(STORY).events
SPOILT: dict[str, tuple[type[Event], dict[str, Any]]] = {
    "a statement is not what is owed": (statement.DrawnUp, {"amount_minor": 39}),
    "more is kept than was overpaid": (statement.DrawnUp, {"recovered_minor": 1}),
    "one officer for a large amount": (funds.ThresholdSet, {"amount_minor": 10}),
    "too many officers for a small amount": (statement.DrawnUp, {"approvals": 2}),
    "paid is not what was owed": (funds.PaidOut, {"amount_minor": 41}),
    "paid otherwise than approved": (statement.Paid, {"due_minor": 41}),
    "paid out otherwise than on the statement: through": (funds.PaidOut, {"through": 3}),
    "an incident above the union's share": (incident.Reported, {"amount_minor": 41}),
    "a bank account is overdrawn": (funds.Contributed, {"amount_minor": 1}),
}


@pytest.mark.control
@pytest.mark.parametrize("fault", SPOILT)
def test_the_auditor_finds_every_corrupted_event(fault: str) -> None:
    kind, other = SPOILT[fault]

    spoilt = [
        msgspec.structs.replace(event, **other) if isinstance(event, kind) else event
        for event in SOUND
    ]

    assert fault in wrong_payments(spoilt)
