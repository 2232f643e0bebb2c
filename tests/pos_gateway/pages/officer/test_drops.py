"""Drops at the desk: planned in a form, changed, closed, cancelled, drawn; audit log."""

import re
import time
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.drops.draw import ENTRIES_MAX
from ledger.drops.eligibility import Asked
from ledger.drops.terms import Audience, timed
from ledger.members.authorization import Principal
from tests.support.app_staff import StaffApp

GIFT: dict[str, Any] = {
    "deed": "announce",
    "drop_id": "gift",
    "title": "新年大礼包",
    "mode": "first_come",
    "per_member": "1",
    "items": "1",
    "sessions": "2",
    "title_0": "蜂蜜",
    "kind_0": "goods",
    "supplier_id_0": "bakery",
    "party_max_0": "1",
    "income_minor_0": "12.50",
    "starts_at_0_0": "2031-01-02T09:00",
    "ends_at_0_0": "2031-01-02T18:00",
    "capacity_0_0": "5",
    "opens_at": "2031-01-01T10:00",
    "closes_at": "2031-01-01T20:00",
    "waiting_max": "3",
}


@pytest.fixture
def clerk_app(staff_app: StaffApp) -> StaffApp:
    return staff_app.sign_in("clerk")


def announced(staff_app: StaffApp, **changed: Any) -> Any:
    """Announce a drop in the form. Return its state."""
    staff_app.agree("/desk/drops/new", **GIFT | changed)
    return staff_app.services.ledger.drop("gift")


def test_a_drop_is_announced_by_the_clock_of_the_rules(clerk_app: StaffApp) -> None:
    plan = announced(clerk_app).plan

    assert plan.opens_at.isoformat() == "2031-01-01T02:00:00+00:00"
    assert [item.title for item in plan.items] == ["蜂蜜"]
    assert plan.items[0].income_minor == 12_50
    assert len(plan.items[0].sessions) == 1
    assert "新年大礼包" in clerk_app.see("/desk/drops").text


def test_the_form_says_how_many_a_draw_takes(clerk_app: StaffApp) -> None:
    assert f"最多{ENTRIES_MAX}人报名" in clerk_app.see("/desk/drops/new").text


@pytest.mark.parametrize(("deed", "count"), [("more_items", 2), ("more_sessions", 1)])
def test_the_form_grows_and_keeps_what_was_typed(
    clerk_app: StaffApp, deed: str, count: int
) -> None:
    page = clerk_app.send("/desk/drops/new", **GIFT | {"deed": deed}).text

    assert page.count('name="title_') == count
    assert 'value="蜂蜜"' in page
    assert page.count('name="starts_at_0_') == (3 if deed == "more_sessions" else 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"opens_at": "soon"},
        {"opens_at": "2031-01-01T10:00+08:00"},
        {"closes_at": "2030-01-01T10:00"},
        {"capacity_0_0": "many"},
        {"mode": "king"},
        {"kind_0": "percent_off"},
        {"supplier_id_0": "nobody"},
        {"mode": "draw"},
        {"title_0": ""},
        {"items": "51"},
    ],
)
def test_a_plan_that_cannot_be_is_refused(clerk_app: StaffApp, changed: dict[str, str]) -> None:
    before = clerk_app.position

    assert clerk_app.told("/desk/drops/new", **GIFT | changed)
    assert clerk_app.position == before


def test_a_session_that_ends_before_it_begins_is_told_so(clerk_app: StaffApp) -> None:
    page = clerk_app.send("/desk/drops/new", **GIFT | {"ends_at_0_0": "2031-01-02T08:00"}).text

    assert "每个场次的结束要晚于它的开始" in page
    assert 'href="#ends_at_0_0"' in page


def test_before_it_opens_a_drop_is_changed_freely(clerk_app: StaffApp) -> None:
    announced(clerk_app)
    page = clerk_app.see("/desk/drops/gift/plan").text
    typed = GIFT | {"title": "大礼包", "item_id_0": "item-1", "session_id_0_0": "s1"}

    clerk_app.agree("/desk/drops/gift/plan", **typed)

    assert 'value="12.50"' in page
    assert clerk_app.services.ledger.drop("gift").plan.title == "大礼包"


def test_a_form_that_changes_the_title_leaves_what_it_cannot_show(clerk_app: StaffApp) -> None:
    announced(clerk_app)
    plan = clerk_app.services.ledger.drop("gift").plan
    odd = timed(plan, lambda at: at.replace(second=30, microsecond=5))
    odd = replace(odd, audience=Audience(branches=("Acme 密云 工会",), groups=("劳模、先进",)))
    clerk_app.services.ledger.officers.drops.change_drop("gift", plan=odd)
    typed = clerk_app.filled("/desk/drops/gift/plan") | {"title": "新"}

    proposal = clerk_app.propose("/desk/drops/gift/plan", **typed | {"deed": "announce"})
    assert "没有会员属于这些基层工会：Acme 密云 工会。" in clerk_app.see(proposal).text
    clerk_app.agree("/desk/drops/gift/plan", **typed | {"deed": "announce", "title": "更新"})

    assert clerk_app.services.ledger.drop("gift").plan == replace(odd, title="更新")


