"""A member's list of benefits over the API, with places and savings."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.benefits.terms import Limits, Rules
from ledger.merchants.location import Place
from ledger.services import near
from pos_gateway.api import benefits, history
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD, OFFICER, WANG_CARD
from tests.support.app_with_drop import LI, WANG, DropApp, status_and_reason

GULOU = Place(
    address="鼓楼东大街19号",
    latitude_microdegrees=40_376_200,
    longitude_microdegrees=116_845_100,
    hours="每天 09:00–21:00",
    phone="010-69040019",
)


@pytest.fixture
def located_app(drop_app: DropApp) -> Iterator[DropApp]:
    """Return an app whose bakery has a location."""
    drop_app.services.ledger.officers.merchants.change_outlet(
        "bakery", outlet_id="main", name="鼓楼店", place=GULOU, by=OFFICER
    )
    return drop_app


def asked(drop_app: DropApp, path: str, member_id: str = WANG, **more: Any) -> Any:
    """Return the answer to a member, with projections up to date."""
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    return drop_app.as_member(member_id, "GET", f"/card/{path}", **more)


def benefit(drop_app: DropApp, name: str, member_id: str = WANG) -> Any:
    listed = asked(drop_app, "benefits", member_id).get_json()["benefits"]
    return next((one for one in listed if one["benefit"] == name), None)


def test_a_member_is_told_where_an_offer_holds(located_app: DropApp) -> None:
    told_of = asked(located_app, "benefits").get_json()

    found = {one["benefit"]: one["places"] for one in told_of["benefits"]}
    assert found["opera-only"] == ["opera/main"]
    assert found["tenth-off"] == ["bakery/main", "opera/main", "rose-garden/main"]
    assert told_of["card"] == {"status": "live", "why_not": None}
    assert told_of["places"][0] == {
        "place": "bakery/main",
        "merchant": "bakery",
        "outlet": "main",
        "merchant_name": "bakery",
        "outlet_name": "鼓楼店",
        "categories": [],
        "address": "鼓楼东大街19号",
        "latitude_microdegrees": 40_376_200,
        "longitude_microdegrees": 116_845_100,
        "hours": "每天 09:00–21:00",
        "phone": "010-69040019",
    }


def test_what_is_used_up_is_told_with_why_and_what_to_do(located_app: DropApp) -> None:
    assert benefit(located_app, "once-only")["usable"]
    located_app.redeem("cake-1", choices=["once-only"])

    found = benefit(located_app, "once-only")

    assert not found["usable"]
    assert found["why_not"]["reason"] == "limit_reached"
    assert found["why_not"]["particulars"] == {"period": "day", "limit": 1}
    assert found["why_not"]["title"] == {
        "zh": "使用次数已满",
        "en": "Used as often as the terms allow",
    }
    assert found["limits"] == [{"period": "day", "most": 1, "left": 0}]


def test_a_grant_is_told_to_its_member_alone(located_app: DropApp) -> None:
    located_app.services.ledger.officers.offers.make_grant(
        WANG_CARD,
        grant_id="lunch",
        title="午餐补贴",
        kind="allowance",
        terms={"amount_minor": 30_00, "period": "month"},
        rules=Rules(limits=Limits(per_day=1)),
    )

    found = benefit(located_app, "lunch")

    assert (found["source"], found["title"], found["words"]["zh"]) == (
        "grant",
        "午餐补贴",
        "每月补贴30元",
    )
    assert found["remaining"] == {
        "period": "month",
        "amount_minor": 30_00,
        "times": None,
        "stamps": None,
    }
    assert benefit(located_app, "lunch", LI) is None


def test_a_blocked_card_is_told_why(located_app: DropApp) -> None:
    located_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)

    told_of = asked(located_app, "benefits").get_json()

    assert told_of["card"]["status"] == "blocked"
    assert told_of["card"]["why_not"]["reason"] == "card_blocked"
    assert not any(one["usable"] for one in told_of["benefits"])


def test_places_come_page_by_page(located_app: DropApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "PLACES_MAX", 2)

    pages = [
        asked(located_app, path).get_json() for path in ("benefits", "benefits/2", "benefits/3")
    ]

    assert [one["next_page"] for one in pages] == [2, None, None]
    assert [[place["place"] for place in one["places"]] for one in pages] == [
        ["bakery/main", "opera/main"],
        ["rose-garden/main"],
        [],
    ]
    for page in pages:
        listed = {place["place"] for place in page["places"]}
        assert all(set(one["places"]) <= listed for one in page["benefits"])
        assert len(page["benefits"]) == 3


def test_what_is_too_much_for_one_answer_is_counted(
    located_app: DropApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benefits, "BENEFITS_MAX", 1)

    told_of = asked(located_app, "benefits").get_json()

    assert (len(told_of["benefits"]), told_of["more"]) == (1, 2)


@pytest.mark.parametrize("path", ["benefits", "history"])
def test_nothing_is_sent_again_while_nothing_changes(located_app: DropApp, path: str) -> None:
    first = asked(located_app, path)
    tag = {"If-None-Match": first.headers["ETag"]}

    again = asked(located_app, path, headers=tag)
    located_app.redeem("cake-1", choices=["once-only"])
    later = asked(located_app, path, headers=tag)
    of_li = asked(located_app, path, LI, headers={"If-None-Match": later.headers["ETag"]})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert (later.status_code, of_li.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["benefits/0", "benefits/x", "benefits/1001", "history/x"])
def test_what_is_no_page_is_refused(located_app: DropApp, path: str) -> None:
    assert status_and_reason(asked(located_app, path)) == (422, "input_invalid")


def test_a_member_sees_what_their_cards_were_used_for_and_what_it_saved(
    located_app: DropApp,
) -> None:
    located_app.redeem("cake-1")
    located_app.redeem("cake-2", code=located_app.code(LI_CARD))
    located_app.ask("POST", "/redemptions/cake-1/reversal", {"reason": "wrong_amount"})
    located_app.services.ledger.officers.cards.replace_card(
        WANG_CARD, new_card_id="ab" * 12, by=OFFICER
    )
    located_app.redeem("cake-3", code=located_app.code("ab" * 12))

    told_of = asked(located_app, "history").get_json()

    assert [
        (one["id"], one["entry"], one["saved_minor"], one["undone"]) for one in told_of["entries"]
    ] == [
        ("cake-3", "redeemed", 680, False),
        ("cake-1", "reversed", -680, False),
        ("cake-1", "redeemed", 680, True),
    ]
    first = told_of["entries"][0]
    assert (first["merchant_name"], first["outlet_name"]) == ("bakery", "鼓楼店")
    assert first["benefits"] == [{"benefit": "tenth-off", "title": "九折"}]
    assert (first["price_minor"], first["member_share_minor"]) == (6_800, 6_120)
    assert (told_of["in_all"]["redemptions"], told_of["in_all"]["saved_minor"]) == (1, 680)
    assert [one["saved_minor"] for one in told_of["months"]] == [680]


def test_a_ticket_that_was_used_is_in_the_history(located_app: DropApp) -> None:
    ticket = located_app.ticket(WANG, item="pillow", session="hall")
    answer = located_app.use("u1", code=located_app.ticket_code(WANG, ticket))
    assert answer.status_code == 201

    (entry,) = asked(located_app, "history").get_json()["entries"]

    assert (entry["entry"], entry["people"], entry["price_minor"]) == ("used", 1, 0)
    assert (entry["merchant"], entry["benefits"][0]["title"]) == ("rose-garden", "孝亲枕")


def test_the_history_comes_page_by_page(
    located_app: DropApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ENTRIES_MAX", 2)
    for number in range(3):
        located_app.redeem(f"cake-{number}")

    first = asked(located_app, "history").get_json()
    second = asked(located_app, f"history/{first['next_before']}").get_json()

    assert [one["id"] for one in first["entries"]] == ["cake-2", "cake-1"]
    assert [one["id"] for one in second["entries"]] == ["cake-0"]
    assert second["next_before"] is None
    assert first["in_all"] == second["in_all"]
