"""Late redemptions: record redemptions a till made offline, and count their serial numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ledger import errors
from ledger.event import Event
from ledger.members import card, printed_code
from ledger.members.printed_code import PrintedCode
from ledger.merchants import merchant, till_sequence
from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import Count, LastDay, Numbered
from ledger.money import AMOUNT_MAX
from ledger.offers import offer
from ledger.offline import decision
from ledger.offline.booking import card_unknown
from ledger.offline.judgement import agrees, card_ended
from ledger.offline.liability import UNCOUNTED
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import Contested, Redeemed
from ledger.redemptions.pricing import CHOICES_MAX
from ledger.redemptions.refusal import Refused
from ledger.services.base import Context, Service, late_id
from ledger.services.report_states import ReportStates
from ledger.write.past_states import Past, PastStates
from ledger.write.request import Answer, Request
from ledger.write.state_batch import StateBatch

NUMBER_MAX = 2**31 - 1
"""The highest serial number of an offline redemption that a till may use."""


class LateRedemption(msgspec.Struct, frozen=True):
    """The outcome of one offline report: Redeemed, or Contested if a rule was broken.

    `replayed` is set if the redemption was already on record.
    """

    event: Redeemed | Contested
    replayed: bool = False


class LateRedemptionService(Service):
    """The verbs of tills that report what they redeemed offline."""

    def __init__(self, context: Context) -> None:
        """Start with an empty cache of the past states that reports are decided on."""
        super().__init__(context)
        self._past = PastStates(context.store, without="offer.given")

    def redeem_late(self, report: OfflineReport, *, at: datetime | None = None) -> LateRedemption:
        """Record an offline redemption as redeemed or contested; a repeat gets the first outcome.

        A redemption that was also made online is returned as recorded. One that was refused online,
        if the till never heard of the refusal, is decided anew. NumberReused and NumberTooFar
        refuse its serial number. `at` replaces the time of arrival; None means now.
        """
        _check(report)
        try:
            return self._redeem_late(report, at)
        except errors.RequestReused:
            # It may have arrived live in the meantime.
            return self._redeem_late(report, at)

    def till_count(self, merchant_id: str, till_id: str) -> Count:
        """Return the state of a till's serial numbers; the initial one if it never reported."""
        count: Count = self.state(till_sequence.stream(merchant_id, till_id))
        return count

    def count_till(
        self, merchant_id: str, *, till_id: str, series: int, highest: int, by: str
    ) -> Count:
        """Count the numbers up to `highest` as used; those without a report become missing.

        `series` is that of the till's key. A `highest` not above the known one changes nothing.
        Return the state afterwards; NumberTooFar if too many would be missing.
        """
        if type(highest) is not int or not 0 <= highest <= NUMBER_MAX:
            raise errors.InputInvalid(field="highest")
        stream = till_sequence.stream(merchant_id, till_id)

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            merchant.live_till(states[merchant.stream(merchant_id)], till_id)
            return till_sequence.count(
                states[stream],
                merchant_id=merchant_id,
                till_id=till_id,
                series=series,
                highest=highest,
                at=now,
            )

        self.writer.ask(Request(decide, by=by, reads=[merchant.stream(merchant_id), stream]))
        return self.till_count(merchant_id, till_id)

    def _redeem_late(self, report: OfflineReport, at: datetime | None) -> LateRedemption:
        event = self._recorded(f"redeem/{report.redemption_id}")
        live = event if isinstance(event, Redeemed) and event.late is None else None
        if live is not None and not _is_same(live, report):
            raise errors.RequestReused
        ours = live is None and not isinstance(event, Refused)
        # The past is read before the request waits: the writer folds no stream from its first fact.
        past = self._past.read([] if live else self._past_streams(report))
        answer: Answer = self.writer.ask(
            Request(
                lambda states, now: self._taken(states, past, report, now, live),
                by=f"till-{report.till_id}",
                request_id=f"redeem/{report.redemption_id}"
                if ours
                else late_id(report.redemption_id),
                asked=report.asked or msgspec.json.encode(report),
                reads=_reads(report),
                answers=(Redeemed, Contested),
                at=at,
            )
        )
        if live is not None:
            return LateRedemption(live, replayed=True)
        if not isinstance(answer.event, Redeemed | Contested):
            raise errors.RequestReused
        return LateRedemption(answer.event, answer.replayed)

    def _past_streams(self, report: OfflineReport) -> list[str]:
        """Return the streams whose past states the decision needs: card, merchant, offers."""
        card_id = report.card_id
        if report.code_hash is not None:
            stream = printed_code.stream(report.code_hash)
            code: PrintedCode = self.writer.states.peek(stream) or self.state(stream)
            card_id = code.card_id
        streams = [card.stream(card_id), merchant.stream(report.merchant_id)]
        return [*streams, *(offer.stream(one.choice_id) for one in report.given)]

    def _taken(
        self,
        states: StateBatch,
        past: Past,
        report: OfflineReport,
        now: datetime,
        live: Redeemed | None,
    ) -> list[Event]:
        """Return a report's events: the redemption, unless it was `live`, and the till's number."""
        at_till = merchant.live_till(states[merchant.stream(report.merchant_id)], report.till_id)
        count: Count = states[till_sequence.stream(report.merchant_id, report.till_id)]
        highest, missing = till_sequence.take_number(
            count, series=report.series, number=report.number
        )
        day = till_sequence.last_day(count, now, report.given_minor)
        events = [] if live else self._decided(states, past, report, now, day, at_till.limits)
        outcome = "known" if live else _OUTCOMES[type(events[0])]
        because = events[0].because if events and isinstance(events[0], Contested) else ""
        numbered = Numbered(
            merchant_id=report.merchant_id,
            till_id=report.till_id,
            series=report.series,
            highest=highest,
            missing=missing,
            at=now,
            number=report.number,
            redemption_id=report.redemption_id,
            outcome=outcome,
            synced_at=report.synced_at,
            redemptions=day.redemptions,
            given_minor=day.given_minor,
            scanned_at=min(report.scanned_at, now),
            counted_minor=None if live or because in UNCOUNTED else report.given_minor,
        )
        return [*events, numbered]

    def _decided(
        self,
        states: StateBatch,
        past: Past,
        report: OfflineReport,
        now: datetime,
        day: LastDay,
        limits: FloorLimits,
    ) -> list[Event]:
        at = now if decision.is_untimely(report, now) else report.scanned_at
        judged = ReportStates(states, past, report, at.astimezone(self.zone))
        if report.not_verified:
            no = errors.CodeNotVerified(problem=report.not_verified)
            return card_unknown(report, no, at=judged.at, arrived_at=now)
        card_id = report.card_id
        if report.code_hash is not None:
            card_id = states[printed_code.stream(report.code_hash)].card_id
        held = judged.card(card_id, at)
        if not held.card_id:
            return card_unknown(report, errors.CardUnknown(), at=judged.at, arrived_at=now)
        then = before = judged.now(held)
        ended = card_ended(report, judged.card_now(held), now.astimezone(self.zone).date())
        if ended is not None or not agrees(report, then):
            then, before = judged.then_and_before(held, now)
        case = decision.Case(
            report=report,
            then=then,
            before=before,
            last_day=day,
            limits=limits,
            arrived_at=now,
            ended=ended,
        )
        return decision.decide(case)


