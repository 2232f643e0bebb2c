"""The services of a command: opened before it, closed after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from typing import Any

from pos_gateway.app.server import look_less_often
from pos_gateway.services import Services
from pos_gateway.settings import Settings


def opened_services() -> Services:
    """Open the services by the settings in the environment, without the web app or a follower."""
    return Services(Settings.read(os.environ))


def with_services(command: Callable[..., None]) -> Callable[..., None]:
    """Open the services for a command, pass them as its first argument, and close them after it."""

    @wraps(command)
    def inside(*arguments: Any, **options: Any) -> None:
        with closing(opened_services()) as services:
            look_less_often()
            command(services, *arguments, **options)

    return inside
