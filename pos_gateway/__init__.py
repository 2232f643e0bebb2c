"""The web edge: it translates between HTTP and the ledger, and decides nothing."""

from __future__ import annotations

import os
from multiprocessing.util import Finalize

from flask import Flask, Response

from pos_gateway import health, keys, pages, problems, routes, till
from pos_gateway.body import BODY_BYTES_MAX
from pos_gateway.gauges import Gauges
from pos_gateway.house import Clock, House, process_time
from pos_gateway.settings import Settings

__all__ = ["create_app", "house_of"]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def create_app(settings: Settings | None = None, *, clock: Clock = process_time) -> Flask:
    """The app and the house behind it, wired; settings not given are read from the environment.

    The house is closed when the process ends, or by its owner before.

    Raises:
        SettingInvalid: a variable of the environment holds what cannot be.
        StoreFailure: the database is out of reach, or could lose facts.
        Undeclared: an address does not say who may ask.

    """
    gauges = Gauges()
    house = House(settings or Settings.read(os.environ), clock=clock, on_turn=gauges.on_turn)
    # Workers are processes of `multiprocessing`, which end without `atexit`.
    Finalize(house, house.close, exitpriority=10)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.extensions["hongka"] = house
    problems.install(app)
    app.after_request(_with_headers)
    gauges.install(app, house)
    served = [*till.routes(house), *keys.routes(house)]
    routes.install(app, house.ledger, served)
    health.install(app, house)
    pages.install(app, served)
    routes.check_policies(app)
    return app


def house_of(app: Flask) -> House:
    """The house behind an app."""
    house: House = app.extensions["hongka"]
    return house


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
