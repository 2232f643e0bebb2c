"""The parts of the gateway, found in their folders.

A module of `pos_gateway.api` with a function `routes(services)` is served, and so is every class of
`Views` in a module below `pos_gateway.pages`.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pos_gateway import api, pages
from pos_gateway.services import Services
from pos_gateway.web.views import Views


def _found(folder: ModuleType) -> Iterator[tuple[ModuleType, Any]]:
    """Yield what the modules of a folder define, each with its module; nothing they import."""
    for found in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."):
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if callable(one) and getattr(one, "__module__", "") == module.__name__:
                yield module, one


ROUTES: tuple[Any, ...] = tuple(
    module for module, one in _found(api) if one is getattr(module, "routes", None)
)
"""The modules with routes of the API."""

PAGES: tuple[type[Views[Services]], ...] = tuple(
    one for _, one in _found(pages) if isinstance(one, type) and issubclass(one, Views)
)
"""The views of pages."""
