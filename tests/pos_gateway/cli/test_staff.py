"""Staff at the terminal: the first officer comes from here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli_runner import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "var")


def invitation(shown: str) -> str:
    """The code on the last line."""
    return shown.strip().splitlines()[-1]


def test_somebody_is_appointed_and_signs_in_by_the_invitation(desk: Desk) -> None:
    shown = desk.run("staff", "appoint", "zhao", "--role", "clerk", "--role", "reviewer").stdout

    with desk.house() as house:
        invited = house.reception.invitations.look(invitation(shown), now=house.clock())
    assert invited == ("staff-zhao", "zhao")
    assert desk.rows("staff", "list") == [
        {"staff_id": "zhao", "roles": "clerk reviewer", "merchant_id": ""}
    ]


def test_a_new_invitation_ends_the_one_before(desk: Desk) -> None:
    first = invitation(desk.run("staff", "appoint", "zhao", "--role", "clerk").stdout)
    second = invitation(desk.run("staff", "invite", "zhao").stdout)

    with desk.house() as house:
        assert house.reception.invitations.look(second, now=house.clock())
        credentials = house.reception.credentials.of("staff-zhao", "invitation")
    assert first != second
    assert len(credentials) == 1


def test_roles_change_and_who_leaves_has_none(desk: Desk) -> None:
    desk.run("staff", "appoint", "zhao", "--role", "clerk")

    desk.run("staff", "roles", "zhao", "--role", "auditor")
    changed = desk.rows("staff", "list")
    desk.run("staff", "dismiss", "zhao")

    assert [one["roles"] for one in changed] == ["auditor"]
    assert [one["roles"] for one in desk.rows("staff", "list")] == [""]


def test_an_owner_is_appointed_by_phone_asked_at_the_prompt(desk: Desk) -> None:
    desk.run("merchants", "sign", "noodle", "--name", "兰州面馆")

    desk.run("staff", "owner", "ma", "noodle", answers="13900000001\n")

    with desk.house() as house:
        assert house.reception.names.by_phone("13900000001") == "staff-ma"
