"""A waiting list ends the same, however often the clock's effects are recorded in between."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.drops import claim, events, lifecycle, waiting_list
from ledger.errors import Refusal
from ledger.event import Event
from ledger.write.streams import CATEGORIES, category_of
from tests.support.example_drop import (
    ANNOUNCED,
    DROP,
    MORNING,
    OPENS,
    TODAY,
    after_opening,
    claim_request,
    claimant,
    garden,
    plan,
    session,
)

MEMBERS = [f"m{number}" for number in range(1, 9)]
SOLD_OUT = [("m1", 3), ("m2", 2), ("m3", 1)]
IN_TURN = [("m4", 2), ("m5", 3), ("m6", 1), ("m7", 1)]
Step = tuple[str, str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "join", "leave", "release", "release", "amend"]),
        st.sampled_from(MEMBERS),
        st.integers(1, 3),
        st.integers(0, 20),
    ),
    min_size=6,
    max_size=30,
)
LOOKS = st.lists(st.integers(0, 300), max_size=20)


class Morning:
    """A sold-out session for six with four members on the waiting list, and the next request."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.facts: list[Event] = []
        self.answers: list[str] = []
        self.record([ANNOUNCED])
        for number, (member_id, count) in enumerate(SOLD_OUT):
            self.step(("claim", member_id, count, 0), -1 - number, OPENS)
        for member_id, count in IN_TURN:
            self.step(("join", member_id, count, 0), 0, OPENS)

    def record(self, facts: Sequence[Event]) -> None:
        for fact in facts:
            evolve = CATEGORIES[category_of(fact.stream)].evolve
            self.states[fact.stream] = evolve(self.state(fact.stream), fact)
        self.facts += facts

    def state(self, stream: str) -> Any:
        return self.states.get(stream, CATEGORIES[category_of(stream)].initial)

    def look(self, at: datetime) -> None:
        """Record the effects of the clock."""
        self.record(lifecycle.settle(self.state(f"drop-{DROP}"), at, MORNING))

    def step(self, step: Step, number: int, at: datetime) -> None:
        verb, member_id, count, _minutes = step
        try:
            facts: list[Event] = getattr(self, f"_{verb}")(member_id, count, number, at)
        except Refusal as refusal:
            self.answers.append(refusal.reason)
        else:
            self.answers.append(verb)
            self.record(facts)

    @property
    def course(self) -> list[Event]:
        """Return the events, except those of the clock's opening and closing."""
        return [one for one in self.facts if not isinstance(one, events.Opened | events.Closed)]

    def _asking(self, member_id: str, count: int, number: int, at: datetime) -> dict[str, Any]:
        held = self.state(f"grant-{member_id}").held.values()
        who = claimant(member_id, *held)
        return {"asked": claim_request(f"k{number}", count), "who": who, "at": at, "today": TODAY}

    def _claim(self, *asking: Any) -> list[Event]:
        return claim.claim(self.state(f"drop-{DROP}"), **self._asking(*asking))

    def _join(self, *asking: Any) -> list[Event]:
        return waiting_list.join(self.state(f"drop-{DROP}"), **self._asking(*asking))

    def _leave(self, member_id: str, _count: int, _number: int, at: datetime) -> list[Event]:
        return waiting_list.leave(
            self.state(f"drop-{DROP}"),
            item_id="garden",
            session_id="morning",
            member_id=member_id,
            at=at,
        )

    def _release(self, member_id: str, _count: int, _number: int, at: datetime) -> list[Event]:
        held = [one for one in self.state(f"grant-{member_id}").held.values() if not one.withdrawn]
        return claim.release(
            self.state(f"drop-{DROP}"), held=held[0] if held else None, member_id=member_id, at=at
        )

    def _amend(self, _member_id: str, count: int, number: int, at: datetime) -> list[Event]:
        other = plan(garden(session(capacity=4 + count)), offer_minutes=10 + number)
        return lifecycle.amend(self.state(f"drop-{DROP}"), plan=other, reason="多些", at=at)


def morning_of(steps: list[Step], looks: Sequence[int] = ()) -> Morning:
    """Return the result of a morning, looked at so many minutes after the opening."""
    morning, minutes = Morning(), 0
    due = sorted(looks)
    for number, step in enumerate(steps):
        minutes += step[-1]
        while due and due[0] <= minutes:
            morning.look(after_opening(due.pop(0)))
        morning.step(step, number, after_opening(minutes))
    for rest in (*due, 3_000):
        morning.look(after_opening(rest))
    return morning


@given(STEPS, LOOKS)
def test_looking_in_between_changes_nothing(steps: list[Step], looks: list[int]) -> None:
    unseen, seen = morning_of(steps), morning_of(steps, looks)

    assert seen.answers == unseen.answers
    assert seen.course == unseen.course
    assert seen.states == unseen.states


@given(STEPS, st.integers(0, 300))
def test_a_slot_reads_as_if_all_effects_of_the_clock_were_recorded(
    steps: list[Step], minutes: int
) -> None:
    morning, passed = Morning(), 0
    for number, step in enumerate(steps):
        passed += step[-1]
        morning.step(step, number, after_opening(passed))
    at = after_opening(passed + minutes)

    looked_at = lifecycle.slot_at(morning.state(f"drop-{DROP}"), MORNING, at)

    morning.look(at)
    assert looked_at == morning.state(f"drop-{DROP}").slots[MORNING]


@given(STEPS)
def test_nobody_waits_for_places_that_are_left(steps: list[Step]) -> None:
    morning, minutes = Morning(), 0
    for number, step in enumerate(steps):
        minutes += step[-1]
        morning.step(step, number, after_opening(minutes))
        slot = lifecycle.slot_at(morning.state(f"drop-{DROP}"), MORNING, after_opening(minutes))
        waits = [one.places for one in slot.waiting.values() if one.until is None]

        assert all(places > slot.left for places in waits)
        assert 0 <= slot.left <= slot.capacity
