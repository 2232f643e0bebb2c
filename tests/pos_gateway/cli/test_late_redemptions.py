"""Officers set the limits of offline tills, and look up their redemptions."""

from __future__ import annotations

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
    assert then["limits"] == {"redemptions": 20, "amount_minor": 300_00, "hours": 8}
    assert "20 redemptions and give 300.00 yuan in 8 hours. (It was so already" in again.stdout
    assert "input_invalid" in cli.refusal("tills", "limit", "rose", "t1", "--hours", "999")
    assert "till_unknown" in cli.refusal("tills", "limit", "rose", "t9", "--hours", "8")