def test_once_open_a_change_takes_a_public_reason(clerk_app: StaffApp) -> None:
    announced(clerk_app)
    clerk_app.now = clerk_app.services.ledger.drop("gift").plan.opens_at
    clerk_app.sign_in("clerk")
    typed = GIFT | {"item_id_0": "item-1", "session_id_0_0": "s1", "capacity_0_0": "9"}

    without = clerk_app.told("/desk/drops/gift/plan", **typed)
    clerk_app.agree("/desk/drops/gift/plan", **typed, reason="多到了一批")

    assert without is not None
    assert clerk_app.services.ledger.drop("gift").slots["item-1/s1"].left == 9


def test_a_drop_is_closed_and_called_off(clerk_app: StaffApp) -> None:
    announced(clerk_app)

    without = clerk_app.told("/desk/drops/gift", deed="cancel", reason="")
    told = clerk_app.told("/desk/drops/gift", deed="cancel", reason="大雪封路")

    assert without is not None
    assert told is None
    for path in ("/desk/drops/gift", "/desk/drops", "/desk/"):
        page = clerk_app.see(path)
        assert page.status_code == 200
        assert "新年大礼包" in page.text
        assert "已取消" in page.text
    assert clerk_app.told("/desk/drops/gift", deed="close", reason="晚了") is not None


def test_a_clerk_alone_voids_no_tickets(clerk_app: StaffApp) -> None:
    # Given an open drop of which a member took a ticket
    plan, ledger = announced(clerk_app).plan, clerk_app.services.ledger
    clerk_app.now = plan.opens_at
    place = {"item_id": plan.items[0].item_id, "session_id": plan.items[0].sessions[0].session_id}
    wang = Principal(member_id="member-wang")
    ledger.members.claims.claim(Asked(claim_id="k1", drop_id="gift", party=1, **place), wang)
    # When a clerk calls it off, then it waits for another person
    there = clerk_app.sign_in("clerk").propose("/desk/drops/gift", deed="cancel", reason="大雪封路")
    assert ledger.drop("gift").status == "open"
    assert "大雪封路 Every ticket of it will be void." in clerk_app.sign_in("reviewer").words(there)
    assert clerk_app.told(f"{there}/decision", deed="confirm") is None
    assert ledger.drop("gift").status == "cancelled"


def test_the_part_that_changes_is_asked_for_alone(clerk_app: StaffApp) -> None:
    announced(clerk_app)

    whole = clerk_app.see("/desk/drops/gift").text
    part = clerk_app.see("/desk/drops/gift", **{"HX-Request": "true"}).text

    assert part.strip() in whole
    assert "<html" not in part


def test_a_draw_is_frozen_and_drawn_for_anybody_to_check(clerk_app: StaffApp) -> None:
    draw = {"mode": "draw", "seed_statement": "按双色球", "seed_source": "双色球"}
    announced(
        clerk_app,
        **draw,
        seed_day="2031-01-03",
        starts_at_0_0="2031-02-01T09:00",
        ends_at_0_0="2031-02-02T09:00",
    )
    plan = clerk_app.services.ledger.drop("gift").plan
    clerk_app.now = plan.closes_at
    clerk_app.sign_in("clerk")

    frozen = clerk_app.told("/desk/drops/gift", deed="freeze")
    too_soon = clerk_app.told("/desk/drops/gift", deed="seed", numbers="3 11 14")
    no_numbers = clerk_app.told("/desk/drops/gift", deed="seed", numbers="three")

    assert frozen is None
    assert too_soon is not None
    assert no_numbers is not None
    assert re.search("[0-9a-f]{64}", clerk_app.see("/desk/drops/gift").text)


@pytest.mark.slow
def test_a_drop_is_rehearsed_one_at_a_time(clerk_app: StaffApp) -> None:
    announced(clerk_app)
    asked = {"deed": "rehearse", "members": "50", "for_seconds": "2"}

    first = clerk_app.told("/desk/drops/gift", **asked)
    second = clerk_app.told("/desk/drops/gift", **asked)
    give_up = time.monotonic() + 90
    while "/desk/drops/gift/picture" not in clerk_app.see("/desk/drops/gift").text:
        assert time.monotonic() < give_up
        time.sleep(0.5)

    assert (first, second) == (None, "另一场演练还在进行")
    assert clerk_app.see("/desk/drops/gift/picture").data.startswith(b"\x89PNG")
    assert clerk_app.services.ledger.drop("gift").claims == 0


def test_the_record_shows_who_did_what_page_by_page(clerk_app: StaffApp) -> None:
    announced(clerk_app)
    clerk_app.sign_in("auditor")

    latest = clerk_app.see("/desk/log").text
    first = clerk_app.see("/desk/log/2").text

    assert "公布抢票活动" in latest
    assert "officer-s-clerk" in latest
    assert first.count("<details") == 1
    assert clerk_app.see("/desk/log/0").status_code == 422
    assert clerk_app.see("/desk/log/9999999").status_code == 200
