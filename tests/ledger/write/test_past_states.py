"""Past states, read before the log is locked, equal a fold from the first event."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.event import Event, decode, encode, topic_of
from ledger.members.card import Blocked, Issued, Status
from ledger.offers.offer import Changed, Given, Published
from ledger.store import Draft, Log, View, at_text
from ledger.write.past_states import PastStates
from ledger.write.state_batch import StateBatch
from ledger.write.state_cache import StateCache
from ledger.write.streams import CATEGORIES, category_of

GIVEN = "offer.given"
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
EXAMPLES = count()
SECONDS_MAX = 40
"""The longest time of an example, by the clock of its events."""


class Drawn(NamedTuple):
    """An event to record: its stream, its verb, and its distance from the one before."""

    category: str
    verb: int
    seconds: int


DRAWN = st.builds(
    Drawn, st.sampled_from(["card", "offer"]), st.integers(0, 4), st.sampled_from([0, 0, 1])
)
BATCHES = st.lists(st.lists(DRAWN, max_size=5), min_size=2, max_size=4)
INSTANTS = st.lists(st.integers(-1, SECONDS_MAX), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """Return an empty log shared by all examples; each has its own streams and times."""
    log = Log(f"sqlite:///{tmp_path_factory.mktemp('log')}/log.db")
    log.create()
    with closing(log):
        yield log


def event_of(category: str, name: str, verb: int) -> Event:
    """Return an event of a stream; three in five of an offer are redemptions of its ceiling."""
    if category == "card":
        return Issued(card_id=name, member_id=f"m{verb}") if verb % 2 else Blocked(card_id=name)
    terms: dict[str, Any] = {"offer_id": name, "title": str(verb), "kind": "goods", "terms": {}}
    if verb > 1:
        return Given(offer_id=name, redemption_id="r", covered_minor=verb, union_share_minor=verb)
    return Published(**terms) if verb else Changed(**terms)


class Example:
    """Events of a card and an offer, recorded batch after batch."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.name = f"x{next(EXAMPLES)}"
        self.begins = NOON + timedelta(seconds=SECONDS_MAX * 2 * int(self.name[1:]))
        self.now = self.begins
        self.streams = [f"card-{self.name}", f"offer-{self.name}"]
        self.versions = dict.fromkeys(self.streams, 0)

    def record(self, facts: Sequence[Drawn]) -> None:
        drafts = []
        for one in facts:
            self.now += timedelta(seconds=one.seconds)
            event = event_of(one.category, self.name, one.verb)
            version = self.versions[event.stream] = self.versions[event.stream] + 1
            drafts.append(
                Draft(
                    *(event.stream, version, topic_of(event), at_text(self.now), encode(event)),
                    *('{"by":"system"}', None),
                )
            )
        with self.log.locked() as tx:
            tx.append(drafts)


def folded_from_the_first_fact(view: View, stream: str, instant: datetime) -> Any:
    """Fold a stream from its first event up to an instant."""
    category, until = CATEGORIES[category_of(stream)], at_text(instant)
    state = category.initial
    for stored in view.history(stream):
        if stored.at > until:
            break
        if stored.topic != GIVEN:
            state = category.evolve(state, decode(stored.topic, stored.payload))
    return state


@given(BATCHES, INSTANTS)
def test_a_past_state_is_the_fold_of_the_facts_up_to_its_instant(
    log: Log, batches: list[list[Drawn]], instants: list[int]
) -> None:
    example, states = Example(log), PastStates(log, without=GIVEN)
    for before, after in pairwise(batches):
        example.record(before)
        past = states.read(example.streams)
        example.record(after)

        with log.reading() as view:
            batch = StateBatch(StateCache(most=100), view)
            for seconds in instants:
                instant = example.begins + timedelta(seconds=seconds)
                for stream in example.streams:
                    expected = folded_from_the_first_fact(view, stream, instant)
                    assert past.at(batch, stream, instant) == expected


def test_a_fact_of_the_same_instant_recorded_after_the_reading_is_not_missed(log: Log) -> None:
    example = Example(log)
    example.record([Drawn("card", 1, 0)])
    past = PastStates(log, without=GIVEN).read(example.streams)
    example.record([Drawn("card", 0, 0)])

    with log.reading() as view:
        batch = StateBatch(StateCache(most=100), view)
        state = past.at(batch, example.streams[0], example.begins)
    assert state.status is Status.BLOCKED


def test_a_stream_that_was_not_read_is_folded_when_it_is_asked_for(log: Log) -> None:
    example = Example(log)
    example.record([Drawn("card", 1, 0), Drawn("card", 0, 1)])
    past = PastStates(log, without=GIVEN).read([])

    with log.reading() as view:
        batch = StateBatch(StateCache(most=100), view)
        stream = example.streams[0]
        assert past.at(batch, stream, example.begins) == folded_from_the_first_fact(
            view, stream, example.begins
        )


def test_what_was_read_is_not_read_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    example, states = Example(log), PastStates(log, without=GIVEN)
    example.record([Drawn("card", 1, 0)] * 5)
    states.read(example.streams)
    example.record([Drawn("card", 0, 1), Drawn("offer", 2, 1)])
    folded: list[str] = []
    for name in ("card", "offer"):
        category = CATEGORIES[name]

        def counted(state: Any, event: Event, evolve: Any = category.evolve) -> Any:
            folded.append(topic_of(event))
            return evolve(state, event)

        monkeypatch.setitem(CATEGORIES, name, category._replace(evolve=counted))  # type: ignore[arg-type]

    states.read(example.streams)
    states.read(example.streams)

    assert folded == ["card.blocked"]


def test_past_states_are_bounded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.write.past_states.STATES_MAX", 10)
    states = PastStates(log, without=GIVEN)
    examples = [Example(log) for _ in range(10)]
    for number, example in enumerate(examples):
        example.record([Drawn("card", 1, 0)] * (20 if number == 5 else 2))
        states.read(example.streams)

    past = states.read(examples[5].streams)

    assert states._kept.currsize <= 10
    assert len(past.timelines[examples[5].streams[0]].states) == 20
