"""The web edge: it translates between HTTP and the ledger, and decides nothing."""

from __future__ import annotations

import os
from multiprocessing.util import Finalize

from flask import Flask

from pos_gateway import (
    drops,
    health,
    keys,
    pages,
    problems,
    routes,
    server_time,
    tickets,
    till,
    uses,
)
from pos_gateway.body import BODY_BYTES_MAX
from pos_gateway.edge import edged
from pos_gateway.front import fronted
from pos_gateway.gauges import Gauges
from pos_gateway.house import Clock, House, process_time
from pos_gateway.pace import Pace
from pos_gateway.settings import Settings

__all__ = ["create_app", "house_of"]


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
    gauges.install(app, house)
    parts = (till, drops, tickets, uses, keys, server_time)
    served = [route for part in parts for route in part.routes(house)]
    desk = routes.Desk(house.ledger, Pace())
    routes.install(app, desk, served)
    front = fronted(app.wsgi_app, served, desk, gauges)
    app.wsgi_app = edged(front)  # type: ignore[assignment,method-assign]  # documented
    house.start(gauges.count_on)
    house.start(house.turned_away.record_on)
    health.install(app, house)
    pages.install(app, served)
    routes.check_policies(app)
    return app


def house_of(app: Flask) -> House:
    """The house behind an app."""
    house: House = app.extensions["hongka"]
    return house
