"""Refusals at tills, online and reported late, and in officers' pages, staff included."""

from ledger.errors.base import Denied, Refusal, Unacceptable


class CardUnknown(Refusal):
    """No such card was issued."""


class CardBlocked(Refusal):
    """The card is blocked because it was reported lost."""


class CardReplaced(Refusal):
    """A newer card replaced this one."""


class CardExpired(Refusal):
    """The card is past its last valid day, `last_day` (ISO 8601)."""


class CardClosed(Refusal):
    """The card was closed for good."""


class CardAlreadyIssued(Refusal):
    """The member's present card is live or blocked, or the card id is taken."""


class CodeAlreadyUsed(Refusal):
    """The code on the member's phone redeemed a purchase already: each redeems once."""


class DeviceRevoked(Refusal):
    """The code was not signed by the card's certified device; the card may have none."""


class TooManyDevices(Refusal):
    """The card reached the limit of newly certified devices of one day, `most`."""


class CodeSuperseded(Refusal):
    """The card has a newer printed code than this one, or the code belongs to another card."""


class MemberUnknown(Refusal):
    """No such member is registered."""


class MemberErased(Refusal):
    """The member's personal data was erased: nothing is issued to them any more."""


class MemberAlreadyRegistered(Refusal):
    """The member id is registered with another branch, employer or groups."""


class PersonAlreadyKnown(Refusal):
    """The identity number belongs to another member, whose id may be given as `known_as`."""


class NotEligible(Refusal):
    """The member is in no group, or in no branch (`needs` says which), that the terms name."""


class MerchantUnknown(Refusal):
    """No such merchant is signed; `merchant`, where given, is the id."""


class MerchantAlreadySigned(Refusal):
    """The merchant id is signed with another name or other categories."""


class MerchantSuspended(Refusal):
    """The merchant is suspended and accepts no cards."""


class OutletUnknown(Refusal):
    """The merchant has no such `outlet`, or the till that acts there belongs to another."""


class TillAlreadyPaired(Refusal):
    """The till id is paired with another outlet or key, or its pairing was revoked."""


class OfferUnknown(Refusal):
    """No such offer was published, or this program does not know the kind of the offer or grant."""


class OfferAlreadyPublished(Refusal):
    """The offer id is taken by an offer with other values."""


class OfferNotYetOpen(Refusal):
    """The first day of the offer or grant, `first_day` (ISO 8601), is in the future."""


class OfferSuspended(Refusal):
    """The offer is suspended: an officer may resume it."""


class OfferEnded(Refusal):
    """The offer was ended, or the last day of the offer or grant (`last_day`) is past."""


class GrantUnknown(Refusal):
    """The member holds no such grant."""


class GrantAlreadyMade(Refusal):
    """The grant id is taken: by an offer, or by a grant of the member with other values."""


class GrantEnded(Refusal):
    """The grant was withdrawn from the member."""


class NotAgreedHere(Refusal):
    """The terms name other merchants or outlets than the one of the purchase."""


class CategoryNotCovered(Refusal):
    """The terms, or the merchant, do not cover the purchase's `category`."""


class NotOnThisDay(Refusal):
    """The terms exclude this date or day of the week."""


class NotAtThisHour(Refusal):
    """The terms exclude this hour; `opens` (hh:mm) is the next time of day when they allow use."""


class LimitReached(Refusal):
    """The member has used the benefit `limit` times in this `period`: the terms allow no more."""


class CeilingReached(Refusal):
    """The ceiling named `ceiling` (per member, offer or fund) leaves nothing to give."""


class BelowThreshold(Refusal):
    """The price is `missing_minor` below the least that the terms require, `threshold_minor`."""


class BenefitExhausted(Refusal):
    """The member has used up this benefit: a `period`'s amount, or all its `times`."""


class NothingToTakeOff(Refusal):
    """This benefit would take nothing off the amount left to pay."""


class NotCombinable(Refusal):
    """An exclusive choice is combined with others, or a purchase has more than `most` choices."""


class ChosenTwice(Refusal):
    """A choice was named twice for one purchase."""


class FundUnknown(Refusal):
    """No such fund was opened."""


class FundAlreadyOpened(Refusal):
    """The fund id is taken by a fund of another programme."""


class FundExhausted(Refusal):
    """The fund `fund` has less money available than the union's share needs, or none."""


class NothingOwed(Refusal):
    """The fund owes this merchant nothing."""


class RedemptionUnknown(Refusal):
    """No such redemption is on record."""


class AlreadyPaid(Refusal):
    """The merchant was paid for the redemption: report an incident instead of reversing it."""


class TillUnknown(Denied):
    """The merchant has no such till."""


class TillRevoked(Denied):
    """The till's pairing with the merchant was ended for good."""


class AmountsDiffer(Refusal):
    """The till gave another discount offline than the terms, or split its cost otherwise."""


class OverFloorLimit(Refusal):
    """The till gave more offline in a day, or longer after its sync, than its limits allow."""


class ArrivedTooLate(Refusal):
    """The till reported the offline redemption more than `days` days after the scan."""


class ClockWrong(Refusal):
    """The till's clock puts an offline scan after its arrival here, or before the last sync."""


class CodeNotVerified(Refusal):
    """The code scanned offline was not issued by us, or was not valid at the scan: `problem`."""


class SlipForged(Unacceptable):
    """An offline report's signature is not by the till's key, or its sync receipt is not ours."""


class DeviceKeyMissing(Unacceptable):
    """The till reports offline redemptions, but never registered its signing key."""


class NumberReused(Unacceptable):
    """This number of the till's offline redemptions arrived before, with another redemption."""


class NumberTooFar(Unacceptable):
    """More than `most` of the till's offline redemptions would be missing before this `number`."""


class StaffUnknown(Denied):
    """No member of staff has this id and a role: never appointed, or dismissed."""


class StaffAlreadyAppointed(Refusal):
    """The staff id is taken by somebody with other roles or another employer."""


class OwnRoles(Denied):
    """Members of staff can't appoint or dismiss themselves or change their own roles."""


NOT_THEIR_CARD = (
    *(CardBlocked, CardReplaced, CardExpired, CardClosed),
    *(CodeSuperseded, DeviceRevoked),
)
"""The refusals of a card, a printed code or a phone that is no longer the member's."""
