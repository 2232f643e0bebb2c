"""Refusals at tills, online and reported late, and in officers' pages, staff included."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal, Unacceptable


class CardUnknown(Refusal):
    """No such card was issued."""


class CardBlocked(Refusal):
    """The card is blocked because it was reported lost."""


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
    """The member id is registered with another branch, employer or groups."""


class PersonAlreadyKnown(Refusal):
    """The identity number belongs to another member."""


class NotEligible(Refusal):
    """The member is in none of the groups or branches that the terms name."""


class MerchantUnknown(Refusal):
    """No such merchant is signed."""


class MerchantAlreadySigned(Refusal):
    """The merchant id is signed with another name or other categories."""


class MerchantSuspended(Refusal):
    """The merchant is suspended and accepts no cards."""


class OutletUnknown(Refusal):
    """The merchant has no such outlet."""


class TillAlreadyPaired(Refusal):
    """The till id is paired with another outlet or key, or its pairing was revoked."""


class OfferUnknown(Refusal):
    """No such offer was published."""


class OfferAlreadyPublished(Refusal):
    """The offer id is taken by an offer with other values."""


class OfferNotYetOpen(Refusal):
    """The first day of the offer or grant, `first_day`, is in the future."""


class OfferSuspended(Refusal):
    """The offer is suspended."""


class OfferEnded(Refusal):
    """The offer was ended, or the last day of the offer or grant (`last_day`) is past."""


class GrantUnknown(Refusal):
    """The member holds no such grant."""


class GrantAlreadyMade(Refusal):
    """The member has a grant with this id and other values."""


class GrantEnded(Refusal):
    """The grant was withdrawn."""


class NotAgreedHere(Refusal):
    """The terms name other merchants or outlets than the one of the purchase."""


class CategoryNotCovered(Refusal):
    """The terms, or the merchant, do not cover the purchase's category."""


class NotOnThisDay(Refusal):
    """The terms exclude this day."""


class NotAtThisHour(Refusal):
    """The terms exclude this hour; `opens` is the next time of day at which they allow use."""


class LimitReached(Refusal):
    """The member has used the benefit `limit` times in the `period`: the terms allow no more."""


class CeilingReached(Refusal):
    """The ceiling named `ceiling` (per member, offer or fund) leaves nothing to give."""


class BelowThreshold(Refusal):
    """The purchase is below the threshold of the terms."""


class BenefitExhausted(Refusal):
    """The member has used up this benefit: the `period`'s amount or all its `times`."""


class NothingToTakeOff(Refusal):
    """Nothing is left to pay that this benefit could cover."""


class NotCombinable(Refusal):
    """An exclusive choice can't be combined with others."""


class ChosenTwice(Refusal):
    """A choice was named twice for one purchase."""


class FundUnknown(Refusal):
    """No such fund was opened."""


class FundAlreadyOpened(Refusal):
    """The fund id is taken by another programme."""


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


class AmountsDiffer(Refusal):
    """The till gave another discount than the terms, or split its cost otherwise."""


class OverFloorLimit(Refusal):
    """The till gave more offline than its floor limits allow."""


class ArrivedTooLate(Refusal):
    """The till reported the redemption more than `days` days after the scan."""


class ClockWrong(Refusal):
    """The till's clock puts the scan after its arrival or before the till's last sync."""


class CodeNotVerified(Refusal):
    """The scanned code was not issued by us, or was not valid at the time of the scan."""


class SlipForged(Unacceptable):
    """The slip's signature is not by the till's key, or its sync receipt was not issued by us."""


class DeviceKeyMissing(Unacceptable):
    """The till never registered its signing key."""


class NumberReused(Unacceptable):
    """The number of this redemption arrived before, for another redemption of the till."""


class NumberTooFar(Unacceptable):
    """More than `most` of the till's numbers would be missing before this one."""


class StaffUnknown(Denied):
    """No member of staff has this id."""


class StaffAlreadyAppointed(Refusal):
    """The staff id is taken by somebody with other roles or another employer."""


class OwnRoles(Denied):
    """Members of staff can't appoint or dismiss themselves or change their own roles."""
