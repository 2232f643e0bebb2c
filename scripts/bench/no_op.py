"""A Flask app that does nothing, on the server and with the settings of the gateway."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from granian import Granian

from pos_gateway.app import server
from pos_gateway.settings import Settings


def application() -> Flask:
    """Return an app whose one route answers `{"ok":true}` at once; `/readyz` says it is ready."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "no_op", lambda: '{"ok":true}')
    app.add_url_rule("/readyz", "ready", lambda: "")
    return app


def serve_instead(target: str) -> None:
    """Serve the app `target` (module:function) on the gateway's server, with its settings."""

    def instead(_target: str, **settings: Any) -> Any:
        return Granian(target, **settings)

    setattr(server, "Granian", instead)  # noqa: B010 - replaced on purpose
    server.serve(Settings.read(os.environ))


if __name__ == "__main__":
    serve_instead("scripts.bench.no_op:application")
