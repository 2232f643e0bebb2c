"""Redemptions at tills: validate a card, redeem, reverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec
from immutables import Map

from ledger import errors, funds
from ledger.benefits.terms import Tally
from ledger.errors import Refusal
from ledger.event import Event
from ledger.money import AMOUNT_MAX
from ledger.offers import offer
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions import pricing, redemption
from ledger.redemptions.events import Redeemed, Reversed
from ledger.redemptions.purchase_context import PurchaseContext, check_context
from ledger.redemptions.refusal import Refused, ValidationsRefused
from ledger.services.base import Rejection, Service, funds_named
from ledger.services.scan import Scan, scanned, tell
from ledger.write.request import Answer, Request, replay, request_fingerprint
from ledger.write.state_batch import AnyStates, StateBatch


class Redemption(msgspec.Struct, frozen=True):
    """A recorded redemption; `undone` is its reversal, None if it stands.

    `replayed` is set if this request had been answered before.
    """

    made: Redeemed
    undone: Reversed | None = None
    replayed: bool = False


JUDGED_MAX = 1_000
"""The most offers and grants that one validation judges."""

JUDGED_LEAST = 20
"""With fewer offers here, others are judged too, so that their refusal is shown."""


class Validation(msgspec.Struct, frozen=True):
    """A purchase, the member's uses by choice id, and at most JUDGED_MAX offers and grants.

    Those to judge are, in this order, the member's grants, the offers that may hold at the outlet,
    and the member's tickets and withdrawn grants; `more` is the number left out. The states never
    change, so `options` may take its time.
    """

    context: PurchaseContext
    uses: Map[str, Tally]
    held: list[Grant | Offer]
    more: int

    @property
    def options(self) -> list[pricing.Option]:
        """Return an option for each choice alone: the best discount first, refused choices last."""
        return pricing.options(self.uses, context=self.context, held=self.held)


class RedemptionService(Service):
    """The verbs of tills on redemptions: validate, redeem, reverse."""

    def redeem(self, redemption_id: str, scan: Scan, *, at: datetime | None = None) -> Redemption:
        """Redeem the chosen offers and grants on a purchase, or raise the refusal.

        Either is recorded, and a repeat gets it again. Without choices, the card is only shown.
        """
        answer: Answer = self.writer.ask(self.redeeming(redemption_id, scan, at=at))
        return self.as_now(redemption_answered(answer))

    def as_now(self, had: Redemption) -> Redemption:
        """Return a redemption; one that answers a repeat, with its reversal since, if any."""
        undone = had.replayed and self.state(had.made.stream).undone.get(had.made.redemption_id)
        return Redemption(had.made, undone or None, had.replayed)

    def redeem_many(
        self, purchases: Iterable[tuple[str, Scan, datetime | None]], *, in_flight: int
    ) -> Iterator[Redemption | Rejection]:
        """Redeem (id, scan, time or None), `in_flight` at once; yield results and refusals."""
        requests = (self.redeeming(one_id, scan, at=at) for one_id, scan, at in purchases)
        for answer in self._submit_all(requests, in_flight):
            try:
                yield answer if isinstance(answer, Rejection) else redemption_answered(answer)
            except Refusal as refusal:
                yield refusal

    def redeeming(self, redemption_id: str, scan: Scan, *, at: datetime | None = None) -> Request:
        """Return the request of `redeem`; the caller submits it."""
        _check_amount(scan.amount_minor)

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            context, grants = scanned(states, scan, now.astimezone(self.zone))
            held = [
                grants.held[one] if grants.hides(one) else states[offer.stream(one)]
                for one in scan.choices
            ]
            context.funds.update(funds_named(states, (one.rules for one in held)))
            return redemption.redeem(
                states[redemption.stream(context.member.member_id)],
                redemption_id=redemption_id,
                context=context,
                held=held,
                code_id=scan.code_id,
                cashier_id=scan.cashier_id,
            )

        return Request(
            decide,
            by=f"till-{scan.till_id}",
            request_id=f"redeem/{redemption_id}",
            asked=scan.asked or msgspec.json.encode(scan),
            reads=scan.reads,
            refused=lambda *refused: self._refused(redemption_id, scan, *refused),
            at=at,
        )

    def answered(self, redemption_id: str, asked: bytes) -> Redemption | None:
        """Return the redemption recorded for an id, or raise the recorded refusal.

        None if nothing is recorded. `asked` is the canonical request; if the recorded one differs,
        RequestReused is raised. So a till can repeat a request when its code has expired.
        """
        stored = self._stored(request_id := f"redeem/{redemption_id}")
        if stored is None:
            return None
        repeat = replay(stored, request_fingerprint(request_id, asked))
        return self.as_now(redemption_answered(repeat))

    def validation(self, scan: Scan) -> Validation:
        """Return the states that decide on every choice; refuse an unusable card, code or till.

        They are FRESH_SECONDS old at most: a redemption decides on those of its own moment.
        """
        return self.look(self._validate(scan), scan.reads)

    def known_validation(self, scan: Scan) -> Validation | None:
        """Return what `validation` would, without waiting.

        None if the cached states are missing or too old.
        """
        return self.look_in_cache(self._validate(scan))

    def validating(self, scan: Scan) -> Request:
        """Return a request with a Validation as its result; the caller submits it."""
        return Request(self._validate(scan), by=None, reads=scan.reads)

    def _validate(self, scan: Scan) -> Callable[[AnyStates, datetime], Validation]:
        _check_amount(scan.amount_minor)

        def ask(states: AnyStates, now: datetime) -> Validation:
            at = now.astimezone(self.zone)
            context, grants = scanned(states, scan, at)
            check_context(context)
            used = states[redemption.stream(context.member.member_id)]
            redemption.check_code(used, scan.code_id)
            category = context.purchase.category
            offers = self.offer_index.at(
                states,
                at.date(),
                merchant_id=scan.merchant_id,
                outlet_id=scan.outlet_id,
                categories=(category,) if category else context.merchant.categories,
                least=JUDGED_LEAST,
            )
            held = grants.with_offers(offers)[:JUDGED_MAX]
            context.funds.update(funds_named(states, (one.rules for one in held)))
            hidden = sum(one in self.offer_index for one in grants.held)
            more = len(self.offer_index) - hidden + len(grants.held) - len(held)
            return Validation(context, used.uses, held, more)

        return ask

    def count_refused(
        self,
        merchant_id: str,
        outlet_id: str,
        till_id: str,
        *,
        at: datetime,
        counts: dict[str, int],
        request_id: str | None = None,
    ) -> None:
        """Record, for statistics, a till's refused validations in the minute at `at`, by reason.

        A space and a stream after a reason say that the till heard that its card is not valid.
        """
        reasons, shown = Counter[str](), list[str]()
        for told, count in counts.items():
            reasons[told.partition(" ")[0]] += count
            shown += told.split(" ")[1:]
        event = ValidationsRefused(
            merchant_id=merchant_id,
            outlet_id=outlet_id,
            till_id=till_id,
            at=at,
            day=self.day(at),
            counts=dict(reasons),
        )
        self._count(event, request_id, lambda states, now: tell(states, event, shown, now))

    def reverse(
        self,
        redemption_id: str,
        *,
        merchant_id: str | None,
        reason: str,
        by: str,
        cashier_id: str = "",
    ) -> Redemption:
        """Reverse a whole redemption; if it is reversed already, return it with `replayed` set.

        `merchant_id` is the merchant that asks; None if an officer asks. `by` is the actor
        (`till-…`, `officer-…`). Another merchant's redemption, and one that was paid or is on an
        open statement, is refused.
        """
        made = self._made(redemption_id)
        before: list[Reversed | None] = []

        def decide(states: StateBatch, now: datetime) -> list[Event]:
            state = states[made.stream]
            before.append(state.undone.get(redemption_id))
            counted = (line.choice_id for line in made.lines if line.counted)
            funded = (line.fund_id for line in made.lines if line.fund_id)
            return redemption.reverse(
                state,
                made=made,
                by_merchant=merchant_id,
                reason=reason,
                at=now,
                day=self.day(now),
                cashier_id=cashier_id,
                funds={fund_id: states[funds.stream(fund_id)] for fund_id in funded},
                offers={choice_id: states[offer.stream(choice_id)] for choice_id in counted},
            )

        answer: Answer = self.writer.ask(Request(decide, by=by, reads=[made.stream]))
        if isinstance(answer.event, Reversed):
            return Redemption(made, answer.event)
        return Redemption(made, before[0], replayed=True)

    def find(self, redemption_id: str) -> Redemption:
        """Return a recorded redemption, with its reversal if any; or raise RedemptionUnknown."""
        made = self._made(redemption_id)
        return Redemption(made, self.state(made.stream).undone.get(redemption_id))

    def _refused(
        self, redemption_id: str, scan: Scan, refusal: Refusal, states: StateBatch, now: datetime
    ) -> list[Event]:
        refused = Refused(
            redemption_id=redemption_id,
            merchant_id=scan.merchant_id,
            outlet_id=scan.outlet_id,
            till_id=scan.till_id,
            card_id=scan.card_id,
            choices=tuple(scan.choices),
            category=scan.category,
            price_minor=scan.amount_minor,
            at=now,
            day=self.day(now),
            reason=refusal.reason,
            particulars=refusal.particulars,
        )
        is_dead = isinstance(refusal, errors.NOT_THEIR_CARD)
        return [refused, *tell(states, refused, [scan.shown] if is_dead else [], now)]


def _check_amount(amount_minor: int) -> None:
    if type(amount_minor) is not int or not 1 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")


def redemption_answered(answer: Answer) -> Redemption:
    """Return the redemption in a writer's answer; raise the refusal in it, or RequestReused."""
    match answer.event:
        case Redeemed():
            return Redemption(answer.event, replayed=answer.replayed)
        case Refused():
            refusal = answer.event.refusal
            refusal.replayed = answer.replayed
            raise refusal
        case _:
            raise errors.RequestReused
