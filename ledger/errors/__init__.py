"""The errors of the ledger, as a tree.

HongkaError
├── Refusal                   a rule refused; safe to show at the till
│   ├── CardUnknown  CardBlocked  CardReplaced  CardExpired  CardClosed  CardAlreadyIssued
│   ├── CodeAlreadyUsed  CodeSuperseded  DeviceRevoked  TooManyDevices
│   ├── MemberUnknown  MemberAlreadyRegistered  PersonAlreadyKnown  NotEligible
│   ├── TooManyKeys  TooManyProxies
│   ├── MerchantUnknown  MerchantAlreadySigned  MerchantSuspended  OutletUnknown
│   ├── TillAlreadyPaired
│   ├── OfferUnknown  OfferAlreadyPublished  OfferNotYetOpen  OfferSuspended  OfferEnded
│   ├── GrantUnknown  GrantAlreadyMade  GrantEnded
│   ├── NotAgreedHere  CategoryNotCovered  NotOnThisDay  NotAtThisHour
│   ├── LimitReached  CeilingReached  BelowThreshold  BenefitExhausted  NothingToTakeOff
│   ├── NotCombinable  ChosenTwice  ShowAsTicket
│   ├── FundUnknown  FundAlreadyOpened  FundExhausted  NothingOwed
│   ├── RedemptionUnknown  RedemptionReversed  AlreadyPaid  BeingPaid  NotPaidYet
│   ├── StatementUnknown  StatementAlreadyDrawnUp  StatementOpen  StatementReturned
│   ├── StatementPaid  StatementNeeded  NotApproved  NothingToPay
│   ├── BankAccountUnknown  BankAccountChanged
│   ├── IncidentAlreadyReported  NotFromThisFund
│   ├── DropUnknown  DropAlreadyAnnounced  DropAlreadyOpen  DropClosed  DropCancelled
│   ├── NotOpenYet  NotInThisMode  SessionUnknown  PartyTooLarge  CapacityTaken
│   ├── SoldOut  PlacesLeft  AlreadyClaimed  HouseholdLimitReached
│   ├── AlreadyEntered  NotEntered  DrawFull  StillOpen  NotFrozen  FrozenTooLate
│   ├── SeedNotYet  SeedAlreadyFixed  SeedNotFixed
│   ├── AlreadyWaiting  WaitingElsewhere  NotWaiting  WaitingListFull  NoWaitingList
│   ├── TicketUnknown  TicketNotChosen  TicketReleased  TicketUsed  TicketExhausted
│   ├── TicketNotYet  TicketOver  TicketNotHere  ReturnsClosed  ReturnedTooOften
│   ├── UseUnknown  UndoTooLate  UndoElsewhere
│   ├── AmountsDiffer  OverFloorLimit  ArrivedTooLate  ClockWrong  CodeNotVerified
│   └── StaffAlreadyAppointed
├── Denied                    the caller is not allowed
│   ├── TillUnknown  TillRevoked  RedemptionNotYours  NotAProxy  KeyEnded
│   └── StaffUnknown  OwnRoles  DrawnUpByYou
├── Unacceptable              the request itself is invalid; send another
│   ├── TermsInvalid  InputInvalid
│   ├── SlipForged  DeviceKeyMissing  NumberReused  NumberTooFar
│   └── RequestReused
└── Busy                      not now; asking again is safe

A class is a rule. Its `reason` is the class name in snake case and is stable: it stands in answers,
in stored facts and in statistics. The words for people live in the gateway. `replayed` marks an
answer given again from the record.
"""

from __future__ import annotations

from ledger.errors.base import *  # noqa: F403 - one name space for the whole tree
from ledger.errors.base import Particular as Particular
from ledger.errors.drops import *  # noqa: F403 - likewise
from ledger.errors.late import *  # noqa: F403 - likewise
from ledger.errors.purchases import *  # noqa: F403 - likewise
from ledger.errors.settlement import *  # noqa: F403 - likewise
from ledger.errors.staff import *  # noqa: F403 - likewise
