from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from pos_gateway.cli import asking
from pos_gateway.codes import Ticket, read
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.cli_drops import BEGINS, OPENS, DropCli, garden, session

STATUSES = ("status", "drop_id", "item_id", "session_id", "party")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropCli:
    """Return a command line at the opening of a drop with two tickets for the Rose Garden."""
    cli = DropCli(tmp_path / "var")
    monkeypatch.setattr(asking, "opened_services", cli.opened)
    cli.merchant("rose-garden", "玫瑰园", outlet="east")
    cli.run("drops", "announce", "may-day", cli.plan())
    cli.now = OPENS
    return cli


def statuses(cli: DropCli, card_id: str) -> list[str]:
    return [one["status"] for one in cli.rows("tickets", "list", card_id)]


def test_the_story_of_a_ticket_claimed_at_the_desk(cli: DropCli) -> None:
    wang, li, zhao = cli.members("鼓楼", "鼓楼", "果园")
    by = ("--by", "officer-gulou")

    first = cli.told("tickets", "claim", wang, "may-day", "--party", "3", *by)
    cli.run("tickets", "claim", li, "may-day", "--party", "2")
    refused = cli.refusal("tickets", "claim", zhao, "may-day")
    cli.run("tickets", "wait", zhao, "may-day", "--party", "2")
    cli.run("tickets", "release", wang, first["ticket_id"])
    kept = cli.rows("tickets", "list", zhao)
    last = cli.told("tickets", "claim", zhao, "may-day", "--party", "2", *by)
    cli.now = BEGINS
    hand_over = ("tickets", "hand-over", zhao, last["ticket_id"], *by)
    where = ("--merchant", "rose-garden", "--outlet", "east")
    one = cli.told(*hand_over, *where, "--people", "1")
    rest = cli.told(*hand_over, *where)

    assert refused.startswith("Sold out (sold_out: ")
    assert refused.endswith("Or let the member wait: hongka tickets wait.")
    assert [(one["status"], one["kept_until_at"]) for one in kept] == [
        ("kept", (OPENS + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"))
    ]
    assert statuses(cli, wang) == ["released"]
    assert statuses(cli, li) == ["held"]
    assert statuses(cli, zhao) == ["used"]
    assert (one["people"], one["left"], rest["people"], rest["left"]) == (1, 1, 1, 0)
    assert "ticket_used" in cli.refusal(*hand_over, *where)


def test_both_who_acts_and_whom_it_is_for_are_on_record(cli: DropCli) -> None:
    (wang,) = cli.members("鼓楼")

    ticket_id = cli.told("tickets", "claim", wang, "may-day", "--by", "gulou")["ticket_id"]
    cli.now = BEGINS
    where = ("--merchant", "rose-garden", "--outlet", "east")
    cli.run("tickets", "hand-over", wang, ticket_id, *where, "--by", "gulou")

    claimed = cli.facts("drop-may-day")[-1]
    used = cli.facts("grant-m0")[-1]
    assert (claimed["by"], used["by"]) == ("officer-gulou", "officer-gulou")
    assert (claimed["event"]["member_id"], claimed["event"]["claimed_by"]) == (
        *("m0", "officer-gulou"),
    )
    assert (used["event"]["member_id"], used["event"]["collected_by"]) == ("m0", "officer-gulou")


def test_asked_again_under_the_same_request_id_it_is_answered_from_the_record(cli: DropCli) -> None:
    wang, li = cli.members("鼓楼", "鼓楼")
    claim = ("tickets", "claim", wang, "may-day", "--request-id", "form-17")

    first = cli.told(*claim)
    head = cli.head()
    again = cli.told(*claim)

    assert again == first | {"recorded": None}
    assert cli.head() == head
    assert "request_reused" in cli.refusal(*claim, "--party", "2")
    assert cli.told("tickets", "claim", li, "may-day", "--request-id", "form-17")["number"] == 2
    assert f"ticket_id {first['ticket_id']}" in cli.refusal("tickets", "claim", wang, "may-day")
    cli.now = BEGINS
    where = ("--merchant", "rose-garden", "--outlet", "east", "--request-id", "gate-1")
    used = cli.told("tickets", "hand-over", wang, first["ticket_id"], *where)
    assert cli.told("tickets", "hand-over", wang, first["ticket_id"], *where) == used | {
        "recorded": None
    }


def test_another_request_id_is_another_claim(cli: DropCli) -> None:
    (wang,) = cli.members("鼓楼")
    claim = ("tickets", "claim", wang, "may-day", "--request-id")
    first = cli.told(*claim, "form-17")

    cli.run("tickets", "release", wang, first["ticket_id"])
    second = cli.told(*claim, "form-18")

    assert (first["number"], second["number"]) == (1, 2)
    assert statuses(cli, wang) == ["released", "held"]


def test_who_waits_may_leave(cli: DropCli) -> None:
    wang, li, zhao = cli.members("鼓楼", "鼓楼", "果园")
    for card_id in (wang, li):
        cli.run("tickets", "claim", card_id, "may-day")

    cli.run("tickets", "wait", zhao, "may-day")
    waiting = statuses(cli, zhao)
    cli.run("tickets", "leave", zhao, "may-day")

    assert waiting == ["waiting"]
    assert statuses(cli, zhao) == []
    assert "not_waiting" in cli.refusal("tickets", "leave", zhao, "may-day")


def test_of_several_sessions_one_is_named(cli: DropCli) -> None:
    (wang,) = cli.members("鼓楼")
    sessions = (session(), session("may-2", days=1))
    cli.run("drops", "amend", "may-day", cli.plan(items=[garden(*sessions)]), "--reason", "加场")
    claim = ("tickets", "claim", wang, "may-day")

    unsaid = cli.run(*claim, code=2).stderr

    assert "--item garden --session may-1; --item garden --session may-2" in unsaid
    assert "session_unknown" in cli.refusal(*claim, "--session", "may-3")
    assert cli.told(*claim, "--session", "may-2")["ticket_id"]
    (held,) = cli.rows("tickets", "list", wang)
    assert [held[name] for name in STATUSES] == ["held", "may-day", "garden", "may-2", 1]


def test_a_code_drawn_at_the_desk_is_read_as_the_ticket(cli: DropCli, tmp_path: Path) -> None:
    (wang,) = cli.members("鼓楼")
    ticket_id = cli.told("tickets", "claim", wang, "may-day")["ticket_id"]
    out = tmp_path / "ticket.png"

    told = cli.told("tickets", "code", wang, ticket_id, "--out", str(out))

    (text,) = zxing(Image.open(out))
    with cli.services() as services:
        code = read(text, services.keys, now=cli.now)
    assert isinstance(code, Ticket)
    assert (code.card_id, code.ticket_id) == (wang, ticket_id)
    assert told["expires_at"] == "2019-05-01T10:00:00Z"
    assert code.expires_at == BEGINS + timedelta(hours=10)


def test_no_code_is_drawn_of_a_ticket_that_is_worth_nothing(cli: DropCli, tmp_path: Path) -> None:
    wang, li = cli.members("鼓楼", "果园")
    tickets = [cli.told("tickets", "claim", one, "may-day")["ticket_id"] for one in (wang, li)]
    out = ("--out", str(tmp_path / "ticket.png"))

    cli.run("tickets", "release", wang, tickets[0])

    assert "ticket_released" in cli.refusal("tickets", "code", wang, tickets[0], *out)
    assert "ticket_unknown" in cli.refusal("tickets", "code", wang, tickets[1], *out)
    cli.now = BEGINS + timedelta(hours=10)
    assert "ticket_over" in cli.refusal("tickets", "code", li, tickets[1], *out)
    cli.run("drops", "cancel", "may-day", "--reason", "闭园", "--yes")
    assert "drop_cancelled" in cli.refusal("tickets", "code", li, tickets[1], *out)
    cli.run("cards", "block", li)
    assert "card_blocked" in cli.refusal("tickets", "code", li, tickets[1], *out)
    assert not (tmp_path / "ticket.png").exists()


def test_no_code_is_drawn_of_a_ticket_that_was_used(cli: DropCli, tmp_path: Path) -> None:
    (wang,) = cli.members("鼓楼")
    ticket_id = cli.told("tickets", "claim", wang, "may-day")["ticket_id"]
    cli.now = BEGINS
    where = ("--merchant", "rose-garden", "--outlet", "east")

    cli.run("tickets", "hand-over", wang, ticket_id, *where)

    out = ("--out", str(tmp_path / "ticket.png"))
    assert "ticket_used" in cli.refusal("tickets", "code", wang, ticket_id, *out)


def test_a_code_lives_no_longer_than_codes_may(cli: DropCli, tmp_path: Path) -> None:
    (wang,) = cli.members("鼓楼")
    late = cli.plan(items=[garden(session("summer", days=90))])
    cli.run("drops", "announce", "summer", late)
    ticket_id = cli.told("tickets", "claim", wang, "summer")["ticket_id"]

    told = cli.told("tickets", "code", wang, ticket_id, "--out", str(tmp_path / "ticket.png"))

    assert told["expires_at"] == (OPENS + timedelta(days=62)).isoformat().replace("+00:00", "Z")


def test_what_cannot_be_is_told_in_one_line(cli: DropCli) -> None:
    (wang,) = cli.members("鼓楼")
    ticket_id = cli.told("tickets", "claim", wang, "may-day")["ticket_id"]
    hand_over = ("tickets", "hand-over", wang, ticket_id)
    east = ("--merchant", "rose-garden", "--outlet", "east")

    assert "ticket_not_yet" in cli.refusal(*hand_over, *east)
    cli.now = BEGINS
    assert "outlet_unknown" in cli.refusal(*hand_over, *east[:3], "moon-gate")
    cli.run(*hand_over, *east, "--people", "0", code=2)
    assert "card_unknown" in cli.refusal("tickets", "list", "nobody")
    assert "card_unknown" in cli.refusal("tickets", "claim", "nobody", "may-day")
    assert "drop_unknown" in cli.refusal("tickets", "claim", wang, "may-week")
    assert "ticket_unknown" in cli.refusal("tickets", "release", wang, "no-such-ticket")
