"""A choice: an offer or a grant that a member uses on a purchase."""

from __future__ import annotations

import msgspec

from ledger import errors
from ledger.benefits import Benefit
from ledger.benefits.terms import Rules
from ledger.offers import offer
from ledger.offers.grant import Grant

CHOICES_MAX = 16
"""The most offers and grants that one purchase may combine."""


class Choice(msgspec.Struct, frozen=True):
    """An offer or a grant that the member may use. `offer` is None for a grant."""

    choice_id: str
    kind: str
    benefit: Benefit
    rules: Rules
    offer: offer.Offer | None = None


def choice_of(held: Grant | offer.Offer) -> Choice:
    """Return the choice of an open offer or a grant; its rules are not tested here.

    Raises:
        Refusal: the offer is not open, the grant was withdrawn, or the kind is unknown.
    """
    if isinstance(held, offer.Offer):
        offer.check_open(held)
        return Choice(held.offer_id, held.kind, _benefit(held), held.rules, held)
    if held.withdrawn:
        raise errors.GrantEnded
    return Choice(held.grant_id, held.kind, _benefit(held), held.rules)


def _benefit(held: Grant | offer.Offer) -> Benefit:
    """Return the benefit of an offer or a grant.

    Raises:
        OfferUnknown: only a newer program knows the kind; the member's other choices stay usable.
    """
    try:
        return held.benefit
    except errors.TermsInvalid as unknown:
        raise errors.OfferUnknown from unknown
