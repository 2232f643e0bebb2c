import csv
from pathlib import Path

import pytest
from PIL import Image

from ledger.errors import AlreadyPaid, CardBlocked
from ledger.services.redemptions import Redemption
from ledger.services.scan import Scan
from pos_gateway.auth.api_key import till_of
from pos_gateway.codes import Printed, printed_code_hash, read
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.cli_runner import Cli
from tests.support.rosters import CHINESE, identity_number, write_csv

ROWS = [
    ("王小明", "13800138000", identity_number(1), "鼓楼街道工会", "公交", "劳模", "2030-12-31"),
    ("李红梅", "", identity_number(2), "果园街道工会", "", "", ""),
    ("赵建国", "12345", identity_number(3), "鼓楼街道工会", "", "", ""),
]


def set_up(cli: Cli) -> str:
    """Set up a fund, a merchant, a till and an offer with half by the union.

    Return the till's key.
    """
    cli.run("funds", "open", "card-2026", "--programme", "s1", "--name", "小红卡补贴")
    cli.run("funds", "contribute", "card-2026", "1000", "--source", "district")
    cli.run("merchants", "sign", "xiufa", "--name", "秀发坊", "--category", "beauty-hair")
    cli.run("merchants", "outlet", "xiufa", "gulou", "--name", "鼓楼店")
    offer = ("--id", "eight", "--title", "美发八折", "--kind", "percent_off")
    funding = '{"funding": {"union_basis_points": 5000, "fund_id": "card-2026"}}'
    terms = ("--terms", '{"basis_points": 2000}', "--rules", funding)
    cli.run("offers", "publish", *offer, *terms, "--programme", "s1")
    key: str = cli.told("tills", "pair", "xiufa", "gulou", "--till", "desk-1")["key"]
    return key


def cards(cli: Cli, tmp_path: Path) -> list[str]:
    """Issue cards from a roster in GB18030 with one bad row. Return them."""
    roster = write_csv(tmp_path / "roster.csv", CHINESE, *ROWS, encoding="gb18030")
    report = tmp_path / "report.csv"
    cli.run("cards", "import", str(roster), "--report", str(report))
    with report.open(encoding="utf-8-sig", newline="") as file:
        return [one["card_id"] for one in csv.DictReader(file) if one["outcome"] == "issued"]


def printed_hash(cli: Cli, card_id: str, out: Path) -> str:
    """Return the hash of the code that a till reads on the printed card."""
    cli.run("cards", "print", card_id, "--out", str(out))
    (text,) = zxing(Image.open(out / f"{card_id}.png"))
    with cli.services() as services:
        printed = read(text, services.keys, now=services.clock())
    assert isinstance(printed, Printed)
    return printed_code_hash(printed.number)


def redeem(
    cli: Cli, key: str, code_hash: str, redemption_id: str, *choices: str, amount_minor: int
) -> Redemption:
    with cli.services() as services:
        till = till_of(f"Bearer {key}", services.ledger)
        scan = Scan(
            **till._asdict(), code_hash=code_hash, amount_minor=amount_minor, choices=choices
        )
        return services.ledger.tills.redemptions.redeem(redemption_id, scan)


