import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.drops.plan_check import check_plan
from ledger.drops.terms import Mode, Plan
from pos_gateway.cli import asking
from pos_gateway.cli.drops_plan import example_plan
from tests.support.cli_drops import (
    ANNOUNCED,
    BEGINS,
    CLOSES,
    OPENS,
    DropCli,
    garden,
    pillow,
    plan,
    session,
)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropCli:
    """Return a command line some days before May Day, with the Rose Garden signed."""
    cli = DropCli(tmp_path / "var")
    monkeypatch.setattr(asking, "opened_services", cli.opened)
    cli.merchant("rose-garden", "玫瑰园", outlet="east")
    return cli


def allotment(**changed: Any) -> dict[str, Any]:
    """Return terms that give a pillow to everybody in the audience."""
    return {"mode": "allotment", "items": [pillow()], "waiting_max": 0} | changed


def test_the_story_of_a_drop(cli: DropCli) -> None:
    announce = ("drops", "announce", "may-day")
    cli.run(*announce, cli.plan())
    wang, li, zhao = cli.members("鼓楼", "鼓楼", "果园")
    more = cli.plan(items=[garden(session(capacity=1))])

    early = cli.refusal("drops", "open", "may-day")
    cli.run("drops", "change", "may-day", more)
    cli.now = OPENS
    cli.run("drops", "open", "may-day")
    late = cli.refusal("drops", "change", "may-day", cli.plan())
    cli.run("tickets", "claim", wang, "may-day")
    cli.run("tickets", "wait", li, "may-day")
    cli.run("tickets", "wait", zhao, "may-day")
    more = cli.plan(items=[garden(session(capacity=2))])
    cli.run("drops", "amend", "may-day", more, "--reason", "园方加一票")
    shown = json.loads(cli.run("drops", "show", "may-day", "--format", "json").stdout)
    cli.run("drops", "close", "may-day", "--reason", "园方闭园")
    cli.run("drops", "cancel", "may-day", "--reason", "暴雨", answers="y\n")

    assert early.startswith("Not open yet (not_open_yet: opens_at 2019-04-25T02:00:00+00:00).")
    assert late.startswith("The drop is open already (drop_already_open). Amend it")
    (may_1,) = shown["sessions"]
    counts = {name: may_1[name] for name in ("capacity", "taken", "kept", "waiting", "left")}
    assert counts == {"capacity": 2, "taken": 1, "kept": 1, "waiting": 1, "left": 0}
    assert (shown["status"], shown["tickets"]) == ("open", 1)
    assert [one["topic"] for one in cli.facts("drop-may-day")] == [
        *("drop.announced", "drop.changed", "drop.opened", "drop.claimed"),
        *("drop.joined", "drop.joined", "drop.amended", "drop.offered"),
        *("drop.closed", "drop.cancelled"),
    ]
    assert cli.rows("tickets", "list", wang)[0]["status"] == "cancelled"
    assert "drop_cancelled" in cli.refusal("tickets", "claim", wang, "may-day")


def test_what_was_so_already_is_said_to_be(cli: DropCli) -> None:
    announce = ("drops", "announce", "may-day", cli.plan())

    first = cli.run(*announce).stdout
    again = cli.run(*announce).stdout

    assert first == "Drop may-day is announced: it opens at 2019-04-25T02:00:00+00:00.\n"
    assert "nothing recorded" in again
    other = cli.plan(title="五一植物园")
    assert "drop_already_announced" in cli.refusal("drops", "announce", "may-day", other)
    cli.now = CLOSES
    assert "Drop may-day is closed." in cli.run("drops", "open", "may-day").stdout


def test_the_same_request_id_is_answered_from_the_record(cli: DropCli) -> None:
    announce = ("drops", "announce", "may-day", cli.plan(), "--request-id", "letter-17")

    first = cli.told(*announce)
    again = cli.told(*announce)

    assert first == again == {"recorded": "drop.announced", "drop_id": "may-day"}
    cli.plan(title="五一植物园")
    assert "request_reused" in cli.refusal(*announce)


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
    cli: DropCli, changed: dict[str, Any], named: str
) -> None:
    line = cli.refusal("drops", "announce", "may-day", cli.plan(**changed))

    assert named in line
    assert line.startswith("The terms are wrong (terms_invalid: field ")
    assert line.endswith("Correct it in the file; one that holds: hongka drops example.")
    assert cli.rows("drops", "list") == []


