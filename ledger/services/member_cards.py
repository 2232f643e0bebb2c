"""A member's own card: read it, certify a phone to sign for it, report it lost."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from ledger.event import Event
from ledger.members import card, device
from ledger.members.authorization import Principal, authorize
from ledger.members.card import Card
from ledger.services.base import Service
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch


class MemberCardService(Service):
    """The verbs of a member on their own card; KeyEnded or NotAProxy if a caller may not act."""

    def card_of(self, asking: Principal) -> Card:
        """Return the member's card in any status; the initial card (empty id) if they have none."""
        return self.query(lambda states, _now: _card(states, asking), asking.reads)

    def live_card_of(self, asking: Principal) -> Card:
        """Return the member's card; unlike `card_of`, reject one that may not be used today."""

        def ask(states: StateBatch, now: datetime) -> Card:
            state = _card(states, asking)
            card.check_live(state, self.day(now))
            return state

        return self.query(ask, asking.reads)

    def certify_device(
        self, asking: Principal, *, device_id: str, algorithm: str, public_key: str
    ) -> Card:
        """Let a device, and no other, sign codes of the card for a week; return the card."""

        def certify(state: Card, now: datetime) -> list[Event]:
            return device.certify(
                state,
                device_id=device_id,
                algorithm=algorithm,
                public_key=public_key,
                at=now,
                today=self.day(now),
                card_ends_at=self._ends_at(state),
            )

        return self._on_card(asking, certify)

    def revoke_device(self, asking: Principal) -> Card:
        """Let no device sign codes of the card any more, and return the card."""
        return self._on_card(asking, lambda state, _now: device.revoke(state))

    def report_card_lost(self, asking: Principal) -> Card:
        """Block the member's card until an officer unblocks it, and return it."""
        return self._on_card(asking, lambda state, _now: card.block(state))

    def _on_card(self, asking: Principal, verb: Callable[[Card, datetime], list[Event]]) -> Card:
        """Record the events of `verb(card, now)`; return the member's card afterwards."""
        request = Request(
            lambda states, now: verb(_card(states, asking), now), by=asking.by, reads=asking.reads
        )
        self.writer.ask(request)
        return self.card_of(asking)

    def _ends_at(self, state: Card) -> datetime | None:
        """Return the end of the card's last day in UTC; None if the card has no last day."""
        if state.last_day is None or state.last_day == date.max:
            return None
        midnight = datetime.combine(state.last_day + timedelta(days=1), time(), self.zone)
        return midnight.astimezone(UTC)


def _card(states: StateBatch, asking: Principal) -> Card:
    member = authorize(states, asking)
    held: Card = states[card.stream(member.card_id)] if member.card_id else card.INITIAL
    return held
