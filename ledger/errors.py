"""What can go wrong, as a tree.

HongkaError
├── Refusal                   a rule said no; safe to show at the till
│   ├── CardUnknown  CardBlocked  CardReplaced  CardExpired  CardClosed  CardAlreadyIssued
│   ├── CodeAlreadyUsed  CodeSuperseded
│   ├── MemberUnknown  MemberAlreadyRegistered  PersonAlreadyKnown  NotEligible
│   ├── MerchantUnknown  MerchantAlreadySigned  MerchantSuspended  OutletUnknown
│   ├── TillAlreadyPaired
│   ├── OfferUnknown  OfferAlreadyPublished  OfferNotYetOpen  OfferSuspended  OfferEnded
│   ├── GrantUnknown  GrantAlreadyMade  GrantEnded
│   ├── NotAgreedHere  CategoryNotCovered  NotOnThisDay  NotAtThisHour
│   ├── LimitReached  CeilingReached  BelowThreshold  BenefitExhausted  NothingToTakeOff
│   ├── NotCombinable  ChosenTwice
│   ├── FundUnknown  FundAlreadyOpened  FundExhausted  NothingOwed
│   └── RedemptionUnknown  AlreadyPaid
├── Denied                    who asks may not
│   └── TillUnknown  TillRevoked  RedemptionNotYours
├── Unacceptable              the request itself is wrong; ask otherwise
│   ├── TermsInvalid  InputInvalid
│   └── RequestReused
└── Busy                      not now; asking again is safe

A class is a rule. Its `reason` is the class name in snake case and is stable: it stands in answers,
in stored facts and in statistics. The words for people live in the gateway. `replayed` marks an
answer given again from the record.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class HongkaError(Exception):
    """Anything this ledger says no to."""

    reason: ClassVar[str] = "hongka_error"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the reason after the class."""
        super().__init_subclass__(**kwargs)
        cls.reason = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **particulars: str | int | None) -> None:
        super().__init__(self.reason, particulars)
        self.particulars: dict[str, str | int | None] = particulars
        self.replayed = False


class Refusal(HongkaError):
    """A rule said no."""

    @staticmethod
    def of(reason: str, particulars: dict[str, str | int | None]) -> Refusal:
        """The refusal a stored reason stands for; a reason since retired comes back as itself."""
        cls = _REFUSALS.get(reason)
        if cls is None:
            refusal = Refusal(**particulars)
            refusal.reason = reason  # type: ignore[misc]  # this one instance keeps an old reason
            return refusal
        return cls(**particulars)


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


class Denied(HongkaError):
    """Who asks may not."""


class TillUnknown(Denied):
    """The merchant has no such till."""


class TillRevoked(Denied):
    """The till's pairing was ended."""


class RedemptionNotYours(Denied):
    """Another merchant made this redemption."""


class Unacceptable(HongkaError):
    """The request itself is wrong."""


class TermsInvalid(Unacceptable):
    """The terms contradict themselves or leave the range allowed."""


class InputInvalid(Unacceptable):
    """A value is outside what is accepted."""


class RequestReused(Unacceptable):
    """The request id was used for something else."""


class Busy(HongkaError):
    """The queue is full, the lock could not be had, or the commit failed."""


_REFUSALS: dict[str, type[Refusal]] = {cls.reason: cls for cls in Refusal.__subclasses__()}
