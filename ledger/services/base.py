"""The base class of all services: it turns a verb of a caller into a request of the writer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypedDict, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ledger import funds
from ledger.benefits.terms import Rules
from ledger.errors import Denied, InputInvalid, RedemptionUnknown, Refusal
from ledger.event import Event, decode, encode, topic_of
from ledger.redemptions.redemption import Contested, Redeemed
from ledger.store import Log, Stored, is_name
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch
from ledger.write.writer import Writer

FRESH_SECONDS = 0.25
"""The age at which a cached state is still shown without asking the log."""

STALE_SECONDS_MAX = 1.0
"""The same, while another thread is already reading the log."""

Rejection = Refusal | Denied
"""A negative answer: a rule refused the request, or the caller may not make it."""

P = ParamSpec("P")
T = TypeVar("T")


class Asking(TypedDict, total=False):
    """The caller (`officer-…`), the request id, and the time if it is not now."""

    by: str
    request_id: str | None
    at: datetime | None


class Context(NamedTuple):
    """The parts of one ledger that its services share; `zone` is that of the rules."""

    store: Log
    writer: Writer
    zone: ZoneInfo
    refreshing: threading.Lock
    """Held by the one thread that catches up with the log for all others."""


class Service:
    """A group of verbs on the ledger, made once per ledger; it holds nothing but caches."""

    def __init__(self, context: Context) -> None:
        """Use the log and the writer of a ledger."""
        self.context = context
        self.store, self.writer, self.zone, self._refreshing = context

    def state(self, stream: str) -> Any:
        """Return the state of a stream now."""
        return self.query(lambda states, _now: states[stream], [stream])

    def query(self, ask: Callable[[StateBatch, datetime], T], reads: Sequence[str] = ()) -> T:
        """Return the result of a function of the states, recording nothing."""
        result: T = self.writer.ask(Request(ask, by=None, reads=reads))
        return result

    def _submit_all(
        self, requests: Iterable[Request], in_flight: int
    ) -> Iterator[Answer | Rejection]:
        """Submit requests, up to `in_flight` before the first is answered; yield each answer.

        The writer decides them in this order.

        Raises:
            HongkaError: a request could not be decided.

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
        """Catch up with the log if the cached states are old, in one thread for all callers."""
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
        """Return a redemption as made or, where it is contested, as booked.

        Raises:
            RedemptionUnknown: no such redemption is on record, or nothing of it is booked.

        """
        late = self._stored(late_id(redemption_id))
        for stored in (self._answered(redemption_id), late):
            match decode(stored.topic, stored.payload) if stored else None:
                case (Redeemed() as made) | Contested(booked=Redeemed() as made):
                    return made
        raise RedemptionUnknown

    def _answered(self, redemption_id: str) -> Stored | None:
        """Return the fact recorded under the id of a redemption: the redemption or its refusal."""
        return self._stored(f"redeem/{redemption_id}")

    def _stored(self, request_id: str) -> Stored | None:
        if not is_name(request_id):
            return None
        with self.store.reading() as view:
            return view.by_request([request_id]).get(request_id)

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
        """Run a verb that reads and writes one stream.

        The request fingerprint covers `named` and the particulars in the order given, but not
        `args` and the arguments of a `partial`.
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
        answers: type[Event] = Event,
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
    """Return the request id of a late report whose redemption was also requested live."""
    return f"late/{redemption_id}"


def _canonical(asked: Sequence[Any]) -> bytes:
    """Return the requested particulars as canonical bytes for the request fingerprint.

    Raises:
        InputInvalid: the log could not store one of them.

    """
    try:
        return msgspec.json.encode(asked, order="sorted")
    except (TypeError, ValueError, OverflowError) as wrong:
        raise InputInvalid(problem=type(wrong).__name__) from wrong


def _as_stored(events: list[Event]) -> list[Event]:
    """Return the events as the log will load them.

    A value of another type than its field would be recorded and could never be loaded.

    Raises:
        InputInvalid: there is such a value.

    """
    try:
        return [decode(topic_of(event), encode(event)) for event in events]
    except (msgspec.ValidationError, UnicodeEncodeError) as wrong:
        raise InputInvalid(problem=str(wrong)) from wrong


def check_fund(states: StateBatch, rules: Rules) -> None:
    """Check that the fund the rules name was opened.

    Raises:
        FundUnknown: it was not.

    """
    if rules.funding.fund_id is not None:
        funds.check_known(states[funds.stream(rules.funding.fund_id)])


def funds_named(states: StateBatch, rules: Iterable[Rules]) -> dict[str, funds.Fund]:
    """Return the funds that these rules name, by id."""
    named = {one.funding.fund_id for one in rules}
    return {fund_id: states[funds.stream(fund_id)] for fund_id in named if fund_id is not None}
