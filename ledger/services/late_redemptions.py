"""What a till asks once it is online again: take what it redeemed offline, and count it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger import errors
from ledger.benefits.terms import Purchase
from ledger.event import Event, decode
from ledger.members.card import Card
from ledger.merchants import merchant, till_sequence
from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import Count, Numbered, Since, stream_of
from ledger.money import AMOUNT_MAX
from ledger.offers.offer import Offer
from ledger.offline import decision
from ledger.offline.booking import card_unknown
from ledger.offline.judgement import KnownStates, agrees, card_known
from ledger.offline.report import OfflineReport
from ledger.redemptions.pricing import CHOICES_MAX, Scene
from ledger.redemptions.recent_usage import tallies
from ledger.redemptions.redemption import Contested, Redeemed, Redemptions
from ledger.redemptions.refusal import Refused
from ledger.services.base import Service, funds_named, late_id
from ledger.store import at_text
from ledger.write.request import Answer, Request
from ledger.write.state_cache import Turning
from ledger.write.streams import CATEGORIES, category_of

NUMBER_MAX = 2**31 - 1
"""The highest number a till may count to."""


class LateRedemption(msgspec.Struct, frozen=True):
    """What became of a late redemption: redeemed or contested; whether this is an answer again."""

    event: Redeemed | Contested
    replayed: bool = False


class LateRedemptionService(Service):
    """The verbs of tills that were offline, over the writer and the log."""

    def redeem_late(self, said: OfflineReport, *, at: datetime | None = None) -> LateRedemption:
        """Take what a till redeemed offline; the same again is answered again.

        What had reached us live, before the line dropped, is answered as that. What was refused
        live, without the till hearing of it, is decided anew.

        Raises:
            NumberReused: another redemption has the till's number.
            NumberTooFar: too many would be missing before it.
            InputInvalid: amounts that cannot be, or a choice twice.
            RequestReused: the id was used for something else.
            Denied: the till may not scan.
            Busy: not now; asking again is safe.

        """
        _check(said)
        try:
            return self._redeem_late(said, at)
        except errors.RequestReused:
            # It may have come in live since we looked.
            return self._redeem_late(said, at)

    def till_count(self, merchant_id: str, till_id: str) -> Count:
        """The count of a till."""
        count: Count = self.state(stream_of(merchant_id, till_id))
        return count

    def count_till(
        self, merchant_id: str, *, till_id: str, series: int, highest: int, by: str
    ) -> Count:
        """Note up to which number a till has counted; the count as it is then.

        Raises:
            NumberTooFar: too many would be missing.
            InputInvalid: it is no number.

        """
        if type(highest) is not int or not 0 <= highest <= NUMBER_MAX:
            raise errors.InputInvalid(field="highest")
        stream = stream_of(merchant_id, till_id)

        def decide(states: Turning, now: datetime) -> list[Event]:
            merchant.live_till(states[f"merchant-{merchant_id}"], till_id)
            return till_sequence.count(
                states[stream],
                merchant_id=merchant_id,
                till_id=till_id,
                series=series,
                highest=highest,
                at=now,
            )

        self.writer.ask(Request(decide, by=by, reads=[f"merchant-{merchant_id}", stream]))
        return self.till_count(merchant_id, till_id)

    def _redeem_late(self, said: OfflineReport, at: datetime | None) -> LateRedemption:
        stored = self._answered(said.redemption_id)
        event = decode(stored.topic, stored.payload) if stored else None
        live = event if isinstance(event, Redeemed) and event.late is None else None
        if live is not None and not _is_same(live, said):
            raise errors.RequestReused
        ours = live is None and not isinstance(event, Refused)
        answer: Answer = self.writer.ask(
            Request(
                lambda states, now: self._taken(states, said, now, live),
                by=f"till-{said.till_id}",
                request_id=f"redeem/{said.redemption_id}" if ours else late_id(said.redemption_id),
                asked=said.asked or msgspec.json.encode(said),
                reads=_reads(said),
                answers=(Redeemed, Contested),
                at=at,
            )
        )
        if live is not None:
            return LateRedemption(live, replayed=True)
        if not isinstance(answer.event, Redeemed | Contested):
            raise errors.RequestReused
        return LateRedemption(answer.event, answer.replayed)

    def _taken(
        self, states: Turning, said: OfflineReport, now: datetime, live: Redeemed | None
    ) -> list[Event]:
        """The facts: what it stands as, unless it is known, and the till's number."""
        at_till = merchant.live_till(states[f"merchant-{said.merchant_id}"], said.till_id)
        count: Count = states[stream_of(said.merchant_id, said.till_id)]
        highest, missing = till_sequence.take_number(count, series=said.series, number=said.number)
        since = till_sequence.since(count, said.synced_at, said.given_minor)
        events = [] if live else self._decided(states, said, now, since, at_till.limits)
        outcome = "known" if live else _OUTCOMES[type(events[0])]
        numbered = Numbered(
            merchant_id=said.merchant_id,
            till_id=said.till_id,
            series=said.series,
            highest=highest,
            missing=missing,
            at=now,
            number=said.number,
            redemption_id=said.redemption_id,
            outcome=outcome,
            synced_at=max(said.synced_at, count.synced_at or said.synced_at),
            redemptions=since.redemptions,
            given_minor=since.given_minor,
            scanned_at=min(said.scanned_at, now),
        )
        return [*events, numbered]

    def _decided(
        self, states: Turning, said: OfflineReport, now: datetime, since: Since, limits: FloorLimits
    ) -> list[Event]:
        at = now if decision.is_untimely(said, now) else said.scanned_at
        card_id = said.card_id
        if said.code_hash is not None:
            card_id = states[f"code-{said.code_hash}"].card_id
        if said.not_verified:
            no = errors.CodeNotVerified(problem=said.not_verified)
            return card_unknown(said, no, at=at.astimezone(self.zone), arrived_at=now)
        card_then = _as_of(states, f"card-{card_id}", at)
        if not card_then.card_id:
            no_card = errors.CardUnknown()
            return card_unknown(said, no_card, at=at.astimezone(self.zone), arrived_at=now)
        offers = tuple(states[f"offer-{one.choice_id}"] for one in said.given)
        then = self._known(states, said, at, card_then, offers)
        before = then
        if not agrees(said, then):
            then, before = self._then_and_before(states, said, at, card_then, offers)
        return decision.decide(
            decision.Case(
                report=said, then=then, before=before, since=since, limits=limits, arrived_at=now
            )
        )

    def _then_and_before(
        self,
        states: Turning,
        said: OfflineReport,
        at: datetime,
        card_then: Card,
        offers: tuple[Offer, ...],
    ) -> tuple[KnownStates, KnownStates]:
        """What there was to know at the scan, and what of that the till knew as of its sync.

        Of an offer the till knows no ceiling's rest; of what was used, what it did itself.
        """
        where: merchant.Merchant = states[f"merchant-{said.merchant_id}"]
        where_then, where_before = (
            msgspec.structs.replace(
                where, suspended=_as_of(states, f"merchant-{said.merchant_id}", moment).suspended
            )
            for moment in (at, said.synced_at)
        )
        offers_then, offers_before = (
            tuple(_as_of(states, f"offer-{one.choice_id}", moment) for one in said.given)
            for moment in (at, said.synced_at)
        )
        counted = tuple(
            msgspec.structs.replace(
                one,
                given_minor=now.given_minor,
                given_by_union_minor=now.given_by_union_minor,
            )
            for one, now in zip(offers_then, offers, strict=True)
        )
        then = self._known(states, said, at, card_then, counted, where=where_then)
        synced = _as_of(states, f"card-{card_then.card_id}", said.synced_at)
        before = self._known(
            states,
            said,
            at,
            card_known(card_then, synced, said),
            offers_before,
            where=where_before,
            at_till=f"{said.merchant_id}.{said.till_id}",
        )
        then.scene.funds.update(before.scene.funds)
        return then, before

    def _known(
        self,
        states: Turning,
        said: OfflineReport,
        at: datetime,
        held_card: Card,
        offers: tuple[Offer, ...],
        *,
        where: merchant.Merchant | None = None,
        at_till: str | None = None,
    ) -> KnownStates:
        where = where or states[f"merchant-{said.merchant_id}"]
        category = said.category
        if category is None and len(where.categories) == 1:
            category = where.categories[0]
        moment = at.astimezone(self.zone)
        used: Redemptions = states[f"redemption-{held_card.member_id}"]
        choices = [one.choice_id for one in said.given]
        scene = Scene(
            card=held_card,
            member=states[f"member-{held_card.member_id}"],
            merchant=where,
            till_id=said.till_id,
            purchase=Purchase(
                merchant_id=said.merchant_id,
                outlet_id=said.outlet_id,
                category=category,
                price_minor=said.amount_minor,
                at=moment,
            ),
            funds=funds_named(states, (one.rules for one in offers)),
        )
        codes = used.codes
        for code_id, code in codes.items():
            if at_till is not None and not code.by(at_till):
                codes = codes.delete(code_id)
        uses = tallies(used.uses, used.lately, choices, day=moment.date(), till=at_till)
        return KnownStates(scene, offers, Redemptions(uses=uses, codes=codes))


