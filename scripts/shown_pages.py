"""The pages that `scripts/screenshots` takes pictures of: a line each, and who looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import BrowserContext


class Shown(NamedTuple):
    """A page: the name of its picture, its address, and who looks (one of `SIGN_INS`)."""

    name: str
    path: str
    who: str = "anybody"


def anybody(_: BrowserContext) -> None:
    """Nobody signs in."""


SIGN_INS: dict[str, Callable[[BrowserContext], None]] = {"anybody": anybody}
"""How each signs in to the demonstration: by its pages, or by cookies put into the context."""

PAGES = [
    Shown("home", "/"),
    Shown("api", "/api/v1/"),
]
