"""A Flask app that does nothing, on the server and with the settings of the gateway."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from granian import Granian

from pos_gateway.app import server
from pos_gateway.settings import Settings


def application() -> Flask:
    """Return an app whose one route answers at once."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "no_op", lambda: '{"ok":true}')
    app.add_url_rule("/readyz", "ready", lambda: "")
    return app


def _instead(_target: str, **settings: Any) -> Any:
    return Granian("scripts.bench.no_op:application", **settings)


if __name__ == "__main__":
    # Use the same server settings as the gateway.
    setattr(server, "Granian", _instead)  # noqa: B010 - replaced on purpose
    server.serve(Settings.read(os.environ))