_OUTCOMES: dict[type[Event], str] = {Redeemed: "accepted", Contested: "contested"}


def _check(said: OfflineReport) -> None:
    choices = {one.choice_id for one in said.given}
    amounts = [x for one in said.given for x in (one.merchant_share_minor, one.union_share_minor)]
    if not 1 <= said.amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    if len(choices) < len(said.given) or len(choices) > CHOICES_MAX:
        raise errors.InputInvalid(field="given")
    if min([0, *amounts]) < 0 or sum(amounts) > said.amount_minor:
        raise errors.InputInvalid(field="given")
    if not 1 <= said.number <= NUMBER_MAX:
        raise errors.InputInvalid(field="number")


def _is_same(live: Redeemed, said: OfflineReport) -> bool:
    """Whether a redemption that reached us live is the one the till did offline."""
    return (
        (live.merchant_id, live.till_id) == (said.merchant_id, said.till_id)
        and live.price_minor == said.amount_minor
        and {one.choice_id for one in live.lines} == {one.choice_id for one in said.given}
        and said.card_id in {"", live.card_id}
    )


def _reads(said: OfflineReport) -> Sequence[str]:
    """The streams that are surely read."""
    return [
        f"code-{said.code_hash}" if said.code_hash else f"card-{said.card_id}",
        f"merchant-{said.merchant_id}",
        stream_of(said.merchant_id, said.till_id),
        *(f"offer-{one.choice_id}" for one in said.given),
    ]


def _as_of(states: Turning, stream: str, at: datetime) -> Any:
    """The state of a stream as it stood at a time; of an offer without what it gave."""
    category = CATEGORIES[category_of(stream)]
    state, until = category.initial, at_text(at)
    for stored in states.facts(stream):
        if stored.at > until:
            break
        if stored.topic != "offer.given":
            state = category.evolve(state, decode(stored.topic, stored.payload))
    return state
