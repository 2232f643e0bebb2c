"""The parts of the gateway, found in their folders.

A module of `pos_gateway.api` with a function `routes(services)` is served, and so is a module below
`pos_gateway.pages` with a function `pages(services)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pos_gateway import api, pages


def _found(folder: ModuleType, name: str) -> Iterator[Any]:
    for found in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
        module = importlib.import_module(found.name)
        declared = getattr(module, name, None)
        if callable(declared) and declared.__module__ == module.__name__:
            yield module


ROUTES: tuple[Any, ...] = tuple(_found(api, "routes"))
"""The modules with routes of the API."""

PAGES: tuple[Any, ...] = tuple(_found(pages, "pages"))
"""The modules with pages."""
