"""The erasure of a member: the log keeps the id, by which any restored vault is cleaned again."""

from datetime import datetime

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic

CATEGORY = "erasure"

stream = stream_namer(CATEGORY)


@topic("member.erased", "删除会员资料", "Member erased")
class Erased(Event, frozen=True, kw_only=True):
    """The member's personal data is erased for good: `by` asked, for a `reason` of a closed list.

    It is in a stream of its own, so that all erased members are found without reading the log.
    """

    STREAM = (CATEGORY, "member_id")

    member_id: str
    reason: str
    by: str
    at: datetime


class Erasure(msgspec.Struct, frozen=True):
    """The erasure of a member; an empty `member_id` means that they were not erased."""

    member_id: str = ""


INITIAL = Erasure()


def evolve(_state: Erasure, event: Erased) -> Erasure:
    """Return the state after the event."""
    return Erasure(event.member_id)


def check_not_erased(state: Erasure) -> None:
    """Raise MemberErased if the member was erased."""
    if state.member_id:
        raise errors.MemberErased
