"""A printed code: the number on a plastic card, known by its hash, and the card it belongs to."""

from collections.abc import Iterator

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic

CATEGORY = "code"
stream = stream_namer(CATEGORY)


@topic("code.assigned", "卡码对应到卡", "Printed code assigned")
class Assigned(Event, frozen=True, kw_only=True):
    """The printed number with this hash was assigned to a card."""

    STREAM = (CATEGORY, "code_hash")

    code_hash: str
    card_id: str


class PrintedCode(msgspec.Struct, frozen=True):
    """The state of a printed number: the card it belongs to; an empty id means none yet."""

    card_id: str = ""


INITIAL = PrintedCode()


def evolve(_state: PrintedCode, event: Assigned) -> PrintedCode:
    """Return the state after one more event."""
    return PrintedCode(event.card_id)


def read_with(state: PrintedCode) -> Iterator[str]:
    """Yield the name of the stream of the number's card; nothing for an unassigned number."""
    if state.card_id:
        yield f"card-{state.card_id}"


def assign(state: PrintedCode, *, code_hash: str, card_id: str) -> list[Event]:
    """Assign a printed number to a card (a repeat: no events); CodeSuperseded if another has it."""
    if state.card_id == card_id:
        return []
    if state.card_id:
        raise errors.CodeSuperseded
    return [Assigned(code_hash=code_hash, card_id=card_id)]
