"""Officers set the limits of offline tills, and look up their redemptions."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.offline.report import OfflineReport
from ledger.redemptions.events import OfflineDiscount
from tests.support.cli_runner import Cli
from tests.support.ledger_fixture import ROSE, populate


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a command line on a ledger with three offline reports of a till that counts five."""
    made = Cli(tmp_path / "var")
    with made.services() as services:
        populate(services.ledger)
        now = services.ledger.query(lambda _states, at: at)
        seven = (OfflineDiscount(choice_id="care", merchant_share_minor=0, union_share_minor=7_00),)
        for number, given in ((1, seven), (3, ()), (4, seven)):
            said = OfflineReport(
                redemption_id=f"r{number}",
                **ROSE,
                cashier_id="zhou",
                amount_minor=50_00,
                given=given,
                scanned_at=now,
                synced_at=now if number < 4 else now - timedelta(days=2),
                series=1,
                number=number,
                card_id="c1",
            )
            services.ledger.tills.late_redemptions.redeem_late(said)
        services.ledger.tills.late_redemptions.count_till(
            "rose", till_id="t1", series=1, highest=5, by="till-t1"
        )
    return made


def test_late_redemptions_are_shown_with_who_bears_them(cli: Cli) -> None:
    lines = cli.rows("show", "late", "--merchant", "rose", "--till", "t1")
    contested = cli.rows("show", "late", "--contested")

    assert [(one["redemption_id"], one["outcome"]) for one in lines] == [
        ("r4", "contested"),
        ("r3", "accepted"),
        ("r1", "accepted"),
    ]
    (one,) = contested
    assert (one["reason"], one["borne_by"], one["cashier_id"]) == (
        "over_floor_limit",
        "merchant",
        "zhou",
    )
    assert cli.rows("show", "late", "--to", "2019-05-01") == []


def test_tills_are_shown_with_what_never_came(cli: Cli) -> None:
    (till,) = cli.rows("show", "tills")

    assert (till["accepted"], till["contested"], till["highest"]) == (2, 1, 5)
    assert till["missing"] == "2 5"
    assert cli.rows("show", "tills", "--merchant", "mill") == []


def test_a_till_is_limited_and_what_is_not_said_stays(cli: Cli) -> None:
    first = cli.told("tills", "limit", "rose", "t1", "--redemptions", "20", "--amount", "300")
    then = cli.told("tills", "limit", "rose", "t1", "--hours", "8")
    again = cli.run("tills", "limit", "rose", "t1", "--hours", "8")

    assert first["recorded"] == "merchant.till_limited"
    then = cli.told("tills", "limit", "rose", "t1", "--card", "20")
    assert then["limits"] == {
        "redemptions": 20,
        "amount_minor": 300_00,
        "hours": 8,
        "card_minor": 20_00,
    }
    assert "20 redemptions and give 300.00 yuan in 8 hours. (It was so already" in again.stdout
    assert "input_invalid" in cli.refusal("tills", "limit", "rose", "t1", "--hours", "999")
    assert "till_unknown" in cli.refusal("tills", "limit", "rose", "t9", "--hours", "8")


def test_an_officer_decides_a_contest_that_waits(cli: Cli) -> None:
    with cli.services() as services:
        now = services.ledger.query(lambda _states, at: at)
        services.ledger.officers.cards.block_card("c2")
        seven = (OfflineDiscount(choice_id="care", merchant_share_minor=0, union_share_minor=7_00),)
        scanned_at = services.ledger.query(lambda _states, at: at)
        for number in (6, 7):
            said = OfflineReport(
                redemption_id=f"r{number}",
                **ROSE,
                amount_minor=50_00,
                given=seven,
                series=1,
                number=number,
                scanned_at=scanned_at,
                synced_at=now,
                card_id="c2",
            )
            services.ledger.tills.late_redemptions.redeem_late(said)

    waiting = cli.rows("show", "late", "--contested")[:2]
    accepted = cli.told("redemptions", "decide", "r6", "--accept", "--by", "li")
    declined = cli.run("redemptions", "decide", "r7", "--decline", "--by", "li")

    assert [(one["redemption_id"], one["review"]) for one in waiting] == [
        ("r7", "waiting"),
        ("r6", "waiting"),
    ]
    assert accepted == {"redemption_id": "r6", "recorded": "redemption.contest_decided"}
    assert declined.stdout == "The merchant bears redemption r7.\n"
    assert "nothing_to_decide" in cli.refusal("redemptions", "decide", "r7", "--accept")
    (owed,) = cli.rows("show", "payables")
    assert (owed["merchant_id"], owed["owed_minor"]) == ("rose", 14_00)
