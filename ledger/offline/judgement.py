"""The ordinary rules of a redemption, asked of an offline redemption report."""

from datetime import date
from typing import NamedTuple

import msgspec

from ledger import errors
from ledger.errors import Refusal
from ledger.members import card
from ledger.members.device import check_device
from ledger.offers.offer import Offer
from ledger.offline.report import OfflineReport
from ledger.redemptions.pricing import choice_of, price
from ledger.redemptions.purchase_context import PurchaseContext, check_context
from ledger.redemptions.redemption import Redemptions, check_code


class KnownStates(msgspec.Struct, frozen=True):
    """The states that judge a report: the purchase context, the offers given, the member's uses."""

    context: PurchaseContext
    offers: tuple[Offer, ...]
    used: Redemptions


class Verdict(NamedTuple):
    """The refusal of the rules (None: they allow it), and the union's share by choice id.

    `union_minor`, in minor units, is empty where a rule other than the amounts refuses.
    """

    refusal: Refusal | None
    union_minor: dict[str, int]


def judge(report: OfflineReport, known: KnownStates) -> Verdict:
    """Return the verdict of the rules on the till's amounts, as if every fund held enough.

    If only the amounts are wrong (AmountsDiffer), the union's share is that of the rules, and never
    more than the till promised. No refusal is raised.
    """
    context = known.context
    ample = {
        name: msgspec.structs.replace(one, available_minor=report.amount_minor)
        for name, one in context.funds.items()
    }
    try:
        check_context(context)
        _check_shown(report, context.card)
        check_code(known.used, report.code_id)
        choices = [choice_of(one) for one in known.offers]
        plenty = msgspec.structs.replace(context, funds=ample)
        lines, _ = price(known.used.uses, report.redemption_id, plenty, choices)
    except Refusal as refusal:
        return Verdict(refusal, {})
    ruled = {one.choice_id: (one.merchant_share_minor, one.union_share_minor) for one in lines}
    given = {
        one.choice_id: (one.merchant_share_minor, one.union_share_minor) for one in report.given
    }
    if ruled == given:
        return Verdict(None, report.promised_minor)
    differ = errors.AmountsDiffer(
        by_the_rules_minor=sum(map(sum, ruled.values())), given_minor=report.given_minor
    )
    return Verdict(differ, {name: min(union, ruled[name][1]) for name, (_, union) in given.items()})


def agrees(report: OfflineReport, known: KnownStates) -> bool:
    """Return whether the rules allow exactly the amounts that the till gave."""
    return judge(report, known).refusal is None


def card_ended(report: OfflineReport, now: card.Card, today: date) -> Refusal | None:
    """Return why the card or code shown is not valid `today`, as the card is `now`; None if it is.

    No refusal is raised.
    """
    try:
        card.check_live(now, today)
        _check_shown(report, now)
    except Refusal as refusal:
        return refusal
    return None


def card_known(
    then: card.Card, synced: card.Card, report: OfflineReport, *, told: bool = False
) -> card.Card:
    """Return the card as the till could know it: as of its last sync, with a newer device it saw.

    `then` is the card at the scan, `synced` the one at the last sync or, if later, when the till
    was `told` online that the card is not valid. A sync lists blocked plastic, but tells neither
    its last day nor that another number was printed: such a card counts as live. So does one issued
    after the sync.
    """
    good = card.Status.LIVE
    if report.code_hash is not None and not told:
        status = synced.status if synced.code_hash == report.code_hash else good
        return msgspec.structs.replace(
            then, status=status, last_day=None, code_hash=report.code_hash
        )
    if not synced.card_id:
        return msgspec.structs.replace(then, status=good)
    newer = then.device is not None and then.device.device_id == report.device
    return msgspec.structs.replace(synced, device=then.device if newer else synced.device)


def _check_shown(report: OfflineReport, held: card.Card) -> None:
    if report.code_hash is not None and held.code_hash != report.code_hash:
        raise errors.CodeSuperseded
    check_device(held, report.device)
