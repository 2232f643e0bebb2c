from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.drops.terms import Mode, Plan, check_plan
from pos_gateway.cli import drops_allot, opened
from pos_gateway.cli.drops_example import example_plan
from tests.support.cli_drops import (
    ANNOUNCED,
    BEGINS,
    CLOSES,
    OPENS,
    DropDesk,
    garden,
    pillow,
    plan,
    session,
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropDesk:
    """The Rose Garden is signed; it is some days before May Day."""
    desk = DropDesk(tmp_path / "var")
    monkeypatch.setattr(opened, "opened_house", desk.opened)
    desk.merchant("rose-garden", "玫瑰园", outlet="east")
    return desk


def allotment(**changed: Any) -> dict[str, Any]:
    """Terms that give a pillow to everybody in the audience."""
    return {"mode": "allotment", "items": [pillow()], "waiting_max": 0} | changed


def test_the_story_of_a_drop(desk: DropDesk) -> None:
    announce = ("drops", "announce", "may-day")
    desk.run(*announce, desk.plan())
    wang, li, zhao = desk.members("鼓楼", "鼓楼", "果园")
    more = desk.plan(items=[garden(session(capacity=1))])

    early = desk.refusal("drops", "open", "may-day")
    desk.run("drops", "change", "may-day", more)
    desk.now = OPENS
    desk.run("drops", "open", "may-day")
    late = desk.refusal("drops", "change", "may-day", desk.plan())
    desk.run("tickets", "claim", wang, "may-day")
    desk.run("tickets", "wait", li, "may-day")
    desk.run("tickets", "wait", zhao, "may-day")
    more = desk.plan(items=[garden(session(capacity=2))])
    desk.run("drops", "amend", "may-day", more, "--reason", "园方加一票")
    shown = json.loads(desk.run("drops", "show", "may-day", "--format", "json").stdout)
    desk.run("drops", "close", "may-day", "--reason", "园方闭园")
    desk.run("drops", "cancel", "may-day", "--reason", "暴雨", answers="y\n")

    assert early.startswith("Not open yet (not_open_yet: opens_at 2019-04-25T02:00:00+00:00).")
    assert late.startswith("The drop is open already (drop_already_open). Amend it")
    (may_1,) = shown["sessions"]
    counts = {name: may_1[name] for name in ("capacity", "taken", "kept", "waiting", "left")}
    assert counts == {"capacity": 2, "taken": 1, "kept": 1, "waiting": 1, "left": 0}
    assert (shown["status"], shown["tickets"]) == ("open", 1)
    assert [one["topic"] for one in desk.facts("drop-may-day")] == [
        *("drop.announced", "drop.changed", "drop.opened", "drop.claimed"),
        *("drop.joined", "drop.joined", "drop.amended", "drop.offered"),
        *("drop.closed", "drop.cancelled"),
    ]
    assert desk.rows("tickets", "list", wang)[0]["status"] == "cancelled"
    assert "drop_cancelled" in desk.refusal("tickets", "claim", wang, "may-day")


def test_what_was_so_already_is_said_to_be(desk: DropDesk) -> None:
    announce = ("drops", "announce", "may-day", desk.plan())

    first = desk.run(*announce).stdout
    again = desk.run(*announce).stdout

    assert first == "Drop may-day is announced: it opens at 2019-04-25T02:00:00+00:00.\n"
    assert "nothing recorded" in again
    other = desk.plan(title="五一植物园")
    assert "drop_already_announced" in desk.refusal("drops", "announce", "may-day", other)
    desk.now = CLOSES
    assert "Drop may-day is closed." in desk.run("drops", "open", "may-day").stdout


def test_the_same_request_id_is_answered_from_the_record(desk: DropDesk) -> None:
    announce = ("drops", "announce", "may-day", desk.plan(), "--request-id", "letter-17")

    first = desk.told(*announce)
    again = desk.told(*announce)

    assert first == again == {"recorded": "drop.announced", "drop_id": "may-day"}
    desk.plan(title="五一植物园")
    assert "request_reused" in desk.refusal(*announce)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"opens_at": "2019-04-25T10:00:00"}, "field opens_at, problem a time without an offset"),
        ({"opens_at": "25 April"}, "field opens_at, problem Invalid RFC3339"),
        ({"closes_at": None}, "field closes_at, problem Expected `datetime`, got `null`"),
        ({"per_membr": 2}, "field per_membr, problem no such field"),
        ({"items": [garden(party=3)]}, "field items[0].party, problem no such field"),
        ({"items": [garden(session(capacity=-1))]}, "field capacity, least 0"),
        (
            {"items": [garden(session() | {"ends_at": "2019-05-01"})]},
            "sessions[0].ends_at, problem Inv",
        ),
        (
            {"items": [garden({"session_id": "may-1"})]},
            "items[0].sessions[0].starts_at, problem miss",
        ),
        ({"items": None}, "field items, problem Expected `array`, got `null`"),
        ({"opens_at": "0001-01-01T00:00:00+08:00"}, "field opens_at, problem out of range"),
        ({"mode": "auction"}, "field mode, problem Invalid enum value 'auction'"),
        ({"mode": "draw"}, "field seed_rule"),
        ({"audience": {"group": ["劳模"]}}, "field audience.group, problem no such field"),
        ({"opens_at": "2019-04-01T10:00:00+08:00"}, "field opens_at"),
    ],
)
def test_wrong_terms_are_refused_by_the_name_of_their_field(
    desk: DropDesk, changed: dict[str, Any], named: str
) -> None:
    line = desk.refusal("drops", "announce", "may-day", desk.plan(**changed))

    assert named in line
    assert line.startswith("The terms are wrong (terms_invalid: field ")
    assert line.endswith("Correct it in the file; one that holds: hongka drops example.")
    assert desk.rows("drops", "list") == []


