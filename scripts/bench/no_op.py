"""A Flask app that does nothing, on the server and with the settings of the gateway."""

from __future__ import annotations

import os

from flask import Flask
from granian.constants import Interfaces, Loops

from pos_gateway.app import server
from pos_gateway.app.health import HealthServer
from pos_gateway.settings import Settings


def application() -> Flask:
    """Return an app whose one route answers `{"ok":true}` at once; `ready` makes it say so."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "no_op", lambda: '{"ok":true}')
    return ready(app)


def ready(app: Flask) -> Flask:
    """Let an app say that it is ready, at the addresses where a gateway does, and return it."""
    app.add_url_rule("/healthz", "alive", lambda: "")
    app.add_url_rule("/readyz", "ready", lambda: "")
    settings = Settings.read(os.environ)
    HealthServer(settings.health_host, settings.health_port, app.wsgi_app).begin()
    return app


def serve_instead(target: str) -> None:
    """Serve the Flask app `target` (module:function) by WSGI, with the settings of a gateway."""
    settings = Settings.read(os.environ)
    server.serve(
        settings,
        target,
        interface=Interfaces.WSGI,
        loop=Loops.auto,
        blocking_threads=settings.threads,
        backpressure=None,
    )


if __name__ == "__main__":
    serve_instead("scripts.bench.no_op:application")
