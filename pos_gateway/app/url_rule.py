"""A URL rule that only matches: no code builds URLs from rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class AddressRule(Rule):
    """A URL rule without werkzeug's compiled URL builder, which slows the start of an app."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: ARG002, FBT001, FBT002 - werkzeug's
        return _build_nothing


def _build_nothing(*_arguments: Any, **_named: Any) -> tuple[str, str]:
    raise NotImplementedError("addresses are written, not built")
