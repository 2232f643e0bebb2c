"""The categories of streams, and how the streams of each are folded."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from ledger import (
    card,
    drop,
    fund,
    grant,
    household,
    member,
    merchant,
    offer,
    printed_code,
    redemption,
    refusal,
    terms,
)
from ledger.drop import events as drop_events
from ledger.drop import state as drop_state
from ledger.drop import terms as drop_terms

_MODULES = (
    *(card, drop, fund, grant, household, member, merchant, offer),
    *(printed_code, redemption, refusal),
)


class Category(NamedTuple):
    """How the streams of one category are folded."""

    initial: Any
    evolve: Callable[[Any, Any], Any]


CATEGORIES: dict[str, Category] = {m.CATEGORY: Category(m.INITIAL, m.evolve) for m in _MODULES}

PROGRAM = hashlib.sha256(
    "".join(
        inspect.getsource(module)
        for module in (*_MODULES, terms, drop_events, drop_state, drop_terms)
    ).encode()
).hexdigest()[:16]
"""The shape and meaning of states: a snapshot of another program is not read."""


def category_of(stream: str) -> str:
    """The category of a stream, `category-id`."""
    return stream.partition("-")[0]
