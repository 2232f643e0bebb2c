"""Draws: freeze the list, fix the seed, award the tickets, publish everything."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Unpack

from ledger import drops, errors
from ledger.drops import Drop, draw, lifecycle, rfc3797
from ledger.drops.eligibility import claimant
from ledger.drops.events import Claimed, Frozen, SeedFixed
from ledger.drops.terms import Mode
from ledger.event import Event, decode
from ledger.members import member
from ledger.members.authorization import Principal
from ledger.services.base import Asking, Service
from ledger.store import at_time
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch

AWARDED_AT_ONCE = 100
"""The winners that one request awards, so that other requests do not wait long."""


class DrawService(Service):
    """The verbs of officers on draws."""

    def freeze_entries(self, drop_id: str, **asking: Unpack[Asking]) -> Frozen | None:
        """Fix the entries of a closed draw and record their hash; return None if done already."""
        stream = drops.stream(drop_id)
        recorded = self._ask(
            lambda states, at: draw.freeze(states[stream], at=at, today=self.day(at)),
            [stream],
            [stream, "freeze"],
            asking,
        )
        state: Drop = self.state(stream)
        return None if recorded is None else state.frozen  # it may have closed with it

    def fix_seed(
        self, drop_id: str, *, numbers: Sequence[Sequence[int]], **asking: Unpack[Asking]
    ) -> Event | None:
        """Record a frozen draw's seed numbers, published by each source; None if it has these."""
        stream = drops.stream(drop_id)
        return self._ask(
            lambda states, at: draw.fix_seed(states[stream], numbers=numbers, today=self.day(at)),
            [stream],
            [stream, "seed", [list(source) for source in numbers]],
            asking,
        )

    def award(self, drop_id: str, *, by: str) -> Iterator[int]:
        """Give the winners of a draw their tickets; after each batch, yield how many have theirs.

        The caller must iterate to the end; after an interruption, a new call goes on. Without a
        seed, raise SeedNotFixed.
        """
        stream = drops.stream(drop_id)
        won = draw.winners(self.state(stream))

        def decide(states: StateBatch, _now: datetime) -> list[Event]:
            state: Drop = states[stream]
            due = won[state.awarded : state.awarded + AWARDED_AT_ONCE]
            states.load(member.stream(one.member_id) for _number, one in due)
            asks = [Principal(member_id=one.member_id) for _number, one in due]
            who = [claimant(states, state, one) for one in asks]
            return draw.award(state, won=won, who=who)

        drawn = False
        while not drawn:
            self.writer.ask(Request(decide, by=by, reads=[stream]))
            state: Drop = self.state(stream)
            drawn = state.drawn
            yield state.awarded

    def published_draw(self, drop_id: str) -> rfc3797.Published:
        """Return the public data of an awarded draw, with the winners as the log holds them.

        Before the award NotFrozen, SeedNotFixed or, while it goes on, Busy is raised.
        """
        stream = drops.stream(drop_id)
        state: Drop = self.state(stream)
        plan, frozen = state.plan, state.frozen
        if plan is None:
            raise errors.DropUnknown
        lifecycle.check_mode(plan, Mode.DRAW)
        if frozen is None:
            raise errors.NotFrozen
        if not state.seed:
            raise errors.SeedNotFixed
        if not state.drawn:
            lifecycle.known_plan(state)
            raise errors.Busy(retry_after_seconds=1)
        with self.store.reading() as view:
            facts = [(one.at, decode(one.topic, one.payload)) for one in view.history(stream)]
        at = {type(event): at_time(text) for text, event in facts}
        assert plan.seed_rule is not None, "a draw has a rule"  # noqa: S101 - our own mistake
        return rfc3797.Published(
            format=rfc3797.FORMAT,
            drop=drop_id,
            title=plan.title,
            rule=plan.seed_rule,
            places=list(frozen.places),
            frozen=rfc3797.Frozen(frozen.entries, frozen.sha256, at[Frozen]),
            seed=rfc3797.Seed([list(source) for source in state.seed], at[SeedFixed]),
            entries=draw.numbered(state),
            winners=[
                event.entry
                for _at, event in facts
                if isinstance(event, Claimed) and event.entry is not None
            ],
        )
