"""Settlement for the search for personal data, with a merchant named like a person."""

import subprocess

import pytest

from tests.support.cli_capture import CapturedCli
from tests.support.personal_data_canaries import PEOPLE, written_forms

CLERK, REVIEWER, TREASURER = (("--by", f"officer-{name}") for name in ("wu", "li", "zhao"))
BANKER = ("--by", "officer-zhou")
HOLDER = PEOPLE[20]
NUMBER = f"{HOLDER.phone}887766"


def settle(captured_cli: CapturedCli, fund_id: str, merchant_id: str, redemption_id: str) -> None:
    """Set bank accounts and settle a statement; its bank file is personal data."""
    given = captured_cli.home.parent / "given"
    answers = f"{HOLDER.name}\n{NUMBER}\n{HOLDER.name}银行\n\n"
    for owner in (f"merchant-{merchant_id}", f"fund-{fund_id}"):
        captured_cli.prompted("statements", "bank-account", owner, *BANKER, answers=answers)
    refused(captured_cli, merchant_id)
    drawn_up = captured_cli.told("statements", "draw-up", fund_id, merchant_id, *CLERK)
    (statement_id,) = (one["statement_id"] for one in drawn_up["statements"])
    captured_cli.run("statements", "approve", statement_id, *REVIEWER)
    for form in ("pain", "csv"):
        out = given / f"bank.{form}"
        captured_cli.run("statements", "bank-file", fund_id, "--out", str(out), "--form", form)
        assert any(form in out.read_bytes() for form in written_forms(NUMBER))
    captured_cli.run("statements", "pay", statement_id, "--reference", "b-1", *TREASURER)
    captured_cli.run("incidents", "report", redemption_id, "0.01", "--reason", "other", *CLERK)
    for view in (("statements", "list"), ("statements", "show", statement_id)):
        captured_cli.run(*view)
    captured_cli.run("incidents", "list")
    captured_cli.prompted(
        "statements", "bank-account", f"fund-{fund_id}", *CLERK, "--erase", answers=""
    )


def refused(captured_cli: CapturedCli, merchant_id: str) -> None:
    """Send names and numbers to places where they are refused."""
    name = f"{HOLDER.name}"
    for answers in (f"{name}\n{name}\n{name}\n\n", f"={name}\n{NUMBER}\n{name}\n{NUMBER}\n"):
        with pytest.raises(subprocess.CalledProcessError) as failed:
            captured_cli.prompted(
                *("statements", "bank-account", f"merchant-{merchant_id}", *CLERK), answers=answers
            )
        captured_cli.keep(failed.value.stdout + failed.value.stderr)
        assert b"input_invalid" in failed.value.stderr
