"""Whether this gateway lives, and whether it can do its work."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec
from flask import Flask, Response

from ledger.errors import HongkaError
from pos_gateway.faults import NotReady
from pos_gateway.house import House
from pos_gateway.routes import Policy, declare

_log = logging.getLogger(__name__)


def install(app: Flask, house: House) -> None:
    """Serve `/healthz` and `/readyz`."""

    def healthz() -> Response:
        return _json({"status": "alive"})

    def readyz() -> Response:
        failing = list(_failing(house))
        if failing:
            raise NotReady(failing=", ".join(failing))
        return _json({"status": "ready"})

    app.add_url_rule("/healthz", view_func=declare(Policy.PUBLIC, healthz))
    app.add_url_rule("/readyz", view_func=declare(Policy.PUBLIC, readyz))


def _failing(house: House) -> Iterator[str]:
    """What keeps this gateway from its work, by name."""
    try:
        house.ledger.look(lambda _states, _now: None)
    except HongkaError:
        outdated = house.ledger.writer.outdated
        yield f"ledger, outdated by {outdated}" if outdated else "ledger"
    try:
        positions = house.views.positions()
    except Exception as error:  # noqa: BLE001 - whatever keeps the views away, they are away
        _log.warning("the views are out of reach: %s", type(error).__name__)
        yield "views"
    else:
        for projection in house.views.projections:
            stopped_at = positions[projection.NAME].stopped_at
            if stopped_at is not None:
                yield f"{projection.NAME} at {stopped_at}"


def _json(body: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")
