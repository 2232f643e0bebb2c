"""The ledger's time over HTTP."""

from datetime import timedelta

import pytest

from tests.support.app import App


def test_a_phone_is_told_how_far_its_clock_is_off(app: App) -> None:
    phone = app.now + timedelta(seconds=90)

    told = app.client.get(f"/api/v1/time/{round(phone.timestamp() * 1_000)}").get_json()

    assert told["offset_ms"] == pytest.approx(-90_000, abs=1)


@pytest.mark.parametrize("client_ms", ["now", "1" * 16, "-1", "٣"])
def test_what_is_no_time_is_refused(app: App, client_ms: str) -> None:
    answer = app.client.get(f"/api/v1/time/{client_ms}")

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "input_invalid")
