from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledger.benefits.formula import Formula
from ledger.benefits.terms import Funding, Hours, Rules, Stacking
from ledger.merchants.till import FloorLimits
from pos_gateway.api.signed_slip import read_mark
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD, OFFICER, WANG_CARD, App
from tests.support.app_with_drop import WANG, DropApp
from tests.support.discount_formula import discount_shares
from tests.support.signing_phone import Phone

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def asked(app: App, tag: str = "", **more: Any) -> TestResponse:
    """Return the bundle for a till, with projections up to date."""
    follow(app)
    headers = {"If-None-Match": tag} if tag else {}
    return app.ask("GET", "/till/offline", headers=headers, **more)


def follow(app: App) -> None:
    catch_up(app.services.views, app.services.ledger.facts)


def told(app: App) -> dict[str, Any]:
    body: dict[str, Any] = asked(app).get_json()
    return body


def publish(app: App, offer_id: str, rules: Rules, **changed: Any) -> None:
    fields = {"title": "七折", "kind": "percent_off", "terms": {"basis_points": 3_000}} | changed
    app.services.ledger.officers.offers.publish_offer(offer_id, rules=rules, **fields)


def test_a_till_is_told_where_it_stands_and_what_it_may_give(app_any_db: App) -> None:
    app_any_db.services.ledger.officers.merchants.limit_till(
        "bakery", till_id="till-1", limits=FloorLimits(redemptions=5, amount_minor=100_00, hours=12)
    )

    body = told(app_any_db)

    assert body["merchant"] == {"merchant_id": "bakery", "name": "bakery", "categories": []}
    assert body["outlet"] == {"outlet_id": "main", "name": "本店"}
    assert body["till_id"] == "till-1"
    assert body["floor_limits"] == {
        "redemptions": 5,
        "amount_minor": 100_00,
        "hours": 12,
        "card_minor": 50_00,
    }
    assert body["keys"] == app_any_db.ask("GET", "/keys").get_json()["keys"]
    assert (body["dead_cards"], body["dead_devices"], body["complete"]) == ([], [], True)
    assert (body["dead_prints"], body["prints_complete"]) == ([], True)
    assert [one["choice"] for one in body["offers"]] == ["once-only", "tenth-off"]


def test_a_till_reckons_as_the_ledger_books(app: App) -> None:
    (offer,) = [one for one in told(app)["offers"] if one["choice"] == "tenth-off"]

    stated = discount_shares(Formula(**offer["formula"]), price_minor=6_801, left_minor=6_801)

    booked = app.redeem("cake-1", amount_minor=6_801).get_json()
    assert stated == (booked["merchant_share_minor"], booked["union_share_minor"])


def test_what_is_not_for_anybody_here_is_not_told(app: App) -> None:
    publish(app, "model-workers", Rules(groups=("model_worker",)))
    publish(app, "stamps", Rules(), kind="stamp_card", terms={"every": 5})
    app.services.ledger.officers.offers.open_fund(
        "empty", programme="s1", name="文化惠民", by=OFFICER
    )
    publish(app, "broke", Rules(funding=Funding(union_basis_points=1, fund_id="empty")))

    assert {one["choice"] for one in told(app)["offers"]} == {"once-only", "tenth-off"}


def test_offers_come_in_their_turn_with_the_hours_they_hold(app: App) -> None:
    zone = app.services.ledger.zone
    tomorrow = app.now.astimezone(zone).date() + DAY
    publish(
        app,
        "first-of-all",
        Rules(
            first_day=tomorrow,
            last_day=tomorrow,
            categories=("cakes",),
            hours=(Hours(opens=time(9), closes=time(17)),),
            stacking=Stacking(exclusive=True, order=1),
        ),
    )

    first = told(app)["offers"][0]

    assert (first["choice"], first["order"], first["exclusive"]) == ("first-of-all", 1, True)
    assert first["categories"] == ["cakes"]
    (window,) = first["windows"]
    assert instant(window["from"]) == at(tomorrow, 9, zone)
    assert instant(window["until"]) == at(tomorrow, 17, zone)


