"""Staff at the terminal, where the first officer is appointed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "var")


def invitation(shown: str) -> str:
    """Return the code on the last line."""
    return shown.strip().splitlines()[-1]


def test_somebody_is_appointed_and_signs_in_by_the_invitation(cli: Cli) -> None:
    shown = cli.run("staff", "appoint", "zhao", "--role", "clerk", "--role", "reviewer").stdout

    with cli.services() as services:
        invited = services.sign_in.invitations.look(invitation(shown))
    assert invited == ("staff-zhao", "zhao")
    assert cli.rows("staff", "list") == [
        {"staff_id": "zhao", "roles": "clerk reviewer", "merchant_id": ""}
    ]


def test_a_new_invitation_ends_the_one_before(cli: Cli) -> None:
    first = invitation(cli.run("staff", "appoint", "zhao", "--role", "clerk").stdout)
    second = invitation(cli.run("staff", "invite", "zhao").stdout)

    with cli.services() as services:
        assert services.sign_in.invitations.look(second)
        credentials = services.sign_in.credentials.of("staff-zhao", "invitation")
    assert first != second
    assert len(credentials) == 1


def test_roles_change_and_who_leaves_has_none(cli: Cli) -> None:
    cli.run("staff", "appoint", "zhao", "--role", "clerk")

    cli.run("staff", "roles", "zhao", "--role", "auditor")
    changed = cli.rows("staff", "list")
    cli.run("staff", "dismiss", "zhao")

    assert [one["roles"] for one in changed] == ["auditor"]
    assert [one["roles"] for one in cli.rows("staff", "list")] == [""]


def test_an_owner_is_appointed_by_phone_asked_at_the_prompt(cli: Cli) -> None:
    cli.run("merchants", "sign", "noodle", "--name", "兰州面馆")

    cli.run("staff", "owner", "ma", "noodle", answers="13900000001\n")

    with cli.services() as services:
        assert services.sign_in.names.by_phone("13900000001") == "staff-ma"
