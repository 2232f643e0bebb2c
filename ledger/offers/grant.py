"""Grants: benefits placed on the card of one member, each with its own id, kind and terms.

A ticket is a grant made by a drop; its uses are recorded here as well.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any, assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.benefits import Benefit, benefit, checked_benefit, same_terms
from ledger.benefits.terms import Rules
from ledger.benefits.terms_check import check_terms
from ledger.event import Event, stream_namer, topic
from ledger.offers.offer import Offer

CATEGORY = "grant"
stream = stream_namer(CATEGORY)
KEPT_WHEN_EMPTY = True

_CHINA = timezone(timedelta(hours=8))
"""The zone of uses that were recorded without their day."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket's drop, item, session and party, and its member's branch and groups when claimed.

    `number` is its number in the drop, from 1, and `places` the places it takes. `claim_id` is the
    id the claim was made under. `household_id` is set only where the drop limits households.
    """

    drop_id: str
    item_id: str
    session_id: str
    claim_id: str
    number: int
    party: int
    places: int
    branch: str = ""
    groups: tuple[str, ...] = ()
    household_id: str = ""


class _GrantEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "member_id")

    member_id: str
    grant_id: str


@topic("grant.made", "发放权益", "Benefit granted")
class Made(_GrantEvent, frozen=True, kw_only=True):
    """A benefit was placed on the member's card; it stays the member's when the card is replaced.

    `kind` and `terms` are those of the benefit. `ticket` is set where the grant is a ticket of a
    drop.
    """

    card_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()
    programme: str = ""
    ticket: Ticket | None = None


@topic("grant.withdrawn", "收回权益", "Benefit withdrawn")
class Withdrawn(_GrantEvent, frozen=True, kw_only=True):
    """The benefit was withdrawn by an officer; if `ticket` is set, the ticket was given back."""

    ticket: Ticket | None = None


@topic("grant.used", "入场或领取", "Admitted, or handed over")
class Used(_GrantEvent, frozen=True, kw_only=True):
    """A ticket was used: `people` were admitted, or goods handed over (`people` is 1).

    `collected_by` is the proxy (a member id) or officer (`officer-…`) who came in the member's
    place; empty for the member. `till_id` is empty where an officer acted without a till.
    """

    use_id: str
    ticket: Ticket
    people: int
    merchant_id: str
    outlet_id: str
    till_id: str
    at: datetime
    collected_by: str = ""
    day: date | None = None

    @property
    def on_day(self) -> date:
        """The day of the use in the zone of the rules; the day in China where none was recorded."""
        return self.day or self.at.astimezone(_CHINA).date()


@topic("grant.use_undone", "撤销使用", "Use undone")
class UseUndone(_GrantEvent, frozen=True, kw_only=True):
    """The ticket use `undone` was undone; the ticket admits those people again."""

    undone: Used
    at: datetime
    day: date | None = None

    @property
    def on_day(self) -> date:
        """The day of the undoing in the zone of the rules; in China's where none was recorded."""
        return self.day or self.at.astimezone(_CHINA).date()


GrantEvent = Made | Withdrawn | Used | UseUndone


class Grant(msgspec.Struct, frozen=True):
    """The state of a grant; `uses` holds a ticket's uses not undone. `ticket` None: no ticket."""

    grant_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules
    programme: str = ""
    withdrawn: bool = False
    ticket: Ticket | None = None
    uses: tuple[Used, ...] = ()

    @property
    def benefit(self) -> Benefit:
        """The benefit of the grant's kind and terms; an unknown kind raises TermsInvalid."""
        return benefit(self.kind, self.terms)


class Grants(msgspec.Struct, frozen=True):
    """The grants of one member by grant id, tickets and withdrawn ones included."""

    held: Map[str, Grant] = Map()

    @property
    def drops(self) -> set[str]:
        """The ids of the drops of the member's tickets, those given back included."""
        return {one.ticket.drop_id for one in self.held.values() if one.ticket is not None}

    def hides(self, offer_id: str) -> bool:
        """Return whether a grant, withdrawn or not, has the offer's id: the id then means it."""
        return offer_id in self.held

    def with_offers(self, offers: Iterable[Offer]) -> list[Grant | Offer]:
        """Return the grants, then the offers whose ids no grant has.

        Tickets and withdrawn grants, which no purchase can use, come last.
        """
        useless = [one for one in self.held.values() if one.withdrawn or one.ticket is not None]
        grants = [one for one in self.held.values() if not (one.withdrawn or one.ticket)]
        return [*grants, *(one for one in offers if not self.hides(one.offer_id)), *useless]


INITIAL = Grants()


def evolve(state: Grants, event: GrantEvent) -> Grants:
    """Return the state after one more event."""
    match event:
        case Made():
            grant = Grant(
                event.grant_id,
                event.title,
                event.kind,
                event.terms,
                event.rules,
                event.programme,
                ticket=event.ticket,
            )
        case Withdrawn():
            grant = msgspec.structs.replace(state.held[event.grant_id], withdrawn=True)
        case Used():
            grant = state.held[event.grant_id]
            grant = msgspec.structs.replace(grant, uses=(*grant.uses, event))
        case UseUndone():
            grant = state.held[event.grant_id]
            kept = tuple(use for use in grant.uses if use != event.undone)
            grant = msgspec.structs.replace(grant, uses=kept)
        case _:
            assert_never(event)
    return Grants(state.held.set(event.grant_id, grant))


def make(
    state: Grants,
    *,
    member_id: str,
    card_id: str,
    grant_id: str,
    title: str,
    kind: str,
    terms: dict[str, Any],
    rules: Rules,
    programme: str = "",
) -> list[Event]:
    """Place a benefit on the member's card; a repeat with the same values returns no events.

    Raises:
        GrantAlreadyMade: the member has another grant with this id.
        TermsInvalid: the kind, terms or rules are invalid, or set a ceiling that only offers have.
    """
    held = state.held.get(grant_id)
    if held is not None:
        known = (held.title, held.kind, held.rules, held.programme)
        if known == (title, kind, rules, programme) and same_terms(kind, held.terms, terms):
            return []
        raise errors.GrantAlreadyMade
    checked_benefit(kind, terms)
    check_terms(rules)
    for field in ("per_offer_minor", "per_fund_minor"):
        if getattr(rules.ceilings, field) is not None:
            raise errors.TermsInvalid(field=field)
    return [
        Made(
            member_id=member_id,
            grant_id=grant_id,
            card_id=card_id,
            title=title,
            kind=kind,
            terms=terms,
            rules=rules,
            programme=programme,
        )
    ]


def withdraw(state: Grants, *, member_id: str, grant_id: str) -> list[Event]:
    """Withdraw a grant (a repeat: no events), or raise GrantUnknown; ShowAsTicket for a ticket."""
    held = state.held.get(grant_id)
    if held is None:
        raise errors.GrantUnknown
    if held.ticket is not None:
        raise errors.ShowAsTicket  # its places would be lost: a ticket is given back instead
    return [] if held.withdrawn else [Withdrawn(member_id=member_id, grant_id=grant_id)]
