"""The categories of streams, and how the streams of each are folded."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ledger import drops, funds, staff
from ledger.benefits import terms
from ledger.drops import events as drop_events
from ledger.drops import state as drop_state
from ledger.drops import terms as drop_terms
from ledger.funds import events as fund_events
from ledger.funds import state as fund_state
from ledger.members import card, household, member, printed_code
from ledger.merchants import location, merchant, till, till_sequence
from ledger.offers import grant, offer
from ledger.redemptions import events, recent_usage, redemption, refusal
from ledger.settlement import bank_account, incident, statement

_MODULES = (
    *(card, drops, funds, grant, household, member, merchant, offer),
    *(printed_code, redemption, refusal, staff),
    *(bank_account, incident, statement, till_sequence),
)


class Category(NamedTuple):
    """How the streams of one category are folded."""

    initial: Any
    evolve: Callable[[Any, Any], Any]


CATEGORIES: dict[str, Category] = {m.CATEGORY: Category(m.INITIAL, m.evolve) for m in _MODULES}

MAY_BE_EMPTY = frozenset({"grant", "household", "redemption"})
"""Categories whose streams belong to somebody who is there, though nothing is recorded yet."""

PROGRAM = hashlib.sha256(
    "".join(
        inspect.getsource(module)
        for module in (
            *_MODULES,
            *(recent_usage, location, events, till),
            *(terms, drop_events, drop_state, drop_terms, fund_events, fund_state),
        )
    ).encode()
).hexdigest()[:16]
"""The shape and meaning of states: a snapshot of another program is not read."""


def category_of(stream: str) -> str:
    """The category of a stream, `category-id`."""
    return stream.partition("-")[0]


def beside(state: Any) -> Iterator[str]:
    """The streams that whoever reads this state reads next: one look-up a turn, not one each."""
    match state:
        case printed_code.PrintedCode() if state.card_id:
            yield f"card-{state.card_id}"
        case card.Card() if state.member_id:
            yield from (f"{one}-{state.member_id}" for one in ("member", "grant", "redemption"))
        case member.Member() if state.card_id:
            yield from (f"card-{state.card_id}", f"grant-{state.member_id}")
            if state.household_id:
                yield f"household-{state.household_id}"