def test_from_a_fund_to_a_figure(cli: Cli, tmp_path: Path) -> None:
    key = set_up(cli)
    first, second = cards(cli, tmp_path)
    plastic = printed_hash(cli, first, tmp_path / "out")
    cli.run(
        *("grants", "make", first, "--id", "cut", "--title", "免费理发"),
        *("--kind", "free_service", "--terms", '{"times": 1}'),
    )

    redeem(cli, key, plastic, "r-1", "eight", amount_minor=68_00)
    redeem(cli, key, plastic, "r-2", "cut", amount_minor=50_00)
    redeem(cli, key, plastic, "r-3", "eight", amount_minor=100_00)
    cli.run("redemptions", "reverse", "r-3", "--reason", "wrong_amount")

    by_offer = cli.rows("show", "usage", "--by", "offer")
    assert by_offer == [
        {"choice_id": "cut", "uses": 1, "merchant_share_minor": 50_00, "union_share_minor": 0},
        {"choice_id": "eight", "uses": 1, "merchant_share_minor": 6_80, "union_share_minor": 6_80},
    ]
    assert cli.table("show", "usage", "--by", "offer") == [
        {name: str(value) for name, value in row.items()} for row in by_offer
    ]
    (payable,) = cli.rows("show", "payables", "--owed")
    assert (payable["merchant_id"], payable["owed_minor"]) == ("xiufa", 6_80)
    assert (payable["reserved_minor"], payable["released_minor"]) == (16_80, 10_00)
    balances = {row["account"]: int(row["credit_minor"]) for row in cli.table("show", "balances")}
    assert sum(balances.values()) == 0
    assert balances["fund:card-2026"] == 1_000_00 - 6_80
    (purchases,) = cli.rows("show", "purchases", "--by", "branch")
    assert (purchases["branch"], purchases["price_minor"]) == ("鼓楼街道工会", 118_00)
    assert [line["redemption_id"] for line in cli.rows("show", "redemptions")] == [
        *("r-3", "r-3", "r-2", "r-1")
    ]
    assert cli.rows("show", "usage", "--branch", "果园街道工会") == []
    assert cli.rows("show", "usage", "--from", "2999-01-01") == []
    assert "68.00" in cli.run("show", "purchases", "--by", "").stdout or second


def test_what_is_paid_cannot_be_undone(cli: Cli, tmp_path: Path) -> None:
    key = set_up(cli)
    plastic = printed_hash(cli, cards(cli, tmp_path)[0], tmp_path / "out")
    redeem(cli, key, plastic, "r-1", "eight", amount_minor=68_00)

    (payable,) = cli.rows("show", "payables", "--owed")
    cli.run("funds", "pay", "card-2026", "xiufa")

    assert payable["owed_minor"] == 6_80

    assert AlreadyPaid.reason in cli.refusal("redemptions", "reverse", "r-1", "--reason", "other")
    assert "nothing_owed" in cli.refusal("funds", "pay", "card-2026", "xiufa")
    assert cli.rows("show", "payables", "--owed") == []


def test_a_lost_card_is_refused_and_counted(cli: Cli, tmp_path: Path) -> None:
    key = set_up(cli)
    card_id = cards(cli, tmp_path)[0]
    plastic = printed_hash(cli, card_id, tmp_path / "out")

    cli.run("cards", "block", card_id)
    with pytest.raises(CardBlocked):
        redeem(cli, key, plastic, "r-1", "eight", amount_minor=68_00)

    assert cli.rows("show", "refusals") == [
        {"merchant_id": "xiufa", "reason": "card_blocked", "refusals": 1}
    ]


def test_a_revoked_till_is_shown_so(cli: Cli) -> None:
    set_up(cli)

    cli.run("tills", "revoke", "xiufa", "desk-1")
    cli.run("merchants", "suspend", "xiufa")

    shown = cli.run("show", "merchant", "xiufa").stdout
    assert "gulou, revoked" in shown
    cli.run("merchants", "resume", "xiufa")
    assert "till_unknown" in cli.refusal("tills", "revoke", "xiufa", "desk-2")
    assert "merchant_unknown" in cli.refusal("show", "merchant", "nobody")


def test_a_withdrawn_grant_is_no_longer_on_the_card(cli: Cli, tmp_path: Path) -> None:
    card_id = cards(cli, tmp_path)[0]
    make = ("grants", "make", card_id, "--title", "免费理发", "--kind", "free_service")
    once = (*make, "--terms", '{"times": 1}', "--request-id", "spring")

    grant_id = cli.told(*once)["grant_id"]
    assert cli.told(*once)["grant_id"] == grant_id
    assert grant_id in cli.run("show", "card", card_id).stdout
    cli.run("grants", "withdraw", card_id, grant_id)

    assert grant_id not in cli.run("show", "card", card_id).stdout
    assert "grant_unknown" in cli.refusal("grants", "withdraw", card_id, "no-such-grant")
