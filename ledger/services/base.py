"""The base class of all services: it turns a verb of a caller into a request of the writer."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ledger import funds
from ledger.benefits.terms import Rules
from ledger.errors import Denied, InputInvalid, RedemptionUnknown, Refusal
from ledger.event import Event, decode, topic_of
from ledger.redemptions.events import Contested, Redeemed
from ledger.services.offer_index import OfferIndex
from ledger.store import Log, Stored, is_name
from ledger.write.request import Answer, Request
from ledger.write.state_batch import AnyStates, StateBatch, sound_payload
from ledger.write.state_cache import NotCached, PeekedStates
from ledger.write.writer import Writer

FRESH_SECONDS = 0.25
"""The age in seconds up to which a cached state is shown without asking the log."""

STALE_SECONDS_MAX = 1.0
"""The same limit while another thread is already reading the log."""

Rejection = Refusal | Denied
"""A negative answer: a rule refused the request, or the caller may not make it."""

P = ParamSpec("P")
T = TypeVar("T")


class Asking(TypedDict, total=False):
    """Keyword arguments of an officer's verb: the caller, the idempotency key, and the time.

    `by` is `officer-…` (without it, `system`). Without `request_id`, a repeat is decided anew.
    `at` (aware) replaces the clock for a replay of the past; None or absent means now.
    `as_proposal` is the id of the proposal, if the act needs a second person; absent: one made of
    the request. `at_terminal`: an officer typed a command; absent: they are at the desk.
    """

    by: str
    request_id: str | None
    at: datetime | None
    as_proposal: str
    at_terminal: bool


class Context(NamedTuple):
    """The parts a ledger's services share: its log, its writer, and the zone of the rules' days."""

    store: Log
    writer: Writer
    zone: ZoneInfo
    refreshing: threading.Lock
    """Held by the one thread that catches up with the log for all others."""
    offers: OfferIndex
    """The offers by where they hold."""


class Service:
    """A group of verbs or queries: one instance per ledger, which holds nothing but caches.

    A verb raises the refusals of the stream's verb that it calls, documented there; Denied if the
    caller may not act; InputInvalid for a malformed value; RequestReused if the request id was used
    for something else; and Busy if it was not decided: a repeat is then safe.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.store, self.writer, self.zone, self._refreshing, self.offer_index = context

    def state(self, stream: str) -> Any:
        """Return the state of a stream as the log says now; the initial state without facts."""
        return self.query(lambda states, _now: states[stream], [stream])

    def query(self, ask: Callable[[StateBatch, datetime], T], reads: Sequence[str] = ()) -> T:
        """Return the result of `ask(states, now)`, and record nothing; `now` is the ledger's time.

        `reads` names streams that `ask` will need: they are loaded together. An error in `ask` is
        raised; Busy, as in `Writer.ask`.
        """
        result: T = self.writer.ask(Request(ask, by=None, reads=reads))
        return result

    def look(self, ask: Callable[[AnyStates, datetime], T], reads: Sequence[str] = ()) -> T:
        """Return `ask(states, now)` on cached states FRESH_SECONDS old at most, or as `query` does.

        It waits only for a query: where a state is too old or not cached, or the caller is Denied,
        which may have changed since. So `ask` may run twice, and in the caller's thread.
        """
        found = self.look_in_cache(ask)
        return self.query(ask, reads) if found is None else found

    def look_in_cache(self, ask: Callable[[AnyStates, datetime], T]) -> T | None:
        """Return `ask(states, now)`, never None, as `look` does; None where that would wait."""
        if self.writer.age() <= FRESH_SECONDS:
            with suppress(NotCached, Denied):
                return ask(PeekedStates(self.writer.states.peek), self.writer.time())
        return None

    def _submit_all(
        self, requests: Iterable[Request], in_flight: int
    ) -> Iterator[Answer | Rejection]:
        """Submit requests in order, `in_flight` at once, and yield their answers in that order.

        A Refusal or Denied is yielded; any other error is raised and ends the submission.
        """
        under_way: deque[Request] = deque()
        for request in requests:
            self.writer.submit(request)
            under_way.append(request)
            if len(under_way) >= in_flight:
                yield self._answer(under_way.popleft())
        while under_way:
            yield self._answer(under_way.popleft())

    def _answer(self, request: Request) -> Answer | Rejection:
        try:
            answer: Answer = self.writer.answer(request)
        except (Refusal, Denied) as no:
            return no
        return answer

    def refresh(self, stream: str) -> None:
        """Bring the state cache up to date, by reading `stream`, if it is older than FRESH_SECONDS.

        While another thread does so, return at once unless it is older than STALE_SECONDS_MAX.
        """
        age = self.writer.age()
        if age <= FRESH_SECONDS:
            return
        first = self._refreshing.acquire(blocking=False)
        if not first and age <= STALE_SECONDS_MAX:
            return
        try:
            self.state(stream)
        finally:
            if first:
                self._refreshing.release()

    def day(self, at: datetime) -> date:
        """Return the day of an instant in the zone of the rules."""
        return at.astimezone(self.zone).date()

    def _made(self, redemption_id: str) -> Redeemed:
        """Return the recorded redemption, of a contested one what is booked; else refuse."""
        for request_id in (f"redeem/{redemption_id}", late_id(redemption_id)):
            match self._recorded(request_id):
                case Redeemed() as made:
                    return made
                case Contested(booked=Redeemed() as made):
                    decided: Redeemed = self.state(made.stream).contested.get(redemption_id, made)
                    return decided
        raise RedemptionUnknown

    def _recorded(self, request_id: str) -> Event | None:
        """Return the event recorded for a request id (a refusal's too), or None."""
        stored = self._stored(request_id)
        return decode(stored.topic, stored.payload) if stored else None

    def _stored(self, request_id: str) -> Stored | None:
        if not is_name(request_id):
            return None
        with self.store.reading() as view:
            return view.by_request([request_id]).get(request_id)

    def _count(
        self,
        event: Event,
        request_id: str | None,
        more: Callable[[StateBatch, datetime], list[Event]] = lambda *_: [],
    ) -> None:
        """Record an event that no rule reads, once for a request id; with None, at each call.

        `more` returns other events to record with it.
        """
        asked = msgspec.json.encode(event)
        self.writer.ask(
            Request(
                lambda *now: [event, *more(*now)], by="system", request_id=request_id, asked=asked
            )
        )

    def _do(
        self,
        stream: str,
        named: str,
        verb: Callable[Concatenate[Any, P], list[Event]],
        asking: Asking,
        /,
        *args: P.args,
        **particulars: P.kwargs,
    ) -> Event | None:
        """Run a verb on one stream and record its events; return the first, None if there is none.

        The request fingerprint covers `stream`, `named` (the verb's name) and `particulars`, but
        not `args`.
        """
        return self._ask(
            lambda states, _at: verb(states[stream], *args, **particulars),
            [stream],
            [stream, named, *particulars.values()],
            asking,
        )

    def _ask(
        self,
        decide: Callable[[StateBatch, datetime], list[Event]],
        reads: Sequence[str],
        asked: Sequence[Any],
        asking: Asking,
        answers: type[Event] | tuple[type[Event], ...] = Event,
    ) -> Event | None:
        request = Request(
            lambda states, at: _as_stored(decide(states, at)),
            by=asking.get("by", "system"),
            request_id=asking.get("request_id"),
            asked=_canonical(asked),
            reads=reads,
            answers=answers,
            at=asking.get("at"),
        )
        answer: Answer = self.writer.ask(request)
        return answer.event


