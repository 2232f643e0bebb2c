"""What is refused at tills and desks: cards, members, merchants, offers, grants, funds."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class CardUnknown(Refusal):
    """No such card was issued."""


class CardBlocked(Refusal):
    """The card was reported lost."""


class CardReplaced(Refusal):
    """A newer card took its place."""


class CardExpired(Refusal):
    """The card is past its last day."""


class CardClosed(Refusal):
    """The card was closed for good."""


class CardAlreadyIssued(Refusal):
    """The member holds a live card, or the card id is taken."""


class CodeAlreadyUsed(Refusal):
    """A session code redeems once."""


class DeviceRevoked(Refusal):
    """The device that signed the code is not the one the card has now."""


class TooManyDevices(Refusal):
    """Devices were certified for this card as often today as they may be."""


class CodeSuperseded(Refusal):
    """The plastic was printed again; this print is dead."""


class MemberUnknown(Refusal):
    """No such member is registered."""


class MemberAlreadyRegistered(Refusal):
    """The member id is taken."""


class PersonAlreadyKnown(Refusal):
    """The identity number belongs to another member."""


class NotEligible(Refusal):
    """The member is in none of the groups or branches the terms name."""


class MerchantUnknown(Refusal):
    """No such merchant is signed."""


class MerchantAlreadySigned(Refusal):
    """The merchant id is taken."""


class MerchantSuspended(Refusal):
    """The merchant takes no cards at present."""


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
    """The offer is on hold."""


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
    """The terms leave this day out."""


class NotAtThisHour(Refusal):
    """The terms leave this hour out."""


class LimitReached(Refusal):
    """The member used this as often as the terms allow in the period."""


class CeilingReached(Refusal):
    """The amount the terms set aside is spent."""


class BelowThreshold(Refusal):
    """The purchase is smaller than the terms ask for."""


class BenefitExhausted(Refusal):
    """Nothing is left of this benefit."""


class NothingToTakeOff(Refusal):
    """There is nothing left to pay that this could cover."""


class NotCombinable(Refusal):
    """An exclusive choice stands alone."""


class ChosenTwice(Refusal):
    """One choice counts once in a purchase."""


class FundUnknown(Refusal):
    """No such fund was opened."""


class FundAlreadyOpened(Refusal):
    """The fund id is taken."""


class FundExhausted(Refusal):
    """The fund has nothing left for this."""


class NothingOwed(Refusal):
    """The fund owes this merchant nothing."""


class RedemptionUnknown(Refusal):
    """No such redemption is on record."""


class AlreadyPaid(Refusal):
    """The merchant was paid for it: report an incident."""


class TillUnknown(Denied):
    """The merchant has no such till."""


class TillRevoked(Denied):
    """The till's pairing was ended."""


class RedemptionNotYours(Denied):
    """Another merchant made this redemption."""
