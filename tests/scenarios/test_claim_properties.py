"""Random claims in random order: no slot is oversold, and no place is lost."""

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.application import Ledger
from ledger.drops import Drop, events, lifecycle
from ledger.errors import Refusal, SoldOut
from ledger.event import Event
from ledger.members.authorization import Principal
from ledger.offers.grant import Made, Withdrawn
from tests.support.example_drop import DROP, claim_request, garden, plan, session
from tests.support.ledger_with_drop import Clock, open_drop, populate

PER_MEMBER, PER_HOUSEHOLD = 2, 3
HOUSEHOLDS = {"m1": "h1", "m2": "h1", "m3": "h2", "m4": "h2", "m5": "", "m6": ""}
MEMBERS = st.sampled_from(sorted(HOUSEHOLDS))
SESSIONS = st.sampled_from(["morning", "afternoon"])
PARTIES = st.integers(1, 3)
RUSH = st.lists(st.tuples(MEMBERS, SESSIONS, PARTIES), min_size=3, max_size=8)


class Recount:
    """The sums of the events in the log, counted without any `evolve`."""

    def __init__(self) -> None:
        self.position = 0
        self.capacity: dict[str, int] = {}
        self.tickets: dict[str, events.Claimed] = {}
        self.waiting: dict[str, dict[str, events.Joined]] = {}
        self.kept: dict[str, dict[str, int]] = {}
        self.granted: dict[str, Made] = {}
        self.given: set[str] = set()

    def read(self, ledger: Ledger) -> None:
        """Count the new events, and check the invariants at every position."""
        for fact in ledger.facts(self.position, 1_000):
            self._count(fact.event)
            self.position = fact.position
            for slot, capacity in self.capacity.items():
                assert self.taken(slot) + sum(self.kept[slot].values()) <= capacity, fact
            for granted, most in ((self._members(), PER_MEMBER), (self._homes(), PER_HOUSEHOLD)):
                assert all(count <= most for count in granted.values()), fact

    def taken(self, slot: str) -> int:
        """Return the taken places of a slot."""
        return sum(one.places for one in self.tickets.values() if one.slot == slot)

    def _members(self) -> Counter[str]:
        return Counter(one.member_id for one in self.tickets.values())

    def _homes(self) -> Counter[str]:
        homes = (one.ticket.household_id for one in self.granted.values() if one.ticket)
        return Counter(home for home in homes if home)

    def _count(self, event: Event) -> None:
        match event:
            case events.Announced() | events.Amended():
                for slot, (_item, one) in event.plan.slots.items():
                    self.capacity[slot] = one.capacity
                    self.kept.setdefault(slot, {})
                    self.waiting.setdefault(slot, {})
            case events.Claimed():
                assert event.ticket_id not in self.given
                assert event.number == len(self.given) + 1
                self.given.add(event.ticket_id)
                self.tickets[event.ticket_id] = event
                self._gone(event)
            case events.Released():
                assert self.tickets.pop(event.ticket_id).places == event.places
            case Made():
                self.granted[event.grant_id] = event
            case Withdrawn():
                del self.granted[event.grant_id]
            case _:
                self._wait(event)

    def _wait(self, event: Event) -> None:
        match event:
            case events.Joined():
                assert event.member_id not in self.waiting[event.slot]
                self.waiting[event.slot][event.member_id] = event
            case events.Offered():
                assert event.member_id not in self.kept[event.slot]
                places = self.waiting[event.slot][event.member_id].places
                self.kept[event.slot][event.member_id] = places
            case events.Left() | events.OfferLapsed():
                assert event.member_id in self.waiting[event.slot]
                self._gone(event)

    def _gone(self, event: events.Claimed | events.Left | events.OfferLapsed) -> None:
        self.waiting[event.slot].pop(event.member_id, None)
        self.kept[event.slot].pop(event.member_id, None)