def at(day: date, hour: int, zone: Any) -> datetime:
    return datetime.combine(day, time(hour), zone)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_what_died_in_the_last_days_is_told(drop_app_any_db: DropApp) -> None:
    phone = drop_app_any_db.as_member(WANG, "PUT", "/card/device", Phone().asked).get_json()[
        "device"
    ]
    drop_app_any_db.as_member(WANG, "PUT", "/card/device", Phone(seed=2).asked)
    drop_app_any_db.services.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    drop_app_any_db.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    drop_app_any_db.services.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)

    body = told(drop_app_any_db)

    assert (body["dead_cards"], body["dead_devices"]) == ([LI_CARD], [phone])


def test_who_died_long_ago_can_show_nothing_and_is_not_told(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    drop_app.now += 8 * DAY + HOUR

    assert told(drop_app)["dead_cards"] == []


def test_a_blocked_plastic_card_is_told_by_the_beginning_of_its_hash(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    drop_app.now += 400 * DAY

    number = drop_app.printed.removeprefix("HK0:")
    assert told(drop_app)["dead_prints"] == [sha256(number.encode()).hexdigest()[:8]]


def test_unchanged_only_the_time_and_a_mark_are_told(app: App) -> None:
    app.now = app.now.replace(minute=10)
    first = asked(app)
    app.now += timedelta(minutes=1)

    again = asked(app, first.headers["ETag"])

    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert instant(again.headers["Hongka-Time"]) == app.now
    assert instant(first.get_json()["server_time"]) == app.now - timedelta(minutes=1)
    assert again.headers["Hongka-Sync-Mark"] != first.headers["Hongka-Sync-Mark"]
    assert first.headers["Hongka-Sync-Mark"] == first.get_json()["mark"]
    assert "no-store" in again.headers["Cache-Control"]


@pytest.mark.parametrize("changes", ["card", "offer", "limits"])
def test_what_changed_is_told_anew(app: App, changes: str) -> None:
    first = asked(app)
    ledger = app.services.ledger
    if changes == "card":
        ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    elif changes == "offer":
        ledger.officers.offers.suspend_offer("tenth-off", by=OFFICER)
    else:
        limits = FloorLimits(redemptions=0)
        ledger.officers.merchants.limit_till("bakery", till_id="till-1", limits=limits)

    again = asked(app, first.headers["ETag"])

    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


def test_a_mark_says_up_to_when_the_dead_were_told(app_any_db: App) -> None:
    services = app_any_db.services

    def marked(answer: TestResponse) -> datetime:
        return read_mark(services, "bakery", "till-1", answer.get_json()["mark"])

    before = app_any_db.now
    caught_up = marked(asked(app_any_db))
    services.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    blocked_at = services.ledger.facts(app_any_db.position - 1, 1)[0].at
    app_any_db.now += timedelta(seconds=1)
    behind = app_any_db.ask("GET", "/till/offline")

    assert abs(caught_up - before) < timedelta(milliseconds=1)
    assert behind.get_json()["dead_cards"] == []
    assert marked(behind) < blocked_at
    assert told(app_any_db)["dead_cards"] == [LI_CARD]


def test_another_merchants_till_is_told_its_own(app: App) -> None:
    ours = asked(app).get_json()

    theirs = asked(app, key=app.other_key).get_json()

    assert theirs["merchant"]["merchant_id"] == "opera"
    assert "opera-only" in {one["choice"] for one in theirs["offers"]}
    assert "opera-only" not in {one["choice"] for one in ours["offers"]}


def test_a_merchant_that_takes_no_cards_now_gives_nothing_offline(app: App) -> None:
    app.services.ledger.officers.merchants.suspend_merchant("bakery", by=OFFICER)

    assert told(app)["offers"] == []
