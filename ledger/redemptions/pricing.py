"""Pricing: each choice in turn takes its part off what is left to pay.

price = merchant share + union share + member share, exact to the minor unit. Pricing reads the
states of cards, members, merchants, offers and funds, and records nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from immutables import Map

from ledger import errors
from ledger import funds as fund
from ledger.benefits import Benefit, terms
from ledger.benefits.terms import Limits, Period, Rules, Tally
from ledger.errors import Refusal
from ledger.event import Event
from ledger.money import portion
from ledger.offers import offer
from ledger.offers.grant import Grant
from ledger.redemptions.events import RedemptionLine
from ledger.redemptions.purchase_context import PurchaseContext

CHOICES_MAX = 16
"""The most offers and grants that one purchase may combine."""

_PERIODS = tuple(Period)
"""The periods of the fields of Limits, in their order."""


class Choice(msgspec.Struct, frozen=True):
    """An offer or a grant that the member may use. `offer` is its state, None for a grant."""

    choice_id: str
    kind: str
    benefit: Benefit
    rules: Rules
    offer: offer.Offer | None = None


def choice_of(held: Grant | offer.Offer) -> Choice:
    """Return an offer or grant as a choice; refuse an offer not open, or a withdrawn grant."""
    if isinstance(held, offer.Offer):
        offer.check_open(held)
        return Choice(held.offer_id, held.kind, _benefit(held), held.rules, held)
    if held.withdrawn:
        raise errors.GrantEnded
    return Choice(held.grant_id, held.kind, _benefit(held), held.rules)


def _benefit(held: Grant | offer.Offer) -> Benefit:
    """Return the benefit; raise OfferUnknown for a kind that only a newer program knows."""
    try:
        return held.benefit
    except errors.TermsInvalid as unknown:
        raise errors.OfferUnknown from unknown


class Option(msgspec.Struct, frozen=True):
    """An offer or a grant with the discount it would give (`line`), or its refusal; one is None."""

    held: Grant | offer.Offer
    line: RedemptionLine | None
    refusal: Refusal | None


def options(
    uses: Map[str, Tally], *, context: PurchaseContext, held: Iterable[Grant | offer.Offer]
) -> list[Option]:
    """Return each offer or grant priced by itself, the largest discount first, the refused last.

    `uses` holds the member's tallies by choice id. A refusal is a result here, and never raised.
    """
    found = [_option(uses, context, one) for one in held]
    return sorted(found, key=lambda one: -(one.line.covered_minor if one.line else -1))


def _option(uses: Map[str, Tally], context: PurchaseContext, held: Grant | offer.Offer) -> Option:
    try:
        line = _line(uses, context, choice_of(held), context.purchase.price_minor, context.funds)
    except Refusal as refusal:
        return Option(held, None, refusal.with_traceback(None))  # keeps no frame alive
    return Option(held, line, None)


def price(
    uses: Map[str, Tally], redemption_id: str, context: PurchaseContext, choices: Sequence[Choice]
) -> tuple[list[RedemptionLine], list[Event]]:
    """Return the lines of the choices, in their order of stacking, and the events they draw.

    The events reserve shares of funds and count towards ceilings. `uses` holds the member's tallies
    by choice id. The first choice that does not apply, or can't be combined, raises its refusal.
    """
    _check_together(choices)
    funds = dict(context.funds)
    left_minor = context.purchase.price_minor
    lines: list[RedemptionLine] = []
    drawn: list[Event] = []
    for choice in sorted(choices, key=lambda c: (c.rules.stacking.order, c.choice_id)):
        line = _line(uses, context, choice, left_minor, funds)
        left_minor -= line.covered_minor
        drawn += draw(line, redemption_id, context.purchase.merchant_id, funds, choice.offer)
        lines.append(line)
    return lines, drawn


def draw(
    line: RedemptionLine,
    redemption_id: str,
    merchant_id: str,
    funds: dict[str, fund.Fund],
    of: offer.Offer | None,
) -> list[Event]:
    """Return the events that reserve a line's union share, and count it to ceilings of its offer.

    A share without a reservation number is held instead.
    In `funds` the fund that pays is replaced by its state afterwards; FundExhausted if it holds too
    little. `of` is the offer of the line, None for a grant.
    """
    drawn: list[Event] = []
    if line.fund_id is not None:
        take: Callable[..., fund.Reserved | fund.Held] = fund.hold if line.is_held else fund.reserve
        reserved = take(
            funds[line.fund_id],
            merchant_id=merchant_id,
            redemption_id=redemption_id,
            amount_minor=line.union_share_minor,
        )
        drawn.append(reserved)
        funds[line.fund_id] = fund.evolve(funds[line.fund_id], reserved)
    if of is not None:
        drawn += offer.give(
            of,
            redemption_id=redemption_id,
            covered_minor=line.covered_minor,
            union_share_minor=line.union_share_minor,
        )
    return drawn


def _check_together(choices: Sequence[Choice]) -> None:
    if len(choices) > CHOICES_MAX:
        raise errors.NotCombinable(most=CHOICES_MAX)
    if len({choice.choice_id for choice in choices}) < len(choices):
        raise errors.ChosenTwice
    if len(choices) > 1:
        for choice in choices:
            if choice.rules.stacking.exclusive:
                raise errors.NotCombinable(choice=choice.choice_id)


def _line(
    uses: Map[str, Tally],
    context: PurchaseContext,
    choice: Choice,
    left_minor: int,
    funds: Mapping[str, fund.Fund],
) -> RedemptionLine:
    rules, purchase = choice.rules, context.purchase
    today = purchase.at.date()
    terms.check_applies(rules, context.member.who, purchase)
    used = uses.get(choice.choice_id, terms.NOTHING_USED)
    _check_limits(rules.limits, used, today)
    if left_minor <= 0:
        raise errors.NothingToTakeOff
    covered_minor = choice.benefit.cover(
        price_minor=purchase.price_minor, left_minor=left_minor, used=used, today=today
    )
    covered_minor = _room(choice, used, covered_minor)
    union_basis_points = rules.funding.union_basis_points
    merchant_share_minor = covered_minor - portion(covered_minor, union_basis_points)
    counted = choice.offer is not None and offer.counts(choice.offer)
    union_share_minor, paying = _from_fund(choice, covered_minor, funds)
    return RedemptionLine(
        choice_id=choice.choice_id,
        kind=choice.kind,
        merchant_share_minor=merchant_share_minor,
        union_share_minor=union_share_minor,
        fund_id=paying.fund_id if paying else None,
        programme=paying.programme if paying else "",
        reservation=paying.reservations + 1 if paying else None,
        counted=counted,
    )


def limits_left(limits: Limits, used: Tally, today: date) -> Iterator[tuple[Period, int, int]]:
    """Yield each limited period, its limit, and the uses left in it (0 or more)."""
    for period, most in zip(_PERIODS, msgspec.structs.astuple(limits), strict=True):
        if most is not None:
            yield period, most, max(0, most - used.used(period, today).count)


def _check_limits(limits: Limits, used: Tally, today: date) -> None:
    for period, most, left in limits_left(limits, used, today):
        if not left:
            raise errors.LimitReached(period=period.value, limit=most)


def _room(choice: Choice, used: Tally, covered_minor: int) -> int:
    """Return the part of `covered_minor` that the ceilings allow, the union's ceiling aside."""
    ceilings = choice.rules.ceilings
    given_minor = choice.offer.given_minor if choice.offer is not None else 0
    room_minor = covered_minor
    for name, most, spent_minor in (
        ("per_purchase", ceilings.per_purchase_minor, 0),
        ("per_member", ceilings.per_member_minor, used.in_term.covered_minor),
        ("per_offer", ceilings.per_offer_minor, given_minor),
    ):
        if most is not None and covered_minor:
            room_minor = min(room_minor, most - spent_minor)
            if room_minor <= 0:
                raise errors.CeilingReached(ceiling=name)
    return room_minor


def _from_fund(
    choice: Choice, covered_minor: int, funds: Mapping[str, fund.Fund]
) -> tuple[int, fund.Fund | None]:
    """Return the union's share, as far as fund and ceiling allow, and the fund that pays it.

    It is 0 and None where no fund is named, or the share comes to nothing.
    """
    funding = choice.rules.funding
    if funding.fund_id is None:
        return 0, None
    source = funds[funding.fund_id]
    fund.check_known(source)
    wanted_minor = portion(covered_minor, funding.union_basis_points)
    if not wanted_minor:
        return 0, None
    if source.available_minor <= 0:
        raise errors.FundExhausted(fund=source.fund_id)
    room_minor = min(wanted_minor, source.available_minor)
    most_minor = choice.rules.ceilings.per_fund_minor
    if most_minor is not None and choice.offer is not None:
        room_minor = min(room_minor, most_minor - choice.offer.given_by_union_minor)
        if room_minor <= 0:
            raise errors.CeilingReached(ceiling="per_fund")
    return room_minor, source
