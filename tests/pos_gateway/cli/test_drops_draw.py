import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.services.officers import draws
from pos_gateway.cli import asking
from pos_gateway.cli.drops_draw import WORDS
from tests.support.cli_drops import CLOSES, OPENS, DropCli, garden, session

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_draw"
RULE = {"statement": "按双色球2019048期号码摇号", "source": "双色球 2019048", "day": "2019-04-28"}
PLAN: dict[str, Any] = {"mode": "draw", "seed_rule": RULE, "items": [garden(session(capacity=2))]}
RED, BLUE = "3 11 14 22 27 31", "9"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropCli:
    """Return a command line with an open draw of two places in the Rose Garden."""
    cli = DropCli(tmp_path / "var")
    monkeypatch.setattr(asking, "opened_services", cli.opened)
    cli.merchant("rose-garden", "玫瑰园", outlet="east")
    cli.run("drops", "announce", "lots", cli.plan(**PLAN))
    cli.now = OPENS
    return cli


def test_the_officer_is_told_how_many_a_draw_takes(cli: DropCli) -> None:
    said = cli.run("drops", "announce", "more-lots", cli.plan(**PLAN)).stdout

    assert said.endswith("It takes 65,535 entries and no more.\n")


def enter(cli: DropCli, number: int) -> list[str]:
    """Let so many members enter. Return their cards."""
    cards = cli.members(*["鼓楼"] * number)
    for card_id in cards:
        cli.run("tickets", "claim", card_id, "lots")
    return cards


def drawn(cli: DropCli, out: Path) -> dict[str, Any]:
    """Run the draw from freezing to publishing. Return its document."""
    cli.now = CLOSES
    cli.run("drops", "freeze", "lots")
    cli.now = CLOSES.replace(day=28)
    cli.run("drops", "seed", "lots", RED, BLUE, "--yes")
    cli.run("drops", "draw", "lots")
    cli.run("drops", "publish", "lots", "--out", str(out))
    document: dict[str, Any] = json.loads(out.read_bytes())
    return document


def statuses(cli: DropCli, card_id: str) -> list[str]:
    return [one["status"] for one in cli.rows("tickets", "list", card_id)]


def script(file: Path) -> int:
    """Run the independent script. Return its exit status."""
    return subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, file], capture_output=True, check=False, timeout=60
    ).returncode


def test_the_story_of_a_draw(cli: DropCli, tmp_path: Path) -> None:
    cards = enter(cli, 6)
    cli.run("tickets", "leave", cards[0], "lots")
    cli.now = CLOSES

    frozen = cli.told("drops", "freeze", "lots")
    cli.now = CLOSES.replace(day=28)
    seed = cli.told("drops", "seed", "lots", RED, BLUE, "--yes")
    draw = cli.told("drops", "draw", "lots")
    cli.run("drops", "publish", "lots", "--out", str(tmp_path / "lots.json"))

    document = json.loads((tmp_path / "lots.json").read_bytes())
    assert frozen["entries"] == 5
    assert seed["key"] == "3.11.14.22.27.31./9./"
    assert (draw["entries"], draw["winners"], draw["awarded"]) == (5, 2, 2)
    assert document["frozen"]["sha256"] == frozen["sha256"]
    assert document["seed"]["numbers"] == [[3, 11, 14, 22, 27, 31], [9]]
    assert len(document["winners"]) == 2
    assert "The draw is right." in cli.run("verify-draw", str(tmp_path / "lots.json")).stdout
    assert script(tmp_path / "lots.json") == 0
    winners = [one for one in cards if "held" in statuses(cli, one)]
    assert len(winners) == 2
    assert cards[0] not in winners


def test_who_won_finds_their_entry_in_the_document(cli: DropCli, tmp_path: Path) -> None:
    cards = cli.members(*["鼓楼"] * 6)
    told = {one: cli.told("tickets", "claim", one, "lots")["entry_id"] for one in cards}
    listed = {one: cli.rows("tickets", "list", one)[0]["entry_id"] for one in cards}

    document = drawn(cli, tmp_path / "lots.json")

    won = {document["entries"][number - 1][1] for number in document["winners"]}
    assert listed == told
    assert {told[one] for one in cards if "held" in statuses(cli, one)} == won


def test_who_did_not_win_may_wait_and_leave(cli: DropCli, tmp_path: Path) -> None:
    cards = enter(cli, 3)
    drawn(cli, tmp_path / "lots.json")
    (other,) = [one for one in cards if "held" not in statuses(cli, one)]

    cli.run("tickets", "wait", other, "lots")
    waits = statuses(cli, other)
    cli.run("tickets", "leave", other, "lots")

    assert waits == ["waiting", "drawn"]
    assert statuses(cli, other) == ["drawn"]


def test_what_is_published_before_the_numbers_is_told_in_words(cli: DropCli) -> None:
    enter(cli, 1)
    cli.now = CLOSES

    first = cli.run("drops", "freeze", "lots").stdout
    again = cli.run("drops", "freeze", "lots").stdout

    sha256 = cli.facts("drop-lots")[-1]["event"]["sha256"]
    assert first == f"The list of lots is frozen. Publish now:\nEntries: 1\nSHA-256: {sha256}\n"
    assert again.startswith(first.rstrip())
    assert "nothing recorded" in again