_OUTCOMES: dict[type[Event], str] = {Redeemed: "accepted", Contested: "contested"}


def _check(report: OfflineReport) -> None:
    choices = {one.choice_id for one in report.given}
    amounts = [x for one in report.given for x in (one.merchant_share_minor, one.union_share_minor)]
    if not 1 <= report.amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    if len(choices) < len(report.given) or len(choices) > CHOICES_MAX:
        raise errors.InputInvalid(field="given")
    if min([0, *amounts]) < 0 or sum(amounts) > report.amount_minor:
        raise errors.InputInvalid(field="given")
    if not 1 <= report.number <= NUMBER_MAX:
        raise errors.InputInvalid(field="number")


def _is_same(live: Redeemed, report: OfflineReport) -> bool:
    """Return whether an online redemption has the till, price, choices and card of the report."""
    return (
        (live.merchant_id, live.till_id) == (report.merchant_id, report.till_id)
        and live.price_minor == report.amount_minor
        and {one.choice_id for one in live.lines} == {one.choice_id for one in report.given}
        and report.card_id in {"", live.card_id}
    )


def _reads(report: OfflineReport) -> Sequence[str]:
    return [
        printed_code.stream(report.code_hash) if report.code_hash else card.stream(report.card_id),
        merchant.stream(report.merchant_id),
        till_sequence.stream(report.merchant_id, report.till_id),
        *(offer.stream(one.choice_id) for one in report.given),
    ]
