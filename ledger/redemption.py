"""Redemptions: the benefits one member used at merchants, and those that were undone.

The stream is the member's, and so are the limits: a replaced card neither loses nor gains a use.
The verbs read the states of other streams and return facts for several of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors, fund, offer
from ledger.event import Event, topic
from ledger.grant import Grant
from ledger.split import Line, Scene, check_scene, choice_of, split
from ledger.terms import NOTHING_USED, Tally

CATEGORY = "redemption"

CODE_MEMORY = timedelta(minutes=10)
"""How long a used session code is remembered: well past the end of its life."""


@topic("redemption.made")
class Redeemed(Event, frozen=True, kw_only=True):
    """Benefits were used on a purchase. `at` is the scan; `day`, its day in the rules' zone."""

    redemption_id: str
    member_id: str
    card_id: str
    branch: str
    merchant_id: str
    outlet_id: str
    till_id: str
    category: str | None
    at: datetime
    day: date
    price_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    lines: tuple[Line, ...]
    code_id: str | None = None

    @property
    def stream(self) -> str:
        """The member's."""
        return f"{CATEGORY}-{self.member_id}"


@topic("redemption.reversed")
class Reversed(Event, frozen=True, kw_only=True):
    """A redemption was undone, whole; `undone` is what it was."""

    undone: Redeemed
    reason: str
    at: datetime
    day: date

    @property
    def stream(self) -> str:
        """The member's."""
        return self.undone.stream


RedemptionEvent = Redeemed | Reversed


class Redemptions(msgspec.Struct, frozen=True):
    """What one member used: a tally by choice, what was undone by id, session codes lately used.

    It does not hold the redemptions: who undoes one brings its fact from the log.
    """

    uses: Map[str, Tally] = Map()
    undone: Map[str, Reversed] = Map()
    codes: Map[str, datetime] = Map()


INITIAL = Redemptions()


def evolve(state: Redemptions, event: RedemptionEvent) -> Redemptions:
    """The redemptions after one more event."""
    match event:
        case Redeemed():
            return Redemptions(
                _counted(state.uses, event, 1), state.undone, _remembered(state.codes, event)
            )
        case Reversed():
            return Redemptions(
                _counted(state.uses, event.undone, -1),
                state.undone.set(event.undone.redemption_id, event),
                state.codes,
            )
        case _:
            assert_never(event)


def redeem(
    state: Redemptions,
    *,
    redemption_id: str,
    scene: Scene,
    held: Sequence[Grant | offer.Offer],
    code_id: str | None,
) -> list[Event]:
    """Use the chosen benefits on a purchase. No choice at all records that the card was shown.

    Raises:
        Refusal: the first rule that says no.
        Denied: the till may not scan.

    """
    check_scene(scene)
    check_code(state, code_id)
    choices = [choice_of(one) for one in held]
    lines, drawn = split(state.uses, redemption_id, scene, choices)
    purchase = scene.purchase
    merchant_share_minor = sum(line.merchant_share_minor for line in lines)
    union_share_minor = sum(line.union_share_minor for line in lines)
    member_share_minor = purchase.price_minor - merchant_share_minor - union_share_minor
    assert member_share_minor >= 0, "the shares exceed the price"  # noqa: S101 - our own mistake
    redeemed = Redeemed(
        redemption_id=redemption_id,
        member_id=scene.member.member_id,
        card_id=scene.card.card_id,
        branch=scene.member.branch,
        merchant_id=purchase.merchant_id,
        outlet_id=purchase.outlet_id,
        till_id=scene.till_id,
        category=purchase.category,
        at=purchase.at.astimezone(UTC),
        day=purchase.at.date(),
        price_minor=purchase.price_minor,
        merchant_share_minor=merchant_share_minor,
        union_share_minor=union_share_minor,
        member_share_minor=member_share_minor,
        lines=tuple(lines),
        code_id=code_id,
    )
    return [redeemed, *drawn]


def check_code(state: Redemptions, code_id: str | None) -> None:
    """Check that a session code was not used yet; a printed code has no id and is used for ever.

    Raises:
        CodeAlreadyUsed: it was.

    """
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
    funds: Mapping[str, fund.Fund],
    offers: Mapping[str, offer.Offer],
) -> list[Event]:
    """Undo a redemption of this member, whole. `by_merchant` is None for an officer.

    Raises:
        RedemptionNotYours: another merchant made it.
        AlreadyPaid: the merchant has the union's share.
        BeingPaid: it is on an open statement.

    """
    if by_merchant is not None and made.merchant_id != by_merchant:
        raise errors.RedemptionNotYours
    if made.redemption_id in state.undone:
        return []
    given_back: list[Event] = []
    for line in made.lines:
        if line.fund_id is not None and line.reservation is not None:
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
    return [Reversed(undone=made, reason=reason, at=at, day=day), *given_back]


def _counted(uses: Map[str, Tally], redeemed: Redeemed, count: int) -> Map[str, Tally]:
    for line in redeemed.lines:
        tally = uses.get(line.choice_id, NOTHING_USED)
        tally = tally.plus(redeemed.day, count, count * line.covered_minor)
        uses = uses.set(line.choice_id, tally)
    return uses


def _remembered(codes: Map[str, datetime], redeemed: Redeemed) -> Map[str, datetime]:
    for code_id, at in codes.items():
        if redeemed.at - at > CODE_MEMORY:
            codes = codes.delete(code_id)
    if redeemed.code_id is None:
        return codes
    return codes.set(redeemed.code_id, redeemed.at)
