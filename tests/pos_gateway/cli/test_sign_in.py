"""The terminal acts as who signed in there, within the policies of the desk."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from ledger.staff import Role
from ledger.store.clock import process_time
from pos_gateway.auth.rate_limit import GUESSES
from pos_gateway.cli import session
from pos_gateway.errors import SignInRefused
from pos_gateway.staff import appointment
from tests.support.cli_runner import Terminal
from tests.support.ledger_fixture import populate
from tests.support.ledger_settlement import care_purchase
from tests.support.sign_in_methods import PASSWORD

APP = pyotp.random_base32()
DRAW_UP = ("statements", "draw-up", "care", "rose")
APPOINT_EVIL = ("staff", "appoint", "evil", "--role", "reviewer")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """Return a terminal where nobody is signed in, on a ledger with two reviewers and a debt."""
    terminal = Terminal(tmp_path / "var")
    with terminal.services() as services:
        populate(services.ledger)
        services.ledger.tills.redemptions.redeem("r1", care_purchase())
    for reviewer in ("qian", "li"):
        terminal.sign_in(reviewer, Role.REVIEWER)
    terminal.session.unlink()
    return terminal


def enrolled(terminal: Terminal, staff_id: str = "wu", role: Role = Role.CLERK) -> list[str]:
    """Appoint somebody with a password and an app; return their recovery codes."""
    terminal.sign_in(staff_id, role)
    terminal.session.unlink()
    with terminal.services() as services:
        subject, methods = f"staff-{staff_id}", services.sign_in
        methods.names.give_handle(subject, staff_id)
        methods.passwords.set(subject, PASSWORD, handle=staff_id)
        before = process_time() - timedelta(seconds=30)
        methods.apps.enrol(subject, APP, pyotp.TOTP(APP).at(before))
        return methods.recovery.make(subject)


def test_a_refused_stranger_is_told_to_sign_in(terminal: Terminal) -> None:
    told = "Sign in first (sign_in_needed). Sign in: hongka sign-in."

    assert terminal.refusal(*DRAW_UP) == told
    assert terminal.refusal(*APPOINT_EVIL) == told
    assert terminal.refusal("whoami") == told


def test_a_lost_first_invitation_is_printed_again_until_two_set_up_their_sign_in(
    tmp_path: Path,
) -> None:
    terminal = Terminal(tmp_path / "new")
    for one, role in (("cc", "clerk"), ("feng", "reviewer"), ("wu", "reviewer")):
        terminal.run("staff", "appoint", one, "--role", role)
    lost = ("staff", "invite", "wu")

    code = terminal.run(*lost).stdout.split()[-1]

    with terminal.services() as services:
        assert services.sign_in.invitations.look(code) == ("staff-wu", "wu")
        for one in ("feng", "wu"):
            services.ledger.officers.staff.note_credentials(one, what="passkey")
    assert "sign_in_needed" in terminal.refusal(*lost)
    # And it stays so for whoever never set up theirs, once one of the two has left
    with terminal.services() as services:
        services.ledger.officers.staff.dismiss_staff("feng")
    assert "sign_in_needed" in terminal.refusal("staff", "invite", "cc")


def test_nobody_draws_up_approves_and_pays_by_typing_three_names(terminal: Terminal) -> None:
    terminal.sign_in("wu", Role.CLERK, Role.REVIEWER, Role.TREASURER)
    statement_id = terminal.told(*DRAW_UP, "--by", "wu")["statements"][0]["statement_id"]
    head = terminal.head()

    for typed, name in (
        (DRAW_UP, "ghost1"),
        (("statements", "approve", statement_id), "nobody-at-all"),
        (("statements", "pay", statement_id, "--reference", "b-1"), "zzz"),
    ):
        told = terminal.refusal(*typed, "--by", name)
        assert told.startswith("Somebody else is signed in (signed_in_as_another: signed_in wu")
        assert "hongka sign-in" in told
    terminal.environment["HONGKA_OFFICER"] = "officer-ghost1"
    assert "signed_in_as_another" in terminal.refusal(*DRAW_UP)
    del terminal.environment["HONGKA_OFFICER"]
    assert "drawn_up_by_you" in terminal.refusal("statements", "approve", statement_id)
    assert terminal.head() == head


def test_an_auditor_appoints_no_reviewer(terminal: Terminal) -> None:
    terminal.sign_in("zhou", Role.AUDITOR)
    head = terminal.head()

    assert "role_needed" in terminal.refusal(*APPOINT_EVIL)
    assert "role_needed" in terminal.refusal(*DRAW_UP)
    assert "role_needed" in terminal.refusal("show", "card", "c1")
    terminal.run("show", "log")
    assert terminal.head() == head


def test_what_depends_on_options_asks_for_the_policy_of_the_desk(terminal: Terminal) -> None:
    keep, account = ("statements", "bank-account"), "玫瑰\n6222020200112233445\n建设银行\n\n"
    terminal.sign_in("wu", Role.CLERK)
    terminal.run(*keep, "merchant-rose", answers=account)
    assert "role_needed" in terminal.refusal(*keep, "fund-care", answers=account)

    terminal.sign_in("sun", Role.TREASURER)
    terminal.run(*keep, "fund-care", answers=account)
    assert "role_needed" in terminal.refusal(*keep, "merchant-rose", answers=account)
    assert "role_needed" in terminal.refusal("show", "drop", "may-day", "--exact")
    assert "drop_unknown" in terminal.refusal("show", "drop", "may-day")


def test_a_password_and_a_code_sign_in_until_signed_out(terminal: Terminal) -> None:
    codes = enrolled(terminal)

    app = pyotp.TOTP(APP).at(process_time())
    told = terminal.run("sign-in", answers=f"Wu\n{PASSWORD}\n{app}\n")
    shown = json.loads(terminal.run("whoami", "--format", "json").stdout)
    terminal.run(*DRAW_UP)

    assert PASSWORD not in told.output
    assert "wu is signed in until 2" in told.stdout
    assert (shown["staff_id"], shown["roles"]) == ("wu", ["clerk"])
    assert terminal.session.stat().st_mode & 0o777 == 0o600
    secret = terminal.session.read_text()
    terminal.run("sign-out")
    assert not terminal.session.exists()
    terminal.session.touch(0o600)
    terminal.session.write_text(secret)
    assert "sign_in_needed" in terminal.refusal("whoami")
    terminal.run("sign-in", answers=f"wu\n{PASSWORD}\n{codes[0]}\n")
    assert terminal.session.read_text() != secret
    again = f"wu\n{PASSWORD}\n{codes[0]}\n"
    assert "sign_in_refused" in terminal.refusal("sign-in", answers=again)


def test_guesses_are_bounded_as_at_the_desk(terminal: Terminal) -> None:
    codes = enrolled(terminal)
    wrong = "wu\nwrong carp, wrong bridge\n"

    for _ in range(GUESSES.most):
        assert "sign_in_refused" in terminal.refusal("sign-in", answers=wrong)

    right = f"wu\n{PASSWORD}\n{codes[0]}\n"
    assert "too_many_requests" in terminal.refusal("sign-in", answers=right)
    with terminal.services() as services:
        services.sign_in.limiter.reset("guesses-password", f"wu {session.device()}")
    for _ in range(GUESSES.most):
        typed = f"wu\n{PASSWORD}\n000000\n"
        assert "sign_in_refused" in terminal.refusal("sign-in", answers=typed)
    assert "too_many_requests" in terminal.refusal("sign-in", answers=right)


def test_a_session_that_others_could_use_is_none(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.sign_in("wu", Role.CLERK)
    terminal.run("whoami")

    terminal.session.chmod(0o640)
    assert "secret_file_unsafe" in terminal.refusal("whoami")
    terminal.session.chmod(0o600)
    (tmp_path / "link").symlink_to(terminal.session)
    terminal.environment["HONGKA_SESSION"] = str(tmp_path / "link")
    assert "secret_file_unsafe" in terminal.refusal("whoami")
    terminal.environment["HONGKA_SESSION"] = str(terminal.session)
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: terminal.session.stat().st_uid + 1)
        assert "secret_file_unsafe" in terminal.refusal("whoami")
    with monkeypatch.context() as other:
        other.setattr(session, "account", lambda: "mallory")
        assert "sign_in_needed" in terminal.refusal("whoami")
    terminal.run("whoami")


def test_a_session_ends_with_its_person_and_is_of_one_ledger(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del terminal.environment["HONGKA_SESSION"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    codes = enrolled(terminal)
    terminal.run("sign-in", answers=f"wu\n{PASSWORD}\n{codes[0]}\n")

    (kept,) = (tmp_path / "state" / "hongka").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("VAULT_URL", f"sqlite:///{tmp_path}/other.db")
    assert "sign_in_needed" in terminal.refusal("whoami")
    monkeypatch.delenv("VAULT_URL")
    with terminal.services() as services:
        services.ledger.officers.staff.dismiss_staff("wu")
    assert "sign_in_needed" in terminal.refusal("whoami")


def test_the_log_names_the_system_account_beside_the_officer(terminal: Terminal) -> None:
    terminal.sign_in("qian")

    terminal.run("merchants", "sign", "noodle", "--name", "兰州面馆", code=1)
    terminal.run("staff", "appoint", "feng", "--role", "clerk")

    fact = terminal.rows("show", "log")[-1]
    assert (fact["by"], fact["account"]) == ("officer-qian", session.account())
    assert terminal.rows("show", "log", "--after", "0", "--limit", "1")[0]["account"] == ""


def test_until_two_people_are_reviewers_the_terminal_appoints_alone(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "var")
    appoint = ("staff", "appoint")

    terminal.run(*appoint, "zhao", "--role", "reviewer")
    assert "sign_in_needed" in terminal.refusal(*appoint, "qian", "--role", "clerk", "--by", "zhao")
    terminal.run(*appoint, session.account(), "--role", "reviewer", "--role", "auditor")

    assert "sign_in_needed" in terminal.refusal(*appoint, "sun", "--role", "clerk")
    terminal.sign_in(session.account())
    assert [one["by"] for one in terminal.rows("show", "log")] == [
        f"terminal-{session.account()}"
    ] * 3


def test_a_service_runs_its_jobs_and_nothing_else(terminal: Terminal, tmp_path: Path) -> None:
    terminal.sign_in("qian")
    asked = terminal.told("staff", "service", "nightly")
    with terminal.services() as services:
        services.ledger.officers.staff.appoint_staff("feng", roles=[Role.REVIEWER])
        services.ledger.officers.proposals.confirm(asked["proposal_id"], by="officer-feng")
    key = terminal.told("staff", "service", "nightly")["key"]
    again = terminal.told("staff", "service", "nightly")
    assert "key" not in again
    with terminal.services() as services:
        services.ledger.officers.proposals.confirm(again["proposal_id"], by="officer-feng")
        older, key = key, appointment.hand_out(services, again["proposal_id"], by="officer-qian")
        with pytest.raises(SignInRefused):
            services.sign_in.service_keys.check("staff-nightly", older)
    assert "input_invalid" in terminal.refusal("staff", "roles", "nightly", "--role", "treasurer")
    terminal.run("sign-out")
    kept = tmp_path / "nightly.key"
    kept.touch(0o600)
    kept.write_text(f"{key}\n")
    sign_in = ("sign-in", "--service", "nightly", "--key-file", str(kept))

    terminal.run(*sign_in)

    assert terminal.told("cards", "expire", "--all") == {"expired": 0}
    terminal.run("drops", "list")
    for refused in (DRAW_UP, ("show", "payables"), ("funds", "pay", "care", "rose"), APPOINT_EVIL):
        assert "role_needed" in terminal.refusal(*refused)
    kept.chmod(0o644)
    assert "secret_file_unsafe" in terminal.refusal(*sign_in)
    terminal.environment["HONGKA_SERVICE_KEY"] = key
    terminal.run("sign-in", "--service", "nightly")
    terminal.environment["HONGKA_SERVICE_KEY"] = PASSWORD
    enrolled(terminal)
    for name in ("nightly", "wu", "nobody"):
        assert "sign_in_refused" in terminal.refusal("sign-in", "--service", name)
