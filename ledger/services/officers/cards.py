"""Members and their cards."""

from datetime import date, datetime
from functools import partial
from typing import Unpack

from ledger import errors
from ledger.event import Event
from ledger.members import card, erasure, member, printed_code
from ledger.services.base import Asking, Service
from ledger.write.state_batch import StateBatch


class CardService(Service):
    """The verbs of officers on members and their cards."""

    def register_member(
        self,
        member_id: str,
        *,
        branch: str,
        employer: str = "",
        groups: tuple[str, ...] = (),
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Register a member; return the event, None if registered with the same attributes."""
        register = partial(member.register, member_id=member_id)
        stream = member.stream(member_id)
        return self._do(
            stream, "register", register, asking, branch=branch, employer=employer, groups=groups
        )

    def move_member(
        self,
        member_id: str,
        *,
        branch: str,
        employer: str = "",
        groups: tuple[str, ...] = (),
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Replace a member's branch, employer and groups; return None if all are the same."""
        stream = member.stream(member_id)
        return self._do(
            stream, "move", member.move, asking, branch=branch, employer=employer, groups=groups
        )

    def issue_card(
        self,
        card_id: str,
        *,
        member_id: str,
        last_day: date | None = None,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Issue a card to a member; return the event, None if they hold this card already.

        `last_day` is the last day of use; None means no end, and one in the past is InputInvalid.
        If the member's earlier card is past its last day, its expiry is recorded too; one still in
        use raises CardAlreadyIssued. An erased member raises MemberErased.
        """

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            holder = states[member.stream(member_id)]
            member.check_known(holder)
            erasure.check_not_erased(states[erasure.stream(member_id)])
            state = states[card.stream(card_id)]
            if holder.card_id == card_id and state.last_day == last_day:
                return []
            today = self.day(at)
            _check_last_day(last_day, today)
            issued = card.issue(state, card_id=card_id, member_id=member_id, last_day=last_day)
            expired = _expired(states, holder, today=today)
            return [*issued, *member.receive_card(holder, card_id=card_id), *expired]

        reads = [member.stream(member_id), erasure.stream(member_id), card.stream(card_id)]
        return self._ask(decide, reads, ["issue", card_id, member_id, last_day], asking)

    def replace_card(
        self,
        card_id: str,
        *,
        new_card_id: str,
        last_day: date | None = None,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Issue a new card in place of a live or blocked one, which can't be used from now on.

        Return the event. `last_day` None means the last day of the old card; one in the past is
        InputInvalid.
        """

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            old, today = states[card.stream(card_id)], self.day(at)
            _check_last_day(last_day, today)
            replaced = card.replace(old, replaced_by=new_card_id, today=today)
            issued = card.issue(
                states[card.stream(new_card_id)],
                card_id=new_card_id,
                member_id=old.member_id,
                last_day=last_day or old.last_day,
                replaces=card_id,
            )
            received = member.receive_card(
                states[member.stream(old.member_id)], card_id=new_card_id
            )
            return [*replaced, *issued, *received]

        reads = [card.stream(card_id), card.stream(new_card_id)]
        return self._ask(decide, reads, ["replace", card_id, new_card_id, last_day], asking)

    def print_code(self, card_id: str, *, code_hash: str, **asking: Unpack[Asking]) -> Event | None:
        """Assign a printed code, by its hash, and end the earlier one; None if it has this one."""

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            today = self.day(at)
            printed = card.print_code(
                states[card.stream(card_id)], code_hash=code_hash, today=today
            )
            assigned = printed_code.assign(
                states[printed_code.stream(code_hash)], code_hash=code_hash, card_id=card_id
            )
            return [*printed, *assigned]

        reads = [card.stream(card_id), printed_code.stream(code_hash)]
        return self._ask(decide, reads, ["print", card_id, code_hash], asking)

    def block_card(self, card_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Block a card that was reported lost; return the event, None if it is blocked already."""
        return self._do(card.stream(card_id), "block", card.block, asking)

    def unblock_card(self, card_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Unblock a card that was found again; return the event, None if it is live already."""
        return self._do(card.stream(card_id), "unblock", card.unblock, asking)

    def close_card(self, card_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Close a card for good; return the event, None if it is closed already."""
        return self._do(card.stream(card_id), "close", card.close, asking)

    def expire_card(self, card_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Record that a card's last day is past; return None if it is not, or the card is over."""

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            return card.expire(states[card.stream(card_id)], today=self.day(at))

        return self._ask(decide, [card.stream(card_id)], ["expire", card_id], asking)


def _check_last_day(last_day: date | None, today: date) -> None:
    if last_day and last_day < today:
        raise errors.InputInvalid(field="last_day")


def _expired(states: StateBatch, holder: member.Member, *, today: date) -> list[Event]:
    """Return the expiry event of the member's present card, empty if none is due.

    A card that is still in use raises CardAlreadyIssued.
    """
    if not holder.card_id:
        return []
    held = states[card.stream(holder.card_id)]
    expired = card.expire(held, today=today)
    if not expired and held.status in {card.Status.LIVE, card.Status.BLOCKED}:
        raise errors.CardAlreadyIssued
    return expired
