"""The timer that records lapsed proposals goes on after an error."""

import pytest

from ledger.control.proposal import LASTS, Status
from pos_gateway.app import lapses
from tests.support.app_staff import StaffApp


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
