"""Refusals at tills and in officers' pages: cards, members, merchants, offers, grants, funds."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class CardUnknown(Refusal):
    """No such card was issued."""


class CardBlocked(Refusal):
    """The card was reported lost."""


class CardReplaced(Refusal):
    """A newer card replaced this one."""


class CardExpired(Refusal):
    """The card is past its last day."""


class CardClosed(Refusal):
    """The card was closed for good."""


class CardAlreadyIssued(Refusal):
    """The member holds a live card, or the card id is taken."""


class CodeAlreadyUsed(Refusal):
    """The session code was used: each redeems once."""


class DeviceRevoked(Refusal):
    """The card's certified device is another one than the one that signed the code."""


class TooManyDevices(Refusal):
    """The card reached today's limit of certified devices."""


class CodeSuperseded(Refusal):
    """The plastic card was printed again, and this print is no longer valid."""


class MemberUnknown(Refusal):
    """No such member is registered."""


class MemberAlreadyRegistered(Refusal):
    """The member id is taken."""


class PersonAlreadyKnown(Refusal):
    """The identity number belongs to another member."""


class NotEligible(Refusal):
    """The member is in none of the groups or branches that the terms name."""


class MerchantUnknown(Refusal):
    """No such merchant is signed."""


class MerchantAlreadySigned(Refusal):
    """The merchant id is taken."""


class MerchantSuspended(Refusal):
    """The merchant is suspended and accepts no cards."""


class OutletUnknown(Refusal):
    """The merchant has no such outlet."""


class TillAlreadyPaired(Refusal):
    """The till id is taken."""


class OfferUnknown(Refusal):
    """No such offer was published."""


class OfferAlreadyPublished(Refusal):
    """The offer id is taken."""


class OfferNotYetOpen(Refusal):
    """The offer or grant opens later."""


class OfferSuspended(Refusal):
    """The offer is suspended."""


class OfferEnded(Refusal):
    """The offer or grant is over."""


class GrantUnknown(Refusal):
    """The member holds no such grant."""


class GrantAlreadyMade(Refusal):
    """The grant id is taken."""


class GrantEnded(Refusal):
    """The grant was withdrawn."""


class NotAgreedHere(Refusal):
    """The terms name other merchants or outlets."""


class CategoryNotCovered(Refusal):
    """The terms name other categories."""


class NotOnThisDay(Refusal):
    """The terms exclude this day."""


class NotAtThisHour(Refusal):
    """The terms exclude this hour."""


class LimitReached(Refusal):
    """The member has used this as often as the terms allow in the period."""


class CeilingReached(Refusal):
    """The amount set aside by the terms is spent."""


class BelowThreshold(Refusal):
    """The purchase is below the threshold of the terms."""


class BenefitExhausted(Refusal):
    """Nothing is left of this benefit."""


class NothingToTakeOff(Refusal):
    """Nothing is left to pay that this benefit could cover."""


class NotCombinable(Refusal):
    """An exclusive choice can't be combined with others."""


class ChosenTwice(Refusal):
    """A choice was named twice for one purchase."""


class FundUnknown(Refusal):
    """No such fund was opened."""


class FundAlreadyOpened(Refusal):
    """The fund id is taken."""


class FundExhausted(Refusal):
    """The fund has too little left for this."""


class NothingOwed(Refusal):
    """The fund owes this merchant nothing."""


class RedemptionUnknown(Refusal):
    """No such redemption is on record."""


class AlreadyPaid(Refusal):
    """The merchant was paid for the redemption: report an incident instead."""


class TillUnknown(Denied):
    """The merchant has no such till."""


class TillRevoked(Denied):
    """The till's pairing was ended."""


class RedemptionNotYours(Denied):
    """Another merchant made this redemption."""
