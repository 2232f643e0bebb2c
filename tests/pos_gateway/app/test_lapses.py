"""The timer that records lapsed proposals goes on after an error."""

from datetime import timedelta

import pytest

from ledger.control.proposal import LASTS, Status
from ledger.store import session_rows
from ledger.store.side_tables import Side
from pos_gateway.app import lapses
from pos_gateway.app.retention import sweep
from pos_gateway.auth.sessions import REALMS
from tests.support.app_staff import StaffApp

HOUR = timedelta(hours=1)


def test_lapses_are_recorded_at_once_and_each_hour_after_an_error_too(
    staff_app: StaffApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proposal that nobody confirmed in time, and an hour in which the ledger fails
    officers = staff_app.services.ledger.officers
    asking = {"by": "officer-s-treasurer", "as_proposal": "p-1"}
    officers.offers.contribute("culture", source="d", amount_minor=1, **asking)
    staff_app.now += LASTS
    staff_app.see("/")
    waits: list[float] = []
    once = iter([OSError("no room"), None])

    def recorded(services: object) -> None:
        if error := next(once):
            raise error
        record_lapses(services)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 2

    record_lapses = lapses.record_lapses
    monkeypatch.setattr(lapses, "record_lapses", recorded)
    # When the timer runs
    lapses.record_on(staff_app.services, wait)
    # Then the next hour records it
    assert waits == [3_600, 3_600]
    assert officers.proposals.proposal("p-1").status is Status.LAPSED


def test_what_is_older_than_its_time_is_deleted(staff_app: StaffApp) -> None:
    # Given a session that nobody uses, a message and a code of the day before yesterday
    services = staff_app.services
    services.sessions.begin("card", "member-member-wang", device="phone", methods="code")
    services.sign_in.outbox.send("13800138000", "123456")
    services.sign_in.context.pending.put("step", "a", b"", now=staff_app.now, lasts=HOUR)
    # When the timer comes by two months later
    sweep(services)
    assert services.sign_in.outbox.messages()
    staff_app.now += REALMS["card"].idle
    sweep(services)
    # Then none of them is stored
    store = Side(services.settings.vault_url, session_rows.PART)
    with store.reading() as view:
        assert session_rows.session_rows(view) == []
    store.close()
    assert services.sign_in.outbox.messages() == []
    long_ago = staff_app.now - 2 * REALMS["card"].idle
    assert services.sign_in.context.pending.look("step", "a", now=long_ago) is None
