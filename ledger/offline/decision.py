"""What a till gave while it was offline, decided when it arrives.

The rules are asked as things stood at the scan: a card blocked since was good then. Where they give
what the till gave, it is a redemption like any other. Where they do not, it is recorded as
contested, and the table of `ledger.offline.liability` says who bears the loss.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ledger import errors
from ledger.errors import Refusal
from ledger.event import Event
from ledger.members import card
from ledger.members.device import check_device
from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import APART, Since
from ledger.offers import offer
from ledger.offline.late_redemption import Late
from ledger.offline.liability import Because, booked, contested, made
from ledger.redemptions.pricing import Scene, check_scene, choice_of, split
from ledger.redemptions.recent_usage import LATE_MOST
from ledger.redemptions.redemption import Redemptions, check_code

_UNTIMELY = {Because.OVERDUE, Because.CLOCK_WRONG}
_NOT_THEIR_CARD = (
    *(errors.CardBlocked, errors.CardReplaced, errors.CardExpired, errors.CardClosed),
    *(errors.CodeSuperseded, errors.DeviceRevoked),
)


class Known(msgspec.Struct, frozen=True):
    """The states somebody could decide by: the scene, the offers chosen, what was used."""

    scene: Scene
    held: tuple[offer.Offer, ...]
    used: Redemptions


def untimely(late: Late, arrived_at: datetime) -> Because | None:
    """Whether nobody can say any more, or yet, when it was."""
    if arrived_at - late.scanned_at > LATE_MOST:
        return Because.OVERDUE
    if late.scanned_at > arrived_at + APART or late.scanned_at < late.synced_at - APART:
        return Because.CLOCK_WRONG
    return None


def agrees(late: Late, known: Known) -> bool:
    """Whether the rules give what the till gave, whatever the funds hold."""
    return _judged(late, known)[0] is None


def take(
    late: Late,
    *,
    then: Known,
    before: Known,
    since: Since,
    limits: FloorLimits,
    arrived_at: datetime,
) -> list[Event]:
    """Record what the till gave: redeemed, or contested.

    `then` is as of the scan; `before`, what the till knew as of its last sync; `since`, what it
    gave since, with this one.
    """
    because = untimely(late, arrived_at)
    refusal, stands = (None, {}) if because else _judged(late, then)
    because = because or _over(late, since, limits)
    if because is None and refusal is None:
        try:
            lines, drawn = booked(late, then.scene, then.held, stands)
        except errors.FundExhausted as short:
            because, refusal = Because.FUND_SHORT, short
        else:
            return [made(late, then.scene, lines, arrived_at), *drawn]
    if because is None:
        could_know = not agrees(late, before)
        because = Because.COULD_HAVE_KNOWN if could_know else Because.WITHIN_LIMITS
    held = then.held
    if because is Because.WITHIN_LIMITS:
        held, stands = before.held, _promised(late)
    elif not (because is Because.COULD_HAVE_KNOWN and isinstance(refusal, errors.AmountsDiffer)):
        stands = {}
    try:
        lines, drawn = booked(late, then.scene, held, stands)
    except errors.FundExhausted:
        because = Because.FUND_SHORT
        lines, drawn = booked(late, then.scene, held, {})
    counts = because not in _UNTIMELY and not isinstance(refusal, _NOT_THEIR_CARD)
    redeemed = made(late, then.scene, lines, arrived_at, counts=counts)
    return [contested(late, redeemed, refusal or _reason(because, limits), because), *drawn]


def card_known(then: card.Card, synced: card.Card, late: Late) -> card.Card:
    """The card as the till could know it: as of its last sync, unless what it saw is newer.

    Of plastic a till sees a number and knows no card: it is good as far as the till can tell.
    """
    good = card.Status.LIVE
    if late.code_hash is not None:
        return msgspec.structs.replace(then, status=good, last_day=None, code_hash=late.code_hash)
    if not synced.card_id:
        return msgspec.structs.replace(then, status=good)
    newer = then.device is not None and then.device.device_id == late.device
    return msgspec.structs.replace(synced, device=then.device if newer else synced.device)


def _judged(late: Late, known: Known) -> tuple[Refusal | None, dict[str, int]]:
    """Why the rules do not give what the till gave; the union's shares that stand by them.

    Asked of funds that hold enough: whether they do is another question.
    """
    scene = known.scene
    ample = {
        name: msgspec.structs.replace(one, available_minor=late.amount_minor)
        for name, one in scene.funds.items()
    }
    try:
        check_scene(scene)
        if late.code_hash is not None and scene.card.code_hash != late.code_hash:
            raise errors.CodeSuperseded
        check_device(scene.card, late.device)
        check_code(known.used, late.code_id)
        choices = [choice_of(one) for one in known.held]
        plenty = msgspec.structs.replace(scene, funds=ample)
        lines, _ = split(known.used.uses, late.redemption_id, plenty, choices)
    except Refusal as refusal:
        return refusal, {}
    ruled = {one.choice_id: (one.merchant_share_minor, one.union_share_minor) for one in lines}
    given = {one.choice_id: (one.merchant_share_minor, one.union_share_minor) for one in late.given}
    if ruled == given:
        return None, _promised(late)
    taken_off_minor = sum(map(sum, ruled.values()))
    differ = errors.AmountsDiffer(by_the_rules_minor=taken_off_minor, given_minor=late.given_minor)
    return differ, {name: min(union, ruled[name][1]) for name, (_, union) in given.items()}


def _promised(late: Late) -> dict[str, int]:
    return {one.choice_id: one.union_share_minor for one in late.given}


def _over(late: Late, since: Since, limits: FloorLimits) -> Because | None:
    over = (
        since.redemptions > limits.redemptions
        or since.given_minor > limits.amount_minor
        or late.scanned_at - late.synced_at > timedelta(hours=limits.hours)
    )
    return Because.OVER_LIMITS if over else None


def _reason(because: Because, limits: FloorLimits) -> Refusal:
    """What the rules say where it is the till's time or its limits they say no to."""
    match because:
        case Because.OVERDUE:
            return errors.ArrivedTooLate(days=LATE_MOST.days)
        case Because.CLOCK_WRONG:
            return errors.ClockWrong()
        case _:
            return errors.OverFloorLimit(**msgspec.structs.asdict(limits))
