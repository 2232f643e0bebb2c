"""Redemptions: the benefits that one member used at merchants, and the reversed ones.

The stream is the member's, and so are the limits: a replaced card neither loses nor gains a use.
The verbs read the states of other streams and return events for several of them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger import funds as fund
from ledger.benefits.kinds.stamp_card import StampCard
from ledger.benefits.terms import NOTHING_USED, Tally
from ledger.event import Event, stream_namer
from ledger.offers import offer
from ledger.offers.grant import Grant
from ledger.redemptions.events import ContestDecided, Contested, Redeemed, RedemptionLine, Reversed
from ledger.redemptions.pricing import choice_of, price
from ledger.redemptions.purchase_context import PurchaseContext, check_context
from ledger.redemptions.recent_usage import LATE_MOST, OnDay, Recent, RecentUsage, with_use

CATEGORY = "redemption"
stream = stream_namer(CATEGORY)
KEPT_WHEN_EMPTY = True

CODE_MEMORY = LATE_MOST + timedelta(minutes=10)
"""The least time for which a used session code is remembered: an offline till may report late."""

RedemptionEvent = Redeemed | Contested | ContestDecided | Reversed


class CodeUsed(msgspec.Struct, frozen=True):
    """The first use of a session code, its till (`merchant.till`), and other tills that used it."""

    at: datetime
    till: str
    others: tuple[str, ...] = ()

    def by(self, till: str) -> bool:
        """Return whether this till used the code."""
        return till == self.till or till in self.others


class Redemptions(msgspec.Struct, frozen=True):
    """The usage of one member: tallies by choice id, reversals by redemption id, codes by id.

    `recent` holds recent uses by day and till. `swept` is the day on which codes that are surely
    dead were last forgotten. `contested` holds, by id, redemptions that wait or waited for an
    officer, as they are booked now. Others are not kept; a reversal takes the original event as an
    argument.
    """

    uses: Map[str, Tally] = Map()
    undone: Map[str, Reversed] = Map()
    codes: Map[str, CodeUsed] = Map()
    recent: Map[str, Recent] = Map()
    swept: date = date.min
    contested: Map[str, Redeemed] = Map()


INITIAL = Redemptions()


def evolve(state: Redemptions, event: RedemptionEvent) -> Redemptions:
    """Return the state after one more event."""
    match event:
        case Redeemed():
            return _used(state, event)
        case Contested():
            used = _used(state, event.made)
            waits = any(line.is_held for line in event.made.lines)
            return _contest(used, event.made) if waits else used
        case ContestDecided():
            return _contest(state, event.made)
        case Reversed():
            uses, recent = _counted(state, event.undone, -1)
            undone = state.undone.set(event.undone.redemption_id, event)
            return msgspec.structs.replace(state, uses=uses, undone=undone, recent=recent)
        case _:
            assert_never(event)


def redeem(
    state: Redemptions,
    *,
    redemption_id: str,
    context: PurchaseContext,
    held: Sequence[Grant | offer.Offer],
    code_id: str | None,
    cashier_id: str = "",
) -> list[Event]:
    """Use the benefits `held` on a purchase; an empty `held` records that the card was shown.

    The first rule that refuses raises a Refusal. `code_id` is None for a printed code. The events
    also reserve shares of funds and count to ceilings.
    """
    check_context(context)
    check_code(state, code_id)
    choices = [choice_of(one) for one in held]
    lines, drawn = price(state.uses, redemption_id, context, choices)
    redeemed = made_of(context, redemption_id, lines, code_id=code_id, cashier_id=cashier_id)
    return [redeemed, *drawn]


def made_of(
    context: PurchaseContext,
    redemption_id: str,
    lines: Sequence[RedemptionLine],
    *,
    code_id: str | None,
    cashier_id: str,
) -> Redeemed:
    """Return the redemption event of these lines; the member pays the rest of the price."""
    purchase = context.purchase
    merchant_share_minor = sum(line.merchant_share_minor for line in lines)
    union_share_minor = sum(line.union_share_minor for line in lines)
    member_share_minor = purchase.price_minor - merchant_share_minor - union_share_minor
    assert member_share_minor >= 0, "the shares exceed the price"  # noqa: S101 - our own mistake
    return Redeemed(
        redemption_id=redemption_id,
        member_id=context.member.member_id,
        card_id=context.card.card_id,
        branch=context.member.branch,
        merchant_id=purchase.merchant_id,
        outlet_id=purchase.outlet_id,
        till_id=context.till_id,
        category=purchase.category,
        at=purchase.at.astimezone(UTC),
        day=purchase.at.date(),
        price_minor=purchase.price_minor,
        merchant_share_minor=merchant_share_minor,
        union_share_minor=union_share_minor,
        member_share_minor=member_share_minor,
        lines=tuple(lines),
        code_id=code_id,
        cashier_id=cashier_id,
    )


def check_code(state: Redemptions, code_id: str | None) -> None:
    """Raise CodeAlreadyUsed for a used session code; None, a printed code, always passes."""
    if code_id is not None and code_id in state.codes:
        raise errors.CodeAlreadyUsed


def reverse(
    state: Redemptions,
    *,
    made: Redeemed,
    by_merchant: str | None,
    reason: str,
    at: datetime,
    day: date,
    cashier_id: str = "",
    funds: Mapping[str, fund.Fund],
    offers: Mapping[str, offer.Offer],
) -> list[Event]:
    """Reverse a whole redemption of this member; one already reversed returns no events.

    The events also release fund shares, end what is held for it, and take back ceiling totals.
    `by_merchant` is the id of the merchant who asks, None for an officer. `funds` and `offers` are
    the states it drew on, by id.

    Raises:
        RedemptionUnknown: another merchant made it.
        AlreadyPaid: the merchant was paid the union's share.
        BeingPaid: an open statement covers it.
    """
    if by_merchant is not None and made.merchant_id != by_merchant:
        raise errors.RedemptionUnknown
    if made.redemption_id in state.undone:
        return []
    made = state.contested.get(made.redemption_id, made)
    given_back: list[Event] = []
    for line in made.lines:
        if line.is_held:
            given_back.append(end_hold(made, line))
        elif line.fund_id is not None and line.reservation is not None:
            given_back += fund.release(
                funds[line.fund_id],
                merchant_id=made.merchant_id,
                redemption_id=made.redemption_id,
                amount_minor=line.union_share_minor,
                reservation=line.reservation,
            )
        if line.counted:
            given_back += offer.take_back(
                offers[line.choice_id],
                redemption_id=made.redemption_id,
                covered_minor=line.covered_minor,
                union_share_minor=line.union_share_minor,
            )
    undone = Reversed(undone=made, reason=reason, at=at, day=day, cashier_id=cashier_id)
    return [undone, *given_back]


def end_hold(made: Redeemed, line: RedemptionLine) -> fund.Held:
    """Return the event that frees the union's share of a line that is held."""
    return fund.Held(
        fund_id=line.fund_id or "",
        merchant_id=made.merchant_id,
        redemption_id=made.redemption_id,
        amount_minor=-line.union_share_minor,
    )


