"""Staff at the terminal, where the first officer is appointed."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return a command line on a ledger with two reviewers and a clerk."""
    cli = Cli(tmp_path / "var")
    offices = {"qian": ["reviewer"], "wu": ["reviewer"], "zhao": ["clerk"]}
    with cli.services() as services:
        services.ledger.officers.staff.appoint_first(offices)
    return cli


def test_roles_change_once_two_agree_and_who_leaves_has_none(cli: Cli) -> None:
    cli.agree("staff", "roles", "zhao", "--role", "auditor", by="qian", second="wu")
    changed = cli.rows("staff", "list")
    cli.run("staff", "dismiss", "zhao", "--by", "qian")

    assert roles_of(changed, "zhao") == "auditor"
    assert roles_of(cli.rows("staff", "list"), "zhao") == ""


def roles_of(rows: list[dict[str, Any]], staff_id: str) -> object:
    """Return the roles of a person in a list of staff."""
    return next(one["roles"] for one in rows if one["staff_id"] == staff_id)


def test_an_owner_is_appointed_by_phone_asked_at_the_prompt(cli: Cli) -> None:
    cli.run("merchants", "sign", "noodle", "--name", "兰州面馆")

    cli.run("staff", "owner", "ma", "noodle", answers="13900000001\n")

    with cli.services() as services:
        assert services.sign_in.names.by_phone("13900000001") == "staff-ma"