def late_id(redemption_id: str) -> str:
    """Return the request id of a late report whose redemption was answered online before."""
    return f"late/{redemption_id}"


def _canonical(asked: Sequence[Any]) -> bytes:
    try:
        return msgspec.json.encode(asked, order="sorted")
    except (TypeError, ValueError, OverflowError) as wrong:
        raise InputInvalid(problem=type(wrong).__name__) from wrong


def _as_stored(events: list[Event]) -> list[Event]:
    """Encode and decode the events; InputInvalid for a value that could never be loaded again."""
    try:
        return [decode(topic_of(event), sound_payload(event)) for event in events]
    except (msgspec.ValidationError, UnicodeEncodeError) as wrong:
        raise InputInvalid(problem=str(wrong)) from wrong


def check_fund(states: StateBatch, rules: Rules) -> None:
    """Raise FundUnknown if the rules name a fund that was never opened; none named passes."""
    if rules.funding.fund_id is not None:
        funds.check_known(states[funds.stream(rules.funding.fund_id)])


def funds_named(states: AnyStates, rules: Iterable[Rules]) -> dict[str, funds.Fund]:
    """Return the state of every fund that the rules name, by fund id; empty if they name none."""
    named = {one.funding.fund_id for one in rules}
    return {fund_id: states[funds.stream(fund_id)] for fund_id in named if fund_id is not None}
