"""`hongka drops allot` gives a ticket to every member of a group."""

import pytest

from pos_gateway.cli import drops_allot
from tests.pos_gateway.cli.test_drops import allotment, cli
from tests.support.cli_drops import CLOSES, OPENS, DropCli, pillow

__all__ = ["cli"]


def test_every_member_of_the_audience_is_given_theirs_once(
    cli: DropCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = {"branches": ["鼓楼", "果园"], "groups": ["劳模"]}
    cli.run("drops", "announce", "pillows", cli.plan(**allotment(audience=audience)))
    workers = cli.members("鼓楼", "果园", "鼓楼", groups=("劳模",))
    cli.members("檀营", groups=("劳模",))
    cli.members("鼓楼", groups=("女职工",))
    cli.run("cards", "block", workers[2])
    cli.now = OPENS
    monkeypatch.setattr(drops_allot, "PAGE", 2)
    allot = ("drops", "allot", "pillows")

    first = cli.told(*allot)
    cli.run("cards", "unblock", workers[2])
    (new,) = cli.members("果园", groups=("劳模",))
    second = cli.told(*allot, "--by", "officer-other")
    third = cli.told(*allot)

    counts = ("given", "had", "refused")
    assert [first[name] for name in counts] == [2, 0, {"card_blocked": 1}]
    assert [second[name] for name in counts] == [2, 2, {}]
    assert [third[name] for name in counts] == [0, 4, {}]
    claimed = [one for one in cli.facts("drop-pillows") if one["topic"] == "drop.claimed"]
    assert {one["event"]["claim_id"] for one in claimed} == {"allot"}
    assert sorted(one["event"]["member_id"] for one in claimed) == ["m0", "m1", "m2", "m5"]
    assert cli.rows("tickets", "list", new)[0]["status"] == "held"


def test_who_gave_theirs_back_is_not_given_it_again(cli: DropCli) -> None:
    cli.run("drops", "announce", "pillows", cli.plan(**allotment()))
    (wang,) = cli.members("鼓楼")
    cli.now = OPENS
    cli.run("drops", "allot", "pillows")
    (held,) = cli.rows("tickets", "list", wang)
    cli.run("tickets", "release", wang, held["ticket_id"])

    again = cli.told("drops", "allot", "pillows", "--by", "officer-other")

    assert (again["given"], again["had"], again["refused"]) == (0, 1, {})


def test_an_allotment_tells_why_some_have_none(cli: DropCli) -> None:
    cli.run("drops", "announce", "pillows", cli.plan(**allotment(items=[pillow(1)])))
    cli.members("鼓楼", "鼓楼", "果园")
    cli.now = OPENS

    assert cli.run("drops", "allot", "pillows").stdout == (
        "Given: 1. Had it already: 0. Refused: 2.\n  2: Sold out (sold_out)\n"
    )


def test_what_would_be_refused_to_all_is_refused_at_once(cli: DropCli) -> None:
    several = allotment(items=[pillow(), pillow(item_id="honey")])
    cli.run("drops", "announce", "pillows", cli.plan(**several))
    cli.run("drops", "announce", "may-day", cli.plan())
    cli.members("鼓楼")
    head = cli.head()

    assert "--item honey --session hall" in cli.run("drops", "allot", "pillows", code=2).stderr
    pillows = ("drops", "allot", "pillows", "--item", "pillow")
    assert "not_open_yet" in cli.refusal(*pillows)
    assert "party_too_large" in cli.refusal(*pillows, "--party", "2")
    assert "session_unknown" in cli.refusal(*pillows, "--session", "moon")
    assert "not_in_this_mode" in cli.refusal("drops", "allot", "may-day")
    assert "drop_unknown" in cli.refusal("drops", "allot", "nothing")
    cli.now = CLOSES
    assert "drop_closed" in cli.refusal(*pillows)
    assert cli.head() == head
