"""A printed code: the number on plastic, known here by its hash, and the card it leads to."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger import errors
from ledger.event import Event, topic

CATEGORY = "code"


@topic("code.assigned", "卡码对应到卡", "Printed code assigned")
class Assigned(Event, frozen=True, kw_only=True):
    """The number with this hash leads to this card."""

    code_hash: str
    card_id: str

    @property
    def stream(self) -> str:
        """The stream of one number."""
        return f"{CATEGORY}-{self.code_hash}"


class PrintedCode(msgspec.Struct, frozen=True):
    """Where a number leads."""

    card_id: str = ""


INITIAL = PrintedCode()


def evolve(_state: PrintedCode, event: Assigned) -> PrintedCode:
    """The code after one more event."""
    return PrintedCode(event.card_id)


def read_with(state: PrintedCode) -> Iterator[str]:
    """Yield the streams that are usually read together with a code."""
    if state.card_id:
        yield f"card-{state.card_id}"


def assign(state: PrintedCode, *, code_hash: str, card_id: str) -> list[Event]:
    """Let a number lead to a card.

    Raises:
        CodeSuperseded: the number leads to another card.

    """
    if state.card_id == card_id:
        return []
    if state.card_id:
        raise errors.CodeSuperseded
    return [Assigned(code_hash=code_hash, card_id=card_id)]
