"""Grants: benefits placed on the card of one member, each with its own id, kind and terms."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.benefits import Benefit, benefit, checked_benefit
from ledger.event import Event, topic
from ledger.terms import Rules, check_terms

CATEGORY = "grant"


class _GrantEvent(Event, frozen=True, kw_only=True):
    member_id: str
    grant_id: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.member_id}"


@topic("grant.made")
class Made(_GrantEvent, frozen=True, kw_only=True):
    """A benefit was placed on the member's card; when that is replaced, it stays the member's."""

    card_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()
    programme: str = ""


@topic("grant.withdrawn")
class Withdrawn(_GrantEvent, frozen=True, kw_only=True):
    """The benefit was taken back."""


GrantEvent = Made | Withdrawn


class Grant(msgspec.Struct, frozen=True):
    """One grant as the rules see it."""

    grant_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules
    programme: str = ""
    withdrawn: bool = False

    @property
    def benefit(self) -> Benefit:
        """The terms of its kind."""
        return benefit(self.kind, self.terms)


class Grants(msgspec.Struct, frozen=True):
    """The grants of one member, by id."""

    held: Map[str, Grant] = Map()


INITIAL = Grants()


def evolve(state: Grants, event: GrantEvent) -> Grants:
    """The grants after one more event."""
    match event:
        case Made():
            grant = Grant(
                event.grant_id,
                event.title,
                event.kind,
                event.terms,
                event.rules,
                event.programme,
            )
            return Grants(state.held.set(event.grant_id, grant))
        case Withdrawn():
            gone = msgspec.structs.replace(state.held[event.grant_id], withdrawn=True)
            return Grants(state.held.set(event.grant_id, gone))
        case _:
            assert_never(event)


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
    """Place a benefit on the member's card; the same again changes nothing.

    Raises:
        GrantAlreadyMade: the id is taken by another.
        TermsInvalid: the terms contradict themselves, or set a ceiling that only offers have.

    """
    held = state.held.get(grant_id)
    if held is not None:
        known = (held.title, held.kind, held.terms, held.rules, held.programme)
        if known == (title, kind, terms, rules, programme):
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
    """Take a benefit back.

    Raises:
        GrantUnknown: the member holds no such grant.

    """
    held = state.held.get(grant_id)
    if held is None:
        raise errors.GrantUnknown
    return [] if held.withdrawn else [Withdrawn(member_id=member_id, grant_id=grant_id)]
