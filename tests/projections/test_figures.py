from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pos_gateway.pages.officer.figure_subjects import months
from projections.engine.runner import catch_up
from projections.figures import Span, cards_in_use, late_totals
from tests.support.app import LI_CARD, App
from tests.support.offline_till import OfflineTill

ONCE = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]
MIDNIGHT = datetime.min.time()


def test_cards_in_use_are_counted_in_each_span(app_any_db: App) -> None:
    app_any_db.redeem("cake-1")
    app_any_db.redeem("bread-1", code=app_any_db.code(LI_CARD))
    app_any_db.ask("POST", "/redemptions/bread-1/reversal", {"reason": "other"})
    ledger, views = app_any_db.services.ledger, app_any_db.services.views
    catch_up(views, ledger.facts)
    today = ledger.day(ledger.query(lambda _states, now: now))
    spans = [
        Span(day, day, datetime.combine(day + timedelta(days=1), MIDNIGHT, UTC))
        for day in (today - timedelta(days=2), today)
    ]

    with views.reading() as connection:
        (found,) = cards_in_use(connection, spans, today=today)

    assert found == ("miyun-1", (0, 2), (0, 1))


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
