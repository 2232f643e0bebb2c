"""The services of a command: opened before it, closed after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from typing import Any

from pos_gateway.app.gc_tuning import look_less_often
from pos_gateway.services import House
from pos_gateway.settings import Settings


def opened_house() -> House:
    """Return the services that the environment names, without an app or a follower."""
    return House(Settings.read(os.environ))


def with_house(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the house as its first argument."""

    @wraps(command)
    def inside(*arguments: Any, **options: Any) -> None:
        with closing(opened_house()) as house:
            look_less_often()
            command(house, *arguments, **options)

    return inside
