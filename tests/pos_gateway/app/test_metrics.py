from __future__ import annotations

import re

from tests.support.app import App


def figure(app: App, name: str) -> float:
    """Return the value of a metric in `/metrics`."""
    shown = app.client.get("/metrics").text
    found = re.search(rf"^{re.escape(name)} (\S+)$", shown, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_requests_are_counted_by_route_and_status(app: App) -> None:
    name = 'hongka_request_seconds_count{route="redeem",status="201"}'

    app.redeem("cake-1")
    app.redeem("cake-2")

    assert figure(app, name) == 2


def test_refusals_are_counted_by_reason(app: App) -> None:
    app.redeem("cake-1", choices=["opera-only"])

    assert figure(app, 'hongka_refused_total{reason="not_agreed_here"}') == 1


def test_a_path_nobody_knows_makes_no_figure_of_its_own(app: App) -> None:
    app.client.get("/nowhere/13800138000")

    assert figure(app, 'hongka_request_seconds_count{route="none",status="404"}') == 1
    assert "13800138000" not in app.client.get("/metrics").text


def test_the_position_of_the_log_and_its_turns_are_shown(app: App) -> None:
    before = app.position

    app.redeem("cake-1")

    assert figure(app, "hongka_log_position") == app.position
    assert figure(app, "hongka_facts_total") == app.position - before
    assert figure(app, "hongka_turn_seconds_count") >= 1
