"""Health checks: liveness and readiness of this gateway."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec
from flask import Flask, Response

from pos_gateway.auth.policies import Policy
from pos_gateway.errors import NotReady
from pos_gateway.services import Services
from pos_gateway.web.api_route import declare

_log = logging.getLogger(__name__)

LEDGER_SECONDS_MAX = 2.0
"""The longest wait for the ledger's answer in a readiness check."""


def install(app: Flask, services: Services) -> None:
    """Serve `/healthz`, always 200, and `/readyz`: 200, or 503 with the parts that fail."""

    def healthz() -> Response:
        return _json({"status": "alive"})

    def readyz() -> Response:
        failing = list(_failing(services))
        if failing:
            raise NotReady(failing=", ".join(failing))
        return _json({"status": "ready"})

    app.add_url_rule("/healthz", view_func=declare(Policy.PUBLIC, healthz))
    app.add_url_rule("/readyz", view_func=declare(Policy.PUBLIC, readyz))


def _failing(services: Services) -> Iterator[str]:
    """Yield each part that fails: the ledger, the views, a stopped projection with its position."""
    if not services.ledger.answers_within(LEDGER_SECONDS_MAX):
        outdated = services.ledger.outdated
        yield f"ledger, outdated by {outdated}" if outdated else "ledger"
    try:
        positions = services.views.positions()
    except Exception as error:  # noqa: BLE001 - whatever keeps the views away, they are away
        _log.warning("the views are out of reach: %s", type(error).__name__)
        yield "views"
    else:
        for projection in services.views.projections:
            stopped_at = positions[projection.NAME].stopped_at
            if stopped_at is not None:
                yield f"{projection.NAME} at {stopped_at}"


def _json(body: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")