def test_nothing_is_done_before_its_time(cli: DropCli) -> None:
    enter(cli, 1)
    seed = ("drops", "seed", "lots", RED, BLUE, "--yes")

    assert "still_open" in cli.refusal("drops", "freeze", "lots")
    cli.now = CLOSES
    assert "not_frozen" in cli.refusal(*seed)
    assert "not_frozen" in cli.refusal("drops", "publish", "lots")
    cli.run("drops", "freeze", "lots")
    assert "seed_not_yet" in cli.refusal(*seed)
    assert "seed_not_fixed" in cli.refusal("drops", "draw", "lots")
    cli.now = CLOSES.replace(day=28)
    cli.run(*seed)
    assert "hongka drops draw lots" in cli.refusal("drops", "publish", "lots")
    assert "seed_already_fixed" in cli.refusal("drops", "seed", "lots", RED, "10", "--yes")


def test_numbers_are_fixed_only_when_they_were_looked_at(cli: DropCli) -> None:
    cli.now = CLOSES
    cli.run("drops", "freeze", "lots")
    cli.now = CLOSES.replace(day=28)
    head = cli.head()

    cli.run("drops", "seed", "lots", RED, BLUE, answers="n\n", code=1)
    for typed in ("three", "3 -1", "", "3.5", "3" * 20):
        cli.run("drops", "seed", "lots", typed, "--yes", code=2)

    assert cli.head() == head


def test_a_draw_that_was_interrupted_goes_on(
    cli: DropCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(cli, 3)
    cli.now = CLOSES
    cli.run("drops", "freeze", "lots")
    cli.now = CLOSES.replace(day=28)
    cli.run("drops", "seed", "lots", RED, BLUE, "--yes")
    monkeypatch.setattr(draws, "AWARDED_AT_ONCE", 1)
    with cli.services() as services:
        assert next(services.ledger.officers.draws.award("lots", by="officer-a")) == 1

    rest = cli.told("drops", "draw", "lots")
    again = cli.told("drops", "draw", "lots")

    assert (rest["winners"], rest["awarded"], again["awarded"]) == (2, 1, 0)
    assert "so already" in cli.run("drops", "draw", "lots").stdout
    cli.run("drops", "publish", "lots", "--out", str(tmp_path / "lots.json"))
    assert script(tmp_path / "lots.json") == 0


def test_the_document_names_no_member_and_no_card(cli: DropCli, tmp_path: Path) -> None:
    cards = enter(cli, 3)

    drawn(cli, tmp_path / "lots.json")

    text = (tmp_path / "lots.json").read_text(encoding="utf-8")
    assert cli.run("drops", "publish", "lots").stdout == text
    assert not [one for one in (*cards, "m0", "m1", "m2", "officer") if one in text]


def test_a_draw_is_checked_without_databases(
    cli: DropCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(cli, 3)
    drawn(cli, tmp_path / "lots.json")
    cli.environment["HONGKA_VAR"] = str(elsewhere := tmp_path / "elsewhere")
    monkeypatch.setattr(asking, "opened_services", None)

    told = cli.told("verify-draw", str(tmp_path / "lots.json"))

    assert told == {"sound": True, "complaints": []}
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("winners", [], "winners_differ"),
        ("seed", {"numbers": [[4]], "at": "2019-04-28T04:00:00Z"}, "winners_differ"),
        ("seed", {"numbers": [[4]], "at": "2019-04-26T04:00:00Z"}, "seed_before_day"),
        ("drop", "other", "hash_differs"),
        ("entries", "none", "document_invalid"),
    ],
)
def test_a_document_that_was_tampered_with_is_found_out(
    cli: DropCli, tmp_path: Path, field: str, value: object, complaint: str
) -> None:
    enter(cli, 5)
    document = drawn(cli, tmp_path / "lots.json")

    tampered = tmp_path / "tampered.json"
    tampered.write_text(json.dumps(document | {field: value}))

    result = cli.run("verify-draw", str(tampered), code=1)
    assert f"WRONG {complaint}: {WORDS[complaint]}\n" in result.stdout
    assert "The draw is right." not in result.stdout
    assert script(tampered) == 1


def test_what_is_no_document_is_said_to_be_none(cli: DropCli, tmp_path: Path) -> None:
    for content in (b"", b"[]", b'{"title": "\xff"}', b'{"x":' + b"[" * 100_000):
        (tmp_path / "wrong.json").write_bytes(content)

        result = cli.run("verify-draw", str(tmp_path / "wrong.json"), code=1)

        assert result.stdout.startswith("WRONG document_invalid: ")
    cli.run("verify-draw", str(tmp_path / "nowhere.json"), code=2)


def test_a_file_too_large_is_not_read_whole(
    cli: DropCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(cli, 1)
    drawn(cli, tmp_path / "lots.json")
    monkeypatch.setattr(sys.modules["pos_gateway.cli.drops_draw"], "FILE_BYTES_MAX", 100)

    assert cli.run("verify-draw", str(tmp_path / "lots.json"), code=1).stdout.startswith("WRONG")


def test_a_title_cannot_play_tricks_on_the_screen(cli: DropCli, tmp_path: Path) -> None:
    enter(cli, 1)
    document = drawn(cli, tmp_path / "lots.json") | {"title": "玫瑰园\x1b[2J\nThe draw is right."}
    (tmp_path / "loud.json").write_text(json.dumps(document))

    stdout = cli.run("verify-draw", str(tmp_path / "loud.json")).stdout

    assert "玫瑰园?[2J?The draw is right." in stdout


def test_every_complaint_has_words_here_as_in_the_script() -> None:
    assert set(WORDS) == set(runpy.run_path(str(SCRIPT))["WORDS"])
