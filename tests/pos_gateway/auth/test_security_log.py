"""Attempts to get in are noted, apart from the ledger, without what a stranger typed."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Busy
from ledger.staff import Role
from ledger.store.security_rows import SecurityEvent
from pos_gateway.auth import security_log
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.security_log import SecurityLog
from pos_gateway.staff import cashiers
from tests.support.app import App
from tests.support.app_staff import StaffApp
from tests.support.cli_runner import Terminal
from tests.support.form_client import PASSWORD, FormClient, sign_in_member, sign_in_officer
from tests.support.sign_in_methods import SignInSetup, sign_in, sign_in_any_db

__all__ = ["sign_in", "sign_in_any_db"]

NEW = "four geese over a wooden gate"
WRONG = "wrong carp, wrong bridge"


def told(app: App, **wanted: str) -> list[tuple[str, str, str, str]]:
    """Return what the security log holds, the earliest first."""
    found = app.services.sign_in.security.events(rows_max=1_000, **wanted)
    return [(one.event, one.outcome, one.subject, one.about) for one in reversed(found)]


def test_an_officers_ways_in_and_out_are_noted(app: App) -> None:
    officer, authenticator, _ = sign_in_officer(app)
    position = app.position
    officer.see("/desk/account")
    officer.send("/desk/account", "recovery", current=WRONG)
    officer.send("/desk/account", "end-others", current=PASSWORD)
    officer.see("/desk/account")
    officer.send("/desk/sign-out", "")
    app.now += timedelta(seconds=30)
    for handle, password in (("chen", WRONG), ("陈丽 13800138000", WRONG), ("chen", PASSWORD)):
        officer.see("/desk/sign-in")
        officer.send("/desk/sign-in", "password", handle=handle, password=password)
    officer.send("/desk/sign-in", "totp", code="000000")
    officer.send("/desk/sign-in", "totp", code=authenticator.at(app.now))

    chen = "staff-chen"
    assert told(app) == [
        ("invitation_used", "ok", chen, "password+totp"),
        ("sign_in", "ok", chen, "desk password+totp"),
        ("sign_in", "failed", chen, "desk again"),
        ("sessions_ended", "ok", chen, "desk all"),
        ("sign_out", "ok", chen, "desk"),
        ("sign_in", "failed", chen, "desk password"),
        ("sign_in", "failed", "", "desk password"),
        ("sign_in", "failed", chen, "desk second factor"),
        ("sign_in", "ok", chen, "desk password+totp"),
    ]
    assert app.position == position


def test_a_lock_out_is_noted_once_and_credentials_are_when_they_change(app: App) -> None:
    officer, _, _ = sign_in_officer(app)
    officer.see("/desk/account")
    officer.send("/desk/account", "password", current=PASSWORD, password=NEW)
    officer.see("/desk/account")
    officer.send("/desk/account", "recovery", current=NEW)
    stranger = FormClient(app, address="198.51.100.9")
    stranger.see("/desk/sign-in")
    for _ in range(14):
        stranger.send("/desk/sign-in", "password", handle="chen", password=WRONG)

    changed = [one[3] for one in told(app, event="credential_changed")]
    assert changed == ["password", "recovery"]
    assert len(told(app, outcome="failed")) == 10
    assert told(app, outcome="locked_out") == [
        ("sign_in", "locked_out", "staff-chen", "desk password")
    ]


def test_refused_roles_and_forms_and_members_are_noted(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    staff_app.see("/desk/log")
    staff_app.client.post("/desk/staff/new", headers={"Sec-Fetch-Site": "cross-site"})
    staff_app.client.post("/desk/members", headers={"Sec-Fetch-Site": "same-origin"})
    member = sign_in_member(staff_app)
    member.send("/card/sign-in", "check", phone="13800138000", code="1")

    clerk, wang = "staff-s-clerk", "member-member-wang"
    assert told(staff_app) == [
        ("role_refused", "refused", clerk, "see_log"),
        ("form_refused", "refused", clerk, "keep_staff"),
        ("form_refused", "refused", clerk, "see_members"),
        ("sign_in", "ok", wang, "card code"),
        ("sign_in", "failed", wang, "card code"),
    ]


def test_a_cashiers_pin_is_noted(app: App) -> None:
    staff_id = cashiers.add_cashier(app.services, "bakery", "小周", "4711", by="owner-sun")
    till = FormClient(app)
    till.client.set_cookie(cookie_name("till", app.services.settings.origin), app.key)
    till.see("/till/cashier")
    for pin in ("1111", "4711"):
        till.send("/till/cashier", "", staff_id=staff_id, pin=pin)
    cashiers.set_pin(app.services, "bakery", staff_id, "9753")

    assert told(app, subject=f"staff-{staff_id}") == [
        ("sign_in", "failed", f"staff-{staff_id}", "cashier bakery till-1"),
        ("sign_in", "ok", f"staff-{staff_id}", "cashier bakery till-1"),
        ("credential_changed", "ok", f"staff-{staff_id}", "pin"),
    ]


def test_the_terminal_notes_and_shows_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "var")
    terminal.sign_in("wu", Role.CLERK, Role.AUDITOR)
    terminal.refusal("staff", "appoint", "evil", "--role", "clerk")
    terminal.refusal("sign-in", "--service", "nobody")

    shown = json.loads(terminal.run("show", "security", "--format", "json").stdout)

    assert [(one["event"], one["outcome"], one["subject"]) for one in shown] == [
        ("sign_in", "failed", ""),
        ("role_refused", "refused", "staff-wu"),
    ]
    assert "keep_staff" in terminal.run("show", "security", "--outcome", "refused").stdout


@pytest.fixture
def log(sign_in_any_db: SignInSetup) -> Iterator[tuple[SignInSetup, SecurityLog, SecurityLog]]:
    """Return the logs of two workers on one database."""
    first = sign_in_any_db.methods.security
    with closing(
        SecurityLog.open(
            sign_in_any_db.settings.vault_url,
            sign_in_any_db.methods.sealing,
            lambda: sign_in_any_db.now,
        )
    ) as second:
        yield sign_in_any_db, first, second


Logs = tuple[SignInSetup, SecurityLog, SecurityLog]


def test_two_workers_write_one_log_in_which_an_address_is_blinded_by_the_day(log: Logs) -> None:
    set_up, first, second = log
    for each in (first, second):
        each.note("sign_in", "failed", address="2001:db8:1:2::1")
        each.write()
    set_up.now += timedelta(days=1)
    first.note("sign_in", "failed", address="2001:db8:1:2::9")

    addresses = [one.address for one in first.events(rows_max=9)]
    assert addresses[1] == addresses[2] != addresses[0]
    assert {len(one) for one in addresses} == {12}


def test_the_log_forgets_what_is_old_and_holds_no_more_than_so_much(
    log: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, first, _ = log
    monkeypatch.setattr(security_log, "KEPT_MAX", 5)
    monkeypatch.setattr(security_log, "TRIM_EVERY", 1)

    def abouts() -> list[str]:
        return [one.about for one in first.events(rows_max=99)]

    first.note("sign_in", subject="staff-zhao", about="zhao")
    for number in range(8):
        first.note("sign_in", about=str(number))
    assert abouts() == ["7", "6", "5", "4", "3", "zhao"]
    set_up.now += security_log.KEPT_FOR + timedelta(seconds=1)
    first.note("sign_in", about="new")
    assert abouts() == ["new"]


def test_events_that_cannot_be_written_wait(
    sign_in: SignInSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = sign_in.methods.security
    log.note("sign_in", about="kept")

    def full(*_: Any, **__: Any) -> None:
        raise Busy

    with monkeypatch.context() as broken:
        broken.setattr(security_log.security_rows, "add_events", full)
        with pytest.raises(Busy):
            log.write()

    assert [one.about for one in log.events(rows_max=9)] == ["kept"]


def test_an_officer_sees_their_own_and_a_reviewer_everybodys(staff_app: StaffApp) -> None:
    security = staff_app.services.sign_in.security
    for subject in ("staff-s-clerk", "staff-s-treasurer", ""):
        security.note("sign_in", "failed", subject=subject, about="desk password")
    security.note("sign_out", subject="staff-s-clerk", about="desk")

    own = staff_app.sign_in("clerk").words("/desk/sign-ins?subject=staff-s-treasurer")
    assert staff_app.see("/desk/security").status_code == 403
    every = staff_app.sign_in("reviewer").words("/desk/security")
    filtered = staff_app.see("/desk/security?lang=en&event=sign_in&subject=staff-s-treasurer").text

    assert own.count("desk password") == 1
    assert "staff-s-treasurer" not in own
    assert "staff-s-treasurer" in every
    assert "unknown" in every
    assert filtered.count("desk password") == 1


def test_a_long_log_is_listed_in_pages(staff_app: StaffApp) -> None:
    for number in range(101):
        staff_app.services.sign_in.security.note("sign_in", about=f"n{number}")

    first = staff_app.sign_in("reviewer").see("/desk/security?event=sign_in").text

    assert "n100<" in first
    assert ">n0<" not in first
    assert "event=sign_in&amp;before=2" in first
    assert ">n0<" in staff_app.see("/desk/security?event=sign_in&before=2").text


def test_an_event_has_no_field_for_a_text_of_people() -> None:
    assert SecurityEvent._fields == (
        "at",
        "event",
        "outcome",
        "subject",
        "about",
        "address",
        "number",
    )