def test_a_file_is_read_as_notepad_saves_it_and_no_other_way(cli: DropCli, tmp_path: Path) -> None:
    file, text = tmp_path / "plan.json", json.dumps(plan(), ensure_ascii=False)
    announce = ("drops", "announce", "may-day", str(file))

    for content in (b"{", text.encode("gb18030"), b"[]", b"7", b"[" * 100_000):
        file.write_bytes(content)
        assert "terms_invalid: field file, problem " in cli.refusal(*announce)
    file.write_bytes(text.encode("utf-8-sig"))
    cli.run(*announce)
    cli.run("drops", "announce", "may-day", str(tmp_path / "nowhere.json"), code=2)


def test_who_supplies_must_be_signed(cli: DropCli) -> None:
    stranger = cli.plan(items=[garden(supplier_id="tulip-garden")])

    assert cli.refusal("drops", "announce", "may-day", stranger) == (
        "No such merchant (merchant_unknown: merchant tulip-garden)."
        " Sign it first: hongka merchants sign."
    )


@pytest.mark.parametrize("mode", list(Mode))
def test_every_example_holds_and_can_be_announced(cli: DropCli, tmp_path: Path, mode: Mode) -> None:
    cli.merchant("pillow-maker", "枕工坊", outlet="hall")
    file = tmp_path / "plan.json"

    file.write_text(cli.run("drops", "example", "--mode", mode.value).stdout, encoding="utf-8")
    cli.run("drops", "announce", "first", str(file))

    (row,) = cli.rows("drops", "list")
    assert (row["mode"], row["status"], row["left"]) == (mode.value, "announced", 1_000)
    check_plan(example_plan(mode, ANNOUNCED))
    assert "+08:00" in file.read_text(encoding="utf-8")


def test_an_example_is_printed_without_databases(
    cli: DropCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "opened_services", None)
    cli.environment["HONGKA_VAR"] = str(elsewhere := tmp_path / "elsewhere")

    printed = msgspec.json.decode(cli.run("drops", "example").stdout)

    assert set(printed) == set(Plan.__struct_fields__)
    assert not elsewhere.exists()


def test_a_drop_is_shown_for_people_and_for_spreadsheets(cli: DropCli) -> None:
    sessions = (session(), session("may-2", capacity=5, days=1))
    cli.run("drops", "announce", "may-day", cli.plan(items=[garden(*sessions)]))

    table = cli.run("drops", "show", "may-day").stdout
    rows = cli.table("drops", "show", "may-day")

    assert "五一玫瑰园" in table
    assert "2019-04-25 10:00:00" in table
    assert [(one["session_id"], one["left"]) for one in rows] == [("may-1", "2"), ("may-2", "5")]
    assert "drop_unknown" in cli.refusal("drops", "show", "may-week")
    assert "hongka show drop" in cli.run("drops", "show", "--help").stdout


def test_a_field_that_is_missing_is_named(cli: DropCli, tmp_path: Path) -> None:
    terms = plan()
    del terms["closes_at"]
    (tmp_path / "plan.json").write_text(json.dumps(terms))

    line = cli.refusal("drops", "announce", "may-day", str(tmp_path / "plan.json"))

    assert "(terms_invalid: field closes_at, problem missing)" in line


def test_what_was_allotted_once_is_no_bar_to_the_next_allotment(cli: DropCli) -> None:
    cli.members("鼓楼")
    for drop_id in ("autumn", "spring"):
        cli.run("drops", "announce", drop_id, cli.plan(**allotment()))
    cli.now = OPENS

    given = [cli.told("drops", "allot", one)["given"] for one in ("autumn", "spring", "spring")]

    assert given == [1, 1, 0]


def test_nothing_is_allotted_for_a_session_that_is_over(cli: DropCli) -> None:
    late = allotment(closes_at=(BEGINS + timedelta(days=9)).isoformat())
    cli.run("drops", "announce", "pillows", cli.plan(**late))
    cli.members("鼓楼")
    cli.now = BEGINS + timedelta(days=1)

    assert "ticket_over" in cli.refusal("drops", "allot", "pillows")
