"""Settlement at the terminal."""

import csv
import io
import stat
from pathlib import Path

import pytest
import xmlschema

from ledger.staff import OFFICES
from tests.pos_gateway.payments.test_bank_file import SCHEMA
from tests.support.cli_runner import Cli
from tests.support.ledger_fixture import populate
from tests.support.ledger_settlement import MILL, care_purchase, sign_mill

ACCOUNT = "玫瑰美发店\n6222 0202 0011 2233 445\n建设银行密云支行\n\n"
CLERK, REVIEWER, TREASURER = (("--by", f"officer-{name}") for name in ("wu", "li", "zhao"))


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a command line on a ledger that owes two merchants seven yuan each."""
    cli = Cli(tmp_path / "var")
    with cli.services() as services:
        populate(services.ledger)
        sign_mill(services.ledger)
        for staff_id in ("wu", "li", "zhao"):
            services.ledger.officers.staff.change_roles(staff_id, roles=OFFICES)
        services.ledger.tills.redemptions.redeem("r1", care_purchase())
        services.ledger.tills.redemptions.redeem("r2", care_purchase("c2", **MILL))
    return cli


def set_account(cli: Cli, owner: str) -> None:
    """Set a bank account as the treasurer, with the reviewer's consent."""
    command = ("statements", "bank-account", owner)
    cli.agree(*command, by="zhao", second="li", answers=ACCOUNT)


def drawn_up(cli: Cli, *merchants: str) -> list[str]:
    told = cli.told("statements", "draw-up", "care", *merchants, *CLERK)
    return [one["statement_id"] for one in told["statements"]]


def test_a_merchant_is_paid_by_a_statement(cli: Cli, tmp_path: Path) -> None:
    for owner in ("merchant-rose", "fund-care"):
        set_account(cli, owner)
    (statement_id,) = drawn_up(cli, "rose")
    out = tmp_path / "pay.xml"

    cli.run("statements", "approve", statement_id, *REVIEWER)
    said = cli.run("statements", "bank-file", "care", "--out", str(out)).stdout
    cli.run("statements", "pay", statement_id, "--reference", "b-1", *TREASURER)

    assert said == f"Payments: 1, 7.00 yuan in all, in {out}.\n"
    assert SCHEMA.is_valid(xmlschema.XMLResource(str(out)))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (row,) = cli.rows("statements", "list", "--merchant", "rose")
    assert (row["status"], row["due_minor"], row["reference"]) == ("paid", 7_00, "b-1")
    assert [row[f"{done}_by"] for done in ("drawn_up", "first_approved", "paid")] == [
        *("officer-wu", "officer-li", "officer-zhao")
    ]
    (payable,) = cli.rows("show", "payables", "--merchant", "rose")
    assert (payable["paid_minor"], payable["owed_minor"], payable["due_minor"]) == (7_00, 0, 0)


def test_all_who_are_owed_are_drawn_up_at_once_and_only_once(cli: Cli) -> None:
    drawn = drawn_up(cli)

    rows = cli.rows("statements", "list", "--status", "drawn_up")
    assert {row["merchant_id"] for row in rows} == {"mill", "rose"}
    assert {row["statement_id"] for row in rows} == set(drawn)
    assert "nothing_owed" in cli.refusal("statements", "draw-up", "care", *CLERK)
    assert "statement_open" in cli.refusal("statements", "draw-up", "care", "rose", *CLERK)


def test_above_the_threshold_another_officer_is_asked_for(cli: Cli) -> None:
    cli.agree("funds", "threshold", "care", "0", by="zhao", second="li")
    (statement_id,) = drawn_up(cli, "rose")

    first = cli.run("statements", "approve", statement_id, *REVIEWER).stdout
    pay = ("statements", "pay", statement_id, "--reference", "b-1")
    assert "another officer has to approve it too" in first
    assert "not_approved: missing 1" in cli.refusal(*pay, *REVIEWER)
    second = cli.refusal("statements", "approve", statement_id, *TREASURER)
    with cli.services() as services:
        services.ledger.officers.statements.approve_statement(statement_id, by="officer-zhao")

    assert "desk_needed" in second
    assert "drawn_up_by_you" in cli.refusal(*pay, *CLERK)
    assert "statement_open" in cli.refusal("funds", "pay", "care", "rose", *CLERK)


def test_a_statement_is_returned_and_its_redemption_undone(cli: Cli) -> None:
    (statement_id,) = drawn_up(cli, "rose")
    undo = ("redemptions", "reverse", "r1", "--reason", "wrong_amount")
    assert "being_paid" in cli.refusal(*undo)

    cli.run("statements", "return", statement_id, "--reason", "redemption_doubted", *REVIEWER)
    cli.run(*undo)

    (row,) = cli.rows("statements", "list", "--status", "returned")
    assert row["return_reason"] == "redemption_doubted"
    (line,) = cli.rows("statements", "show", statement_id)
    assert (line["redemption_id"], line["counted_minor"]) == ("r1", 0)
    assert line["reversed_day"]


def test_an_incident_is_kept_from_the_next_statement(cli: Cli) -> None:
    (statement_id,) = drawn_up(cli, "rose")
    report = ("incidents", "report", "r1", "2.50", "--reason", "wrong_amount", *CLERK)
    assert "being_paid" in cli.refusal(*report)
    cli.run("statements", "approve", statement_id, *REVIEWER)
    cli.run("statements", "pay", statement_id, "--reference", "b-1", *TREASURER)

    cli.run(*report)

    (row,) = cli.rows("incidents", "list", "--merchant", "rose")
    assert (row["redemption_id"], row["amount_minor"], row["fund_id"]) == ("r1", 2_50, "care")
    with cli.services() as services:
        services.ledger.tills.redemptions.redeem("r3", care_purchase())
    (next_id,) = drawn_up(cli, "rose")
    (listed,) = [one for one in cli.rows("statements", "list") if one["statement_id"] == next_id]
    assert (listed["recovered_minor"], listed["due_minor"]) == (2_50, 4_50)
    (line,) = cli.rows("statements", "show", statement_id)
    assert (line["incident_minor"], line["counted_minor"]) == (2_50, 7_00)


def test_a_table_is_for_spreadsheets_which_keep_its_digits(cli: Cli, tmp_path: Path) -> None:
    set_account(cli, "merchant-rose")
    (statement_id,) = drawn_up(cli, "rose")
    cli.run("statements", "approve", statement_id, *REVIEWER)
    out = tmp_path / "pay.csv"
    write = ("statements", "bank-file", "care", "--form", "csv", "--out", str(out))
    assert "bank_account_unknown" in cli.refusal(*write)
    assert not out.exists()
    set_account(cli, "fund-care")

    cli.run(*write)

    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    assert (row["收款账号"], row["金额（元）"]) == ("\t6222020200112233445", "7.00")
    cli.run("statements", "bank-account", "merchant-rose", "--erase", *CLERK)
    assert "bank_account_unknown" in cli.refusal(*write)


def test_what_there_is_not(cli: Cli) -> None:
    assert "statement_unknown" in cli.refusal("statements", "show", "never")
    assert "statement_unknown" in cli.refusal("statements", "approve", "never", *REVIEWER)
    assert "merchant_unknown" in cli.refusal(
        "statements", "bank-account", "merchant-nobody", *CLERK, answers=ACCOUNT
    )
    assert cli.rows("statements", "list") == []