def _contest(state: Redemptions, made: Redeemed) -> Redemptions:
    contested = state.contested.set(made.redemption_id, made)
    return msgspec.structs.replace(state, contested=contested)


def _used(state: Redemptions, made: Redeemed) -> Redemptions:
    uses, recent = _counted(state, made, 1)
    swept = max(state.swept, made.day)
    codes = _remembered(state, made)
    return Redemptions(uses, state.undone, codes, recent, swept, state.contested)


def _counted(
    state: Redemptions, redeemed: Redeemed, count: int
) -> tuple[Map[str, Tally], RecentUsage]:
    """Return `uses` and `recent` with a redemption counted (`count` 1) or taken away (-1)."""
    uses, recent = state.uses, state.recent
    if redeemed.late is not None and not redeemed.late.counts:
        return uses, recent
    for line in redeemed.lines:
        covered_minor = count * line.covered_minor
        tally = uses.get(line.choice_id, NOTHING_USED)
        stamping = line.kind == StampCard.KIND
        tally = tally.plus(redeemed.day, count, covered_minor, stamping=stamping)
        uses = uses.set(line.choice_id, tally)
        use = OnDay(redeemed.day, redeemed.at_till, count, covered_minor)
        recent = with_use(recent, line.choice_id, use)
    return uses, recent


def _remembered(state: Redemptions, redeemed: Redeemed) -> Map[str, CodeUsed]:
    """Return the codes with this one; once a day, without those used before CODE_MEMORY."""
    codes = state.codes
    if redeemed.day > state.swept:
        for code_id, first in codes.items():
            if redeemed.at - first.at > CODE_MEMORY:
                codes = codes.delete(code_id)
    if redeemed.code_id is None:
        return codes
    used, till = codes.get(redeemed.code_id), redeemed.at_till
    if used is None:
        return codes.set(redeemed.code_id, CodeUsed(redeemed.at, till))
    if used.by(till):
        return codes
    return codes.set(redeemed.code_id, CodeUsed(used.at, used.till, (*used.others, till)))
