"""Enrol many members at once, with cards and keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.event import Event
from ledger.members import authorization, card, member
from ledger.members.member import Member
from ledger.services.base import Service
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch


class Enrolment(NamedTuple):
    """A member, and the API key to give them: its id, and the SHA-256 of its secret in hex.

    With `card_id`, the member is new: they are registered and get this card. Without it, they must
    be registered already, and `branch` and `groups` are not used.
    """

    member_id: str
    branch: str
    groups: tuple[str, ...]
    key_id: str
    key_hash: str
    card_id: str = ""


class EnrolmentService(Service):
    """Enrols many members in one request, as a rehearsal does."""

    def enrol(self, enrolments: Sequence[Enrolment], *, by: str) -> None:
        """Give all members their API keys in one commit; register those with a `card_id` first."""

        def decide(states: StateBatch, _now: datetime) -> list[Event]:
            return [event for one in enrolments for event in _facts(states, one)]

        reads = [member.stream(one.member_id) for one in enrolments]
        reads += [card.stream(one.card_id) for one in enrolments if one.card_id]
        self.writer.ask(Request(decide, by=by, reads=reads))


def _facts(states: StateBatch, one: Enrolment) -> Iterator[Event]:
    state: Member = states[member.stream(one.member_id)]
    if one.card_id:
        (registered,) = member.register(
            state, member_id=one.member_id, branch=one.branch, employer="", groups=one.groups
        )
        yield registered
        state = member.evolve(state, registered)  # type: ignore[arg-type]  # its own category
        blank = states[card.stream(one.card_id)]
        yield from card.issue(blank, card_id=one.card_id, member_id=one.member_id)
        yield from member.receive_card(state, card_id=one.card_id)
    yield from authorization.make_key(state, key_id=one.key_id, key_hash=one.key_hash)
