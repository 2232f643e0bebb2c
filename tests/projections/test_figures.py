from datetime import UTC, date, datetime, timedelta

from ledger.event import Event
from ledger.members.card import Issued
from ledger.members.member import Registered
from pos_gateway.pages.officer.figure_subjects import months
from projections.engine.runner import catch_up
from projections.figures import Span, cards_in_use, late_totals
from tests.support.app import App
from tests.support.event_history_purchases import read, redeemed, undone
from tests.support.offline_till import OfflineTill

ONCE = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]
MIDNIGHT = datetime.min.time()


MAY, YEAR_END = date(2019, 5, 31), date(2019, 12, 31)


def test_cards_in_use_are_counted_in_each_span(database_url: str) -> None:
    # Given a member who used a card in May, one whose use was undone in June, one without any use
    events: list[Event] = [
        event
        for number, issued in ((1, MAY), (2, MAY), (3, MAY))
        for event in (
            Registered(member_id=f"m{number}", branch="east", employer="mill"),
            Issued(card_id=f"c{number}", member_id=f"m{number}", last_day=date(2030, 1, 1)),
        )
    ]
    reversed_later = redeemed(900, day=2, card_id="c2", member_id="m2")
    events += [redeemed(900, day=1, card_id="c1", member_id="m1"), reversed_later]
    events += [undone(reversed_later, day=30)]
    # When the use of May and that from May to the end of the next year are asked for
    spans = [span(MAY, MAY), span(MAY, date(2020, 12, 1)), span(YEAR_END, date(2020, 1, 1))]
    with read(database_url, *events) as connection:
        (found,) = cards_in_use(connection, spans, today=date(2020, 1, 1))
    # Then the one use counts where it was, and every member had a card
    assert found == ("east", (3, 3, 3), (1, 1, 0))


def span(first: date, last: date) -> Span:
    return Span(first, last, datetime.combine(last + timedelta(days=1), MIDNIGHT, UTC))


def test_late_redemptions_are_summed(app_any_db: App) -> None:
    app_any_db.redeem("elsewhere", choices=["once-only"])
    till = OfflineTill(app_any_db)
    till.bring(till.slip("cake-1"))
    till.bring(till.slip("cake-2", given=ONCE))
    catch_up(app_any_db.services.views, app_any_db.services.ledger.facts)

    with app_any_db.services.views.reading() as connection:
        (whole,) = late_totals(connection, ())
        by_bearer = late_totals(connection, ("borne_by",))
        (month,) = late_totals(connection, ("month", "merchant_id"), merchant_id="bakery")

    assert (whole["late"], whole["contested"], whole["given_minor"]) == (2, 1, 1_360)
    assert [(one["borne_by"], one["late"]) for one in by_bearer] == [("", 1), ("merchant", 1)]
    assert month["late"] == 2


def test_months_are_cut_to_the_days_asked_for() -> None:
    first, last = datetime(2019, 11, 20, tzinfo=UTC).date(), datetime(2020, 1, 3, tzinfo=UTC).date()

    cut = [f"{name} {begun:%d}-{ends:%d}" for name, begun, ends in months(first, last)]

    assert cut == ["2019-11 20-30", "2019-12 01-31", "2020-01 01-03"]
