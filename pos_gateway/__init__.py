"""The web edge: it translates between HTTP and the ledger, and decides nothing."""

from __future__ import annotations

import os
from multiprocessing.util import Finalize

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from pos_gateway.app import health, public_pages, registry, template_filters
from pos_gateway.app.fast_path import fronted
from pos_gateway.app.metrics import Gauges
from pos_gateway.app.security_headers import edged
from pos_gateway.app.url_rule import AddressRule
from pos_gateway.auth.authentication import Authenticator
from pos_gateway.auth.rate_limit import RateLimiter
from pos_gateway.services import Clock, House, process_time
from pos_gateway.settings import Settings
from pos_gateway.web import api_route, page_route, problem_details, templating
from pos_gateway.web.json_body import BODY_BYTES_MAX

__all__ = ["create_app", "house_of"]


def create_app(settings: Settings | None = None, *, clock: Clock = process_time) -> Flask:
    """Return the app, wired to its services; missing settings are read from the environment.

    The services are closed when the process ends, or earlier by their owner.

    Raises:
        SettingInvalid: a variable of the environment has an invalid value.
        StoreFailure: the database is out of reach, or could lose facts.
        Undeclared: a route does not declare its policy.

    """
    gauges = Gauges()
    house = House(settings or Settings.read(os.environ), clock=clock, on_batch=gauges.on_batch)
    # Workers are processes of `multiprocessing`, which end without `atexit`.
    house.once_closed(Finalize(house, house.close, exitpriority=10).cancel)
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = AddressRule
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.extensions["hongka"] = house
    problem_details.install(app)
    gauges.install(app, house)
    served = [route for part in registry.ROUTES for route in part.routes(house)]
    authenticator = Authenticator(
        house.ledger, RateLimiter(), house.sessions, house.settings.origin
    )
    api_route.install(app, authenticator, served)
    front = fronted(app.wsgi_app, served, authenticator, gauges)
    if near := house.settings.proxies:
        front = ProxyFix(front, x_for=near, x_proto=near)
    edge = edged(front, origin=house.settings.origin)
    app.wsgi_app = edge  # type: ignore[assignment,method-assign]  # documented
    house.start(gauges.count_on)
    house.start(house.turned_away.record_on)
    health.install(app, house)
    templating.install(app, house.settings.zone)
    template_filters.install(app, house)
    public_pages.install(app, served, demonstration=house.settings.demonstration)
    page_route.install(
        app, authenticator, [page for part in registry.PAGES for page in part.pages(house)]
    )
    api_route.check_policies(app)
    return app


def house_of(app: Flask) -> House:
    """Return the services of an app."""
    house: House = app.extensions["hongka"]
    return house
