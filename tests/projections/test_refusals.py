from datetime import date

from ledger.redemptions.refusal import Refused
from projections.refusals import refusals
from tests.support.event_history_purchases import AT, read


def refused(reason: str, *, day: int = 1, merchant_id: str = "shears") -> Refused:
    where = {"merchant_id": merchant_id, "outlet_id": "main", "till_id": "till-1", "card_id": "c1"}
    asked = {"choices": ("haircut",), "category": None, "price_minor": 3_000}
    when = {"at": AT.replace(day=day), "day": date(2019, 5, day)}
    return Refused(redemption_id="r1", **where, **asked, **when, reason=reason, particulars={})


def test_refusals_are_counted_by_reason(database_url: str) -> None:
    events = (refused("card_blocked"), refused("limit_reached", day=2), refused("limit_reached"))

    with read(database_url, *events) as connection:
        assert refusals(connection, ["reason"]) == [
            {"reason": "card_blocked", "refusals": 1},
            {"reason": "limit_reached", "refusals": 2},
        ]


def test_refusals_are_narrowed_to_a_merchant_and_days(database_url: str) -> None:
    events = (refused("card_blocked"), refused("card_blocked", day=2, merchant_id="mill"))

    with read(database_url, *events) as connection:
        at_mill = refusals(connection, ["day", "merchant_id"], merchant_id="mill")
        on_the_first = refusals(connection, [], last_day=date(2019, 5, 1))

    assert at_mill == [{"day": "2019-05-02", "merchant_id": "mill", "refusals": 1}]
    assert on_the_first == [{"refusals": 1}]