def test_a_file_is_read_as_notepad_saves_it_and_no_other_way(
    desk: DropDesk, tmp_path: Path
) -> None:
    file, text = tmp_path / "plan.json", json.dumps(plan(), ensure_ascii=False)
    announce = ("drops", "announce", "may-day", str(file))

    for content in (b"{", text.encode("gb18030"), b"[]", b"7", b"[" * 100_000):
        file.write_bytes(content)
        assert "terms_invalid: field file, problem " in desk.refusal(*announce)
    file.write_bytes(text.encode("utf-8-sig"))
    desk.run(*announce)
    desk.run("drops", "announce", "may-day", str(tmp_path / "nowhere.json"), code=2)


def test_who_supplies_must_be_signed(desk: DropDesk) -> None:
    stranger = desk.plan(items=[garden(supplier_id="tulip-garden")])

    assert desk.refusal("drops", "announce", "may-day", stranger) == (
        "No such merchant (merchant_unknown: merchant tulip-garden)."
        " Sign it first: hongka merchants sign."
    )


@pytest.mark.parametrize("mode", list(Mode))
def test_every_example_holds_and_can_be_announced(
    desk: DropDesk, tmp_path: Path, mode: Mode
) -> None:
    desk.merchant("pillow-maker", "枕工坊", outlet="hall")
    file = tmp_path / "plan.json"

    file.write_text(desk.run("drops", "example", "--mode", mode.value).stdout, encoding="utf-8")
    desk.run("drops", "announce", "first", str(file))

    (row,) = desk.rows("drops", "list")
    assert (row["mode"], row["status"], row["left"]) == (mode.value, "announced", 1_000)
    check_plan(example_plan(mode, ANNOUNCED))
    assert "+08:00" in file.read_text(encoding="utf-8")


def test_an_example_is_printed_without_a_house(
    desk: DropDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "opened_house", None)
    desk.environment["HONGKA_VAR"] = str(elsewhere := tmp_path / "elsewhere")

    printed = msgspec.json.decode(desk.run("drops", "example").stdout)

    assert set(printed) == set(Plan.__struct_fields__)
    assert not elsewhere.exists()


def test_a_drop_is_shown_for_people_and_for_spreadsheets(desk: DropDesk) -> None:
    sessions = (session(), session("may-2", capacity=5, days=1))
    desk.run("drops", "announce", "may-day", desk.plan(items=[garden(*sessions)]))

    table = desk.run("drops", "show", "may-day").stdout
    rows = desk.table("drops", "show", "may-day")

    assert "五一玫瑰园" in table
    assert "2019-04-25 10:00:00" in table
    assert [(one["session_id"], one["left"]) for one in rows] == [("may-1", "2"), ("may-2", "5")]
    assert "drop_unknown" in desk.refusal("drops", "show", "may-week")
    assert "hongka show drop" in desk.run("drops", "show", "--help").stdout


