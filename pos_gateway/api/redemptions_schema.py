"""What the API asks and answers, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from ledger.benefits import Words
from ledger.errors import Refusal
from ledger.money import AMOUNT_MAX
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions.choice import CHOICES_MAX
from ledger.redemptions.line import RedemptionLine
from ledger.redemptions.redemption import Redeemed
from ledger.services import redemptions
from pos_gateway.codes import TEXT_MAX
from pos_gateway.i18n.messages import Language, message
from pos_gateway.i18n.reversal_reasons import ReversalReason
from pos_gateway.web.json_body import ID_PATTERN

OPTIONS_MAX = 200
"""The most choices and refusals one validation lists."""

Code = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
# A word of ours, as merchants are signed with: a sentence could name somebody, and facts last.
Category = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$(?!\n)", max_length=64)
]
# An id, but neither a mobile phone's number nor an identity number: a refusal would keep it.
Choice = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^(?!(?:1[3-9][0-9]{{9}}|[0-9]{{17}}[0-9Xx])$){ID_PATTERN[1:]}", max_length=64
    ),
]
Choices = Annotated[tuple[Choice, ...], msgspec.Meta(max_length=CHOICES_MAX)]


class _Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that is asked: a field nobody knows is a mistake."""


class ValidationAsked(_Asking, frozen=True, kw_only=True):
    """A card is shown for a purchase."""

    code: Code
    amount_minor: Amount
    category: Category | None = None


class RedemptionAsked(_Asking, frozen=True, kw_only=True):
    """These benefits are to be used on a purchase."""

    code: Code
    amount_minor: Amount
    choices: Choices = ()
    category: Category | None = None


class ReversalAsked(_Asking, frozen=True, kw_only=True):
    """A redemption is to be undone, whole."""

    reason: ReversalReason


class LineBody(msgspec.Struct, frozen=True, kw_only=True):
    """What one choice took off, and who pays it."""

    choice: str
    kind: str
    merchant_share_minor: int
    union_share_minor: int


class ReversedBody(msgspec.Struct, frozen=True, kw_only=True):
    """When a redemption was undone, and why."""

    at: datetime
    reason: str


class RedemptionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption on record; the three shares add up to the amount."""

    redemption_id: str
    at: datetime
    amount_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    lines: list[LineBody]
    reversed: ReversedBody | None


class CardBody(msgspec.Struct, frozen=True, kw_only=True):
    """The card that was shown; for plastic the masked holder, whom the merchant confirms."""

    status: str
    holder: str | None


class ChoiceBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice by itself would take off. One that is exclusive stands alone."""

    choice: str
    title: str
    kind: str
    words: Words
    covered_minor: int
    merchant_share_minor: int
    union_share_minor: int
    exclusive: bool


class RefusedBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why a choice may not be had."""

    choice: str
    title: str
    reason: str
    next_step: str


class ValidationBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the card could be used for here, the best first; `more` were left out."""

    card: CardBody
    amount_minor: int
    choices: list[ChoiceBody]
    refused: list[RefusedBody]
    more: int


def redemption_body(redemption: redemptions.Redemption) -> RedemptionBody:
    """A redemption as it is answered."""
    made, undone = redemption.made, redemption.undone
    return RedemptionBody(
        redemption_id=made.redemption_id,
        at=made.at,
        amount_minor=made.price_minor,
        merchant_share_minor=made.merchant_share_minor,
        union_share_minor=made.union_share_minor,
        member_share_minor=made.member_share_minor,
        lines=line_bodies(made),
        reversed=ReversedBody(at=undone.at, reason=undone.reason) if undone else None,
    )


def line_bodies(made: Redeemed) -> list[LineBody]:
    """What each choice took off, as it is answered."""
    return [
        LineBody(
            choice=line.choice_id,
            kind=line.kind,
            merchant_share_minor=line.merchant_share_minor,
            union_share_minor=line.union_share_minor,
        )
        for line in made.lines
    ]


def validation_body(
    validation: redemptions.Validation, holder: str | None, tongue: Language
) -> ValidationBody:
    """A validation as it is answered."""
    options = validation.options
    listed = options[:OPTIONS_MAX]
    return ValidationBody(
        card=CardBody(status=validation.context.card.status, holder=holder),
        amount_minor=validation.context.purchase.price_minor,
        choices=[_choice(one.held, one.line) for one in listed if one.line],
        refused=[_refused(one.held, one.refusal, tongue) for one in listed if one.refusal],
        more=len(options) - len(listed),
    )


def _choice(held: Grant | Offer, line: RedemptionLine) -> ChoiceBody:
    return ChoiceBody(
        choice=line.choice_id,
        title=held.title,
        kind=held.kind,
        words=held.benefit.describe(),
        covered_minor=line.covered_minor,
        merchant_share_minor=line.merchant_share_minor,
        union_share_minor=line.union_share_minor,
        exclusive=held.rules.stacking.exclusive,
    )


def _refused(held: Grant | Offer, refusal: Refusal, tongue: Language) -> RefusedBody:
    return RefusedBody(
        choice=held.offer_id if isinstance(held, Offer) else held.grant_id,
        title=held.title,
        reason=refusal.reason,
        next_step=message(refusal.reason, tongue).next_step,
    )
