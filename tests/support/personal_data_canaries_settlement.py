"""A merchant with the name of somebody is settled with: nothing tells of its bank account."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.cli_capture import Town
from tests.support.personal_data_canaries import PEOPLE, forms

CLERK, REVIEWER, TREASURER = (("--by", f"officer-{name}") for name in ("wu", "li", "zhao"))
HOLDER = PEOPLE[20]
NUMBER = f"{HOLDER.phone}887766"


def settle(town: Town, fund_id: str, merchant_id: str, redemption_id: str) -> None:
    """Accounts are kept, a statement goes its way, its bank files lie with what was given."""
    given = town.home.parent / "given"
    answers = f"{HOLDER.name}\n{NUMBER}\n{HOLDER.name}银行\n\n"
    for owner in (f"merchant-{merchant_id}", f"fund-{fund_id}"):
        town.prompted("statements", "bank-account", owner, *CLERK, answers=answers)
    refused(town, merchant_id)
    drawn_up = town.told("statements", "draw-up", fund_id, merchant_id, *CLERK)
    (statement_id,) = (one["statement_id"] for one in drawn_up["statements"])
    town.run("statements", "approve", statement_id, *REVIEWER)
    for form in ("pain", "csv"):
        out = given / f"bank.{form}"
        town.run("statements", "bank-file", fund_id, "--out", str(out), "--form", form)
        assert any(form in out.read_bytes() for form in forms(NUMBER))
    town.run("statements", "pay", statement_id, "--reference", "b-1", *TREASURER)
    town.run("incidents", "report", redemption_id, "0.01", "--reason", "other", *CLERK)
    for view in (("statements", "list"), ("statements", "show", statement_id)):
        town.run(*view)
    town.run("incidents", "list")
    town.prompted("statements", "bank-account", f"fund-{fund_id}", *CLERK, "--erase", answers="")


def refused(town: Town, merchant_id: str) -> None:
    """Names and numbers where they do not belong."""
    name = f"{HOLDER.name}"
    for answers in (f"{name}\n{name}\n{name}\n\n", f"={name}\n{NUMBER}\n{name}\n{NUMBER}\n"):
        with pytest.raises(subprocess.CalledProcessError) as failed:
            town.prompted(
                *("statements", "bank-account", f"merchant-{merchant_id}", *CLERK),
                answers=answers,
            )
        town.keep(failed.value.stdout + failed.value.stderr)
        assert b"input_invalid" in failed.value.stderr