class Drops(RuleBasedStateMachine):
    """Two sessions of a few places, and six members, some in two households."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.ledger = self._opened()
        self.recount = Recount()
        self.asked: list[tuple[Any, Principal, Event]] = []
        self.cards = {member_id: f"c-{member_id}" for member_id in HOUSEHOLDS}
        self.capacity = {"morning": 4, "afternoon": 3}
        self.number = 0

    @initialize(rush=RUSH)
    def open(self, rush: list[tuple[str, str, int]]) -> None:
        populate(self.ledger, *HOUSEHOLDS)
        for member_id, household_id in HOUSEHOLDS.items():
            self.ledger.officers.families.change_household(member_id, household_id=household_id)
        open_drop(self.ledger, self.clock, self._terms())
        self.grab(rush)

    @rule(rush=RUSH)
    def grab(self, rush: list[tuple[str, str, int]]) -> None:
        """Claim as some members, who join the waiting list if it is sold out."""
        for member_id, session_id, party in rush:
            self.number += 1
            claim = claim_request(f"k{self.number}", party, session_id=session_id)
            asking = Principal(member_id=member_id)
            with suppress(Refusal):
                try:
                    self.asked.append(
                        (claim, asking, self.ledger.members.claims.claim(claim, asking).event)
                    )
                except SoldOut:
                    self.ledger.members.claims.join(claim, asking)

    @precondition(lambda self: self.asked)
    @rule(choice=st.integers(0, 50))
    def claim_again(self, choice: int) -> None:
        claim, asking, event = self.asked[choice % len(self.asked)]
        before = self.ledger.store.max_notification_id()

        again = self.ledger.members.claims.claim(claim, asking)

        assert (again.event, again.replayed) == (event, True)
        assert self.ledger.store.max_notification_id() == before

    @precondition(lambda self: self.recount.tickets)
    @rule(choice=st.integers(0, 50))
    def release(self, choice: int) -> None:
        ticket_id = sorted(self.recount.tickets)[choice % len(self.recount.tickets)]
        member_id = self.recount.tickets[ticket_id].member_id
        self.ledger.members.claims.release(ticket_id, Principal(member_id=member_id))

    @precondition(lambda self: any(self.recount.waiting.values()))
    @rule(choice=st.integers(0, 50), leaves=st.booleans(), party=PARTIES)
    def next_in_turn(self, choice: int, leaves: bool, party: int) -> None:  # noqa: FBT001 - drawn
        waits = [one for each in self.recount.waiting.values() for one in each.values()]
        one = waits[choice % len(waits)]
        if not leaves:
            self.grab([(one.member_id, one.session_id, party)])
            return
        with suppress(Refusal):
            self.ledger.members.claims.leave(
                claim_request(session_id=one.session_id), Principal(member_id=one.member_id)
            )

    @rule(member_id=MEMBERS, what=st.sampled_from(["replaced", "lost", "found", "h1", "h2", ""]))
    def meanwhile(self, member_id: str, what: str) -> None:
        """Replace, block or unblock a card, or move a member to another household."""
        self.number += 1
        old = self.cards[member_id]
        match what:
            case "replaced":
                self.ledger.officers.cards.unblock_card(old)
                self.cards[member_id] = f"c{self.number}"
                self.ledger.officers.cards.replace_card(old, new_card_id=self.cards[member_id])
            case "lost":
                self.ledger.officers.cards.block_card(old)
            case "found":
                self.ledger.officers.cards.unblock_card(old)
            case _:
                self.ledger.officers.families.change_household(member_id, household_id=what)

    @rule(session_id=SESSIONS, capacity=st.integers(2, 7), minutes=st.integers(10, 60))
    def amend(self, session_id: str, capacity: int, minutes: int) -> None:
        before = dict(self.capacity)
        self.capacity[session_id] = capacity
        try:
            self.ledger.officers.drops.amend_drop(DROP, plan=self._terms(minutes), reason="换车")
        except Refusal:
            self.capacity = before

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule()
    def restart(self) -> None:
        streams = {fact.stream for fact in self.ledger.facts(0, 10_000)}
        before = {stream: self.ledger.state(stream) for stream in streams}
        self.ledger.close()

        self.ledger = self._opened()

        assert {stream: self.ledger.state(stream) for stream in streams} == before

    @invariant()
    def no_place_is_given_twice_or_lost(self) -> None:
        self.recount.read(self.ledger)
        state: Drop = self.ledger.state(f"drop-{DROP}")
        for slot, found in state.slots.items():
            kept = sum(self.recount.kept[slot].values())
            assert (found.taken, found.kept) == (self.recount.taken(slot), kept)
            assert found.left + found.taken + found.kept == self.recount.capacity[slot]
            assert set(found.waiting) == set(self.recount.waiting[slot])
            now = lifecycle.slot_at(state, slot, self.clock.now)
            waits = [one.places for one in now.waiting.values() if one.until is None]
            assert all(places > now.left >= 0 for places in waits)
        assert set(self.recount.granted) == set(self.recount.tickets)

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def _opened(self) -> Ledger:
        return Ledger(f"sqlite:///{self.folder}/log.db", clock=self.clock)

    def _terms(self, minutes: int = 30) -> Any:
        sessions = [session(name, capacity) for name, capacity in self.capacity.items()]
        limits = {"per_member": PER_MEMBER, "per_household": PER_HOUSEHOLD}
        return plan(garden(*sessions), offer_minutes=minutes, **limits)


TestDrops = Drops.TestCase
TestDrops.settings = settings(
    max_examples=max(settings().max_examples // 3, 1),
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
)
