"""Given events, when a verb is called, then events are recorded or the call is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.errors import HongkaError
from ledger.event import Event
from ledger.write.streams import CATEGORIES

Verb = Callable[..., list[Event]]


Refused = HongkaError | type[HongkaError]
"""A refusal with its particulars, or the class of one without any."""


@contextmanager
def refusing(refusal: Refused) -> Iterator[None]:
    """Assert that the block is refused by this class, with these particulars and no others."""
    wanted = refusal() if isinstance(refusal, type) else refusal
    with pytest.raises(HongkaError) as refused:
        yield
    assert type(refused.value) is type(wanted)
    assert refused.value.particulars == wanted.particulars


class Given:
    """A stream of one category after these events."""

    def __init__(self, category: str, *history: Event) -> None:
        self._category = CATEGORIES[category]
        self.state = self._after(self._category.initial, history)

    def when(self, verb: Verb, **particulars: Any) -> When:
        """Call a verb on the state."""
        return When(lambda state: verb(state, **particulars), self.state, self._after)

    def _after(self, state: Any, events: Sequence[Event]) -> Any:
        for event in events:
            state = self._category.evolve(state, event)
        return state


class When:
    """A call of a verb on a state."""

    def __init__(
        self,
        ask: Callable[[Any], list[Event]],
        state: Any,
        after: Callable[[Any, Sequence[Event]], Any],
    ) -> None:
        self._ask = ask
        self._state = state
        self._after = after

    def then(self, *events: Event) -> None:
        """Assert that these events are recorded, and nothing on a second call."""
        self.then_each_time(*events)
        assert self._ask(self._after(self._state, events)) == []

    def then_each_time(self, *events: Event) -> None:
        """Assert that these events are recorded, also on a second call."""
        assert self._ask(self._state) == list(events)

    def then_refused(self, refusal: Refused, **particulars: str | int | None) -> None:
        """Assert that the call is refused, and again on a second call."""
        for _ in range(2):
            with refusing(refusal(**particulars) if isinstance(refusal, type) else refusal):
                self._ask(self._state)


Outcome = list[Event] | tuple[Event, ...] | Refused
"""Events that a second call does not record again (list) or does (tuple), or a refusal."""

Sentence = tuple[Sequence[Event], Verb, Outcome]
"""The history of a stream, a verb with its particulars, and the outcome."""


def each_time(*events: Event) -> tuple[Event, ...]:
    """Return the outcome that these events are recorded, also on a second call."""
    return events


def sentences(category: str, told: Mapping[str, Sentence]) -> Callable[..., None]:
    """Return one test of a category of streams for each sentence, whose words are its id."""

    @pytest.mark.parametrize(("history", "verb", "outcome"), told.values(), ids=told)
    def test(history: Sequence[Event], verb: Verb, outcome: Outcome) -> None:
        when = Given(category, *history).when(verb)
        match outcome:
            case list():
                when.then(*outcome)
            case tuple():
                when.then_each_time(*outcome)
            case _:
                when.then_refused(outcome)

    return test