def test_every_member_of_the_audience_is_given_theirs_once(
    desk: DropDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = {"branches": ["鼓楼", "果园"], "groups": ["劳模"]}
    desk.run("drops", "announce", "pillows", desk.plan(**allotment(audience=audience)))
    workers = desk.members("鼓楼", "果园", "鼓楼", groups=("劳模",))
    desk.members("檀营", groups=("劳模",))
    desk.members("鼓楼", groups=("女职工",))
    desk.run("cards", "block", workers[2])
    desk.now = OPENS
    monkeypatch.setattr(drops_allot, "PAGE", 2)
    allot = ("drops", "allot", "pillows")

    first = desk.told(*allot)
    desk.run("cards", "unblock", workers[2])
    (new,) = desk.members("果园", groups=("劳模",))
    second = desk.told(*allot, "--by", "officer-other")
    third = desk.told(*allot)

    counts = ("given", "had", "refused")
    assert [first[name] for name in counts] == [2, 0, {"card_blocked": 1}]
    assert [second[name] for name in counts] == [2, 2, {}]
    assert [third[name] for name in counts] == [0, 4, {}]
    claimed = [one for one in desk.facts("drop-pillows") if one["topic"] == "drop.claimed"]
    assert {one["event"]["claim_id"] for one in claimed} == {"allot"}
    assert sorted(one["event"]["member_id"] for one in claimed) == ["m0", "m1", "m2", "m5"]
    assert desk.rows("tickets", "list", new)[0]["status"] == "held"


def test_who_gave_theirs_back_is_not_given_it_again(desk: DropDesk) -> None:
    desk.run("drops", "announce", "pillows", desk.plan(**allotment()))
    (wang,) = desk.members("鼓楼")
    desk.now = OPENS
    desk.run("drops", "allot", "pillows")
    (held,) = desk.rows("tickets", "list", wang)
    desk.run("tickets", "release", wang, held["ticket_id"])

    again = desk.told("drops", "allot", "pillows", "--by", "officer-other")

    assert (again["given"], again["had"], again["refused"]) == (0, 1, {})


def test_an_allotment_tells_why_some_have_none(desk: DropDesk) -> None:
    desk.run("drops", "announce", "pillows", desk.plan(**allotment(items=[pillow(1)])))
    desk.members("鼓楼", "鼓楼", "果园")
    desk.now = OPENS

    assert desk.run("drops", "allot", "pillows").stdout == (
        "Given: 1. Had it already: 0. Refused: 2.\n  2: Sold out (sold_out)\n"
    )


def test_what_would_be_refused_to_all_is_refused_at_once(desk: DropDesk) -> None:
    several = allotment(items=[pillow(), pillow(item_id="honey")])
    desk.run("drops", "announce", "pillows", desk.plan(**several))
    desk.run("drops", "announce", "may-day", desk.plan())
    desk.members("鼓楼")
    head = desk.head()

    assert "--item honey --session hall" in desk.run("drops", "allot", "pillows", code=2).stderr
    pillows = ("drops", "allot", "pillows", "--item", "pillow")
    assert "not_open_yet" in desk.refusal(*pillows)
    assert "party_too_large" in desk.refusal(*pillows, "--party", "2")
    assert "session_unknown" in desk.refusal(*pillows, "--session", "moon")
    assert "not_in_this_mode" in desk.refusal("drops", "allot", "may-day")
    assert "drop_unknown" in desk.refusal("drops", "allot", "nothing")
    desk.now = CLOSES
    assert "drop_closed" in desk.refusal(*pillows)
    assert desk.head() == head


def test_a_field_that_is_missing_is_named(desk: DropDesk, tmp_path: Path) -> None:
    terms = plan()
    del terms["closes_at"]
    (tmp_path / "plan.json").write_text(json.dumps(terms))

    line = desk.refusal("drops", "announce", "may-day", str(tmp_path / "plan.json"))

    assert "(terms_invalid: field closes_at, problem missing)" in line


def test_what_was_allotted_once_is_no_bar_to_the_next_allotment(desk: DropDesk) -> None:
    desk.members("鼓楼")
    for drop_id in ("autumn", "spring"):
        desk.run("drops", "announce", drop_id, desk.plan(**allotment()))
    desk.now = OPENS

    given = [desk.told("drops", "allot", one)["given"] for one in ("autumn", "spring", "spring")]

    assert given == [1, 1, 0]


def test_nothing_is_allotted_for_a_session_that_is_over(desk: DropDesk) -> None:
    late = allotment(closes_at=(BEGINS + timedelta(days=9)).isoformat())
    desk.run("drops", "announce", "pillows", desk.plan(**late))
    desk.members("鼓楼")
    desk.now = BEGINS + timedelta(days=1)

    assert "ticket_over" in desk.refusal("drops", "allot", "pillows")
