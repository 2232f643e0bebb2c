"""The factory of the Flask app of a gateway."""

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from io import BytesIO
from multiprocessing.util import Finalize
from types import ModuleType
from typing import Any

from flask import Flask, Request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from pos_gateway import api, pages
from pos_gateway.app import public_pages
from pos_gateway.app.front import Parts
from pos_gateway.app.health import ALIVE, health_app
from pos_gateway.app.metrics import Metrics
from pos_gateway.app.security_headers import SecurityHeaders, Wsgi
from pos_gateway.auth.authentication import Authenticator
from pos_gateway.auth.policies import Policy
from pos_gateway.auth.rate_limit import RateLimiter
from pos_gateway.services import Clock, Services, process_time
from pos_gateway.settings import Settings
from pos_gateway.web import api_route, page_route, problem_details, templating
from pos_gateway.web.json_body import BODY_BYTES_MAX
from pos_gateway.web.views import Views, pages_of, routes_of


def _views(folder: ModuleType) -> Iterator[type[Views[Services]]]:
    """Yield the classes of `Views` in the modules below a folder, none that they import."""
    for found in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
        for one in vars(importlib.import_module(found.name)).values():
            if isinstance(one, type) and issubclass(one, Views) and one.__module__ == found.name:
                yield one


ROUTES, PAGES = tuple(_views(api)), tuple(_views(pages))
"""The views of the API, and those of the pages."""


def create_app(settings: Settings | None = None, *, clock: Clock = process_time) -> Flask:
    """Open the services, and return the Flask app over them; `clock` returns the present time.

    None as `settings` reads them from the environment. The services close when the process ends;
    the caller may close them earlier. The app does not update the projections by itself: see
    `Services.follow`. Raise Undeclared for a route without policy, text or field description, and
    what `Settings.read`, `Services` and `HeadSigner.sign` raise.
    """
    metrics = Metrics()
    services = Services(
        settings or Settings.read(os.environ), clock=clock, on_batch=metrics.on_batch
    )
    # Workers are processes of `multiprocessing`, which end without `atexit`.
    services.once_closed(Finalize(services, services.close, exitpriority=10).cancel)
    try:
        services.ledger.heads.sign()
    except BaseException:
        services.close()
        raise
    app = Flask("pos_gateway", static_folder=None)  # in whose folder the templates are
    app.url_rule_class = AddressRule
    app.request_class = UnspooledRequest
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.extensions["hongka"] = services
    problem_details.install(app)
    metrics.install(app)
    served = [route for kind in ROUTES for route in routes_of(kind, services)]
    authenticator = Authenticator(
        services.ledger,
        RateLimiter(),
        services.sessions,
        services.settings.origin,
        services.sign_in.security,
    )
    api_route.install(app, authenticator, served)
    inner: Wsgi = app.wsgi_app
    if near := services.settings.proxies:
        inner = ProxyFix(inner, x_for=near, x_proto=near)
    edge = SecurityHeaders(services.settings).around(inner)
    app.wsgi_app = edge  # type: ignore[assignment,method-assign]  # documented
    services.start(metrics.count_on)
    services.start(services.turned_away.record_on)
    services.start(services.refused_validations.record_on)
    services.start(services.sign_in.security.write_on)
    templating.install(app, services.ledger, services.settings.zone)
    public_pages.install(app, served, demonstration=services.settings.demonstration)
    pages = [page for kind in PAGES for page in pages_of(kind, services)]
    page_route.install(app, authenticator, pages)
    app.extensions["hongka.front"] = Parts(services.settings, served, pages, authenticator, metrics)
    app.extensions["hongka.health"] = health_app(services, metrics)
    alive = api_route.declare(Policy.PUBLIC, lambda: ALIVE.response)
    app.add_url_rule("/healthz", "healthz", alive)
    api_route.check_policies(app)
    return app


class UnspooledRequest(Request):
    """A request whose uploads stay in memory: werkzeug would write those over 500 kB to a file."""

    def _get_file_stream(self, *_sizes_and_names: Any, **_named: Any) -> BytesIO:
        return BytesIO()


class AddressRule(Rule):
    """A URL rule that `url_for` cannot use, as compiled URL builders slow the start of an app."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: ARG002, FBT001, FBT002 - werkzeug's
        def build_nothing(*_arguments: Any, **_named: Any) -> tuple[str, str]:
            raise NotImplementedError("addresses are written, not built")

        return build_nothing


def services_of(app: Flask) -> Services:
    """Return the services that `create_app` opened for this app; KeyError for any other app."""
    services: Services = app.extensions["hongka"]
    return services
