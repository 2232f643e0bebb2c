"""JSON schemas of redemptions."""

from datetime import datetime
from typing import Annotated

import msgspec

from ledger.benefits import Words
from ledger.errors import Refusal
from ledger.money import AMOUNT_MAX
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions.events import Redeemed, RedemptionLine
from ledger.redemptions.pricing import CHOICES_MAX
from ledger.services import redemptions
from pos_gateway.codes import TEXT_MAX
from pos_gateway.i18n.messages import Language, message
from pos_gateway.i18n.words import ReversalReason
from pos_gateway.web.json_body import ID_PATTERN, Asking, body_of

Code = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
# A fixed word: free text could name a person, and facts are kept for ever.
Category = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$(?!\n)", max_length=64)
]
# An id, but neither a phone nor an identity number, since a refusal would store it.
Choice = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^(?!(?:1[3-9][0-9]{{9}}|[0-9]{{17}}[0-9Xx])$){ID_PATTERN[1:]}", max_length=64
    ),
]


class ValidationAsked(Asking, frozen=True, kw_only=True):
    """The code of a card and the purchase it is shown for; `category` null names none."""

    code: Code
    amount_minor: Amount
    category: Category | None = None


class RedemptionAsked(ValidationAsked, frozen=True, kw_only=True):
    """The code of a card, a purchase, and the ids of the choices to redeem on it; maybe none."""

    choices: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=CHOICES_MAX)] = ()


class ReversalAsked(Asking, frozen=True, kw_only=True):
    """A request to reverse a redemption as a whole, with the reason."""

    reason: ReversalReason


class LineBody(msgspec.Struct, frozen=True, kw_only=True):
    """The discount of one choice in minor units: the part the merchant pays, and the union's."""

    choice: str
    kind: str
    merchant_share_minor: int
    union_share_minor: int


class ReversedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The time and reason of a reversal."""

    at: datetime
    reason: str


class RedemptionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded redemption; the shares of merchant, union and member add up to the amount.

    `reversed` is null until the redemption is reversed, and then told to a repeated request too.
    """

    redemption_id: str
    at: datetime
    amount_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    lines: list[LineBody]
    reversed: ReversedBody | None


class CardBody(msgspec.Struct, frozen=True, kw_only=True):
    """The card that was shown; `holder` is the masked name, null unless the code is printed."""

    status: str
    holder: str | None


class ChoiceBody(msgspec.Struct, frozen=True, kw_only=True):
    """A usable choice, with the discount it gives if it is redeemed alone.

    `covered_minor` is the whole of it, the shares together. An `exclusive` one can't be combined.
    """

    choice: str
    title: str
    kind: str
    words: Words
    covered_minor: int
    merchant_share_minor: int
    union_share_minor: int
    exclusive: bool


class RefusedBody(msgspec.Struct, frozen=True, kw_only=True):
    """A choice that can't be used on this purchase, with the reason and the next step."""

    choice: str
    title: str
    reason: str
    next_step: str


SHOWN_MAX = 200
"""The most choices and refused ones of one answer."""


class ValidationBody(msgspec.Struct, frozen=True, kw_only=True):
    """The card's choices for a purchase here, the best first; `refused` ones can't be used.

    The best SHOWN_MAX are shown of at most 1,000 offers and grants, those for this merchant first.
    `more` is the number left out of both lists: others here, that hold elsewhere, or that ended.
    """

    card: CardBody
    amount_minor: int
    choices: list[ChoiceBody]
    refused: list[RefusedBody]
    more: int


def redemption_body(redemption: redemptions.Redemption) -> RedemptionBody:
    """Return the JSON body of a recorded redemption, with its reversal if there is one."""
    made, undone = redemption.made, redemption.undone
    return body_of(
        RedemptionBody,
        made,
        amount_minor=made.price_minor,
        lines=line_bodies(made),
        reversed=body_of(ReversedBody, undone) if undone else None,
    )


def line_bodies(made: Redeemed) -> list[LineBody]:
    """Return the lines of a redemption, one for each redeemed choice; empty without a choice."""
    return [body_of(LineBody, line) for line in made.lines]


def validation_body(
    validation: redemptions.Validation, holder: str | None, tongue: Language
) -> ValidationBody:
    """Return the JSON body of a validation, with texts in the language `tongue`.

    `holder` is the masked name to show; None to show none.
    """
    options = validation.options
    shown = options[:SHOWN_MAX]
    return ValidationBody(
        card=CardBody(status=validation.context.card.status, holder=holder),
        amount_minor=validation.context.purchase.price_minor,
        choices=[_choice(one.held, one.line) for one in shown if one.line],
        refused=[_refused(one.held, one.refusal, tongue) for one in shown if one.refusal],
        more=validation.more + len(options) - len(shown),
    )


def _choice(held: Grant | Offer, line: RedemptionLine) -> ChoiceBody:
    return body_of(
        ChoiceBody,
        line,
        held,
        kind=held.kind,
        words=held.benefit.describe(),
        exclusive=held.rules.stacking.exclusive,
    )


def _refused(held: Grant | Offer, refusal: Refusal, tongue: Language) -> RefusedBody:
    return RefusedBody(
        choice=held.offer_id if isinstance(held, Offer) else held.grant_id,
        title=held.title,
        reason=refusal.reason,
        next_step=message(refusal.reason, tongue).next_step,
    )
