"""The members that a proxy may act for, with masked names."""

from __future__ import annotations

import msgspec

from ledger.benefits import Words
from ledger.vault import masked_name
from pos_gateway.api.examples import drops as examples
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import House
from pos_gateway.web.api_route import Reply, Route
from projections.proxies import acted_for


class ActedForBody(msgspec.Struct, frozen=True, kw_only=True):
    """A member who named the caller as proxy; `name` is masked, and empty where it was erased."""

    member: str
    name: str


class FamilyBody(msgspec.Struct, frozen=True, kw_only=True):
    """The members that the caller may claim and collect for."""

    members: list[ActedForBody]


def family_of(house: House, member_id: str) -> list[ActedForBody]:
    """Return the members who named this member as proxy, as of now."""
    with house.views.reading() as connection:
        told = acted_for(connection, member_id)
    found = house.ledger.find_members(told)
    return [
        ActedForBody(member=one, name=_name(house, one))
        for one, known in found.items()
        if member_id in known.proxies
    ]


def _name(house: House, member_id: str) -> str:
    person = house.vault.get(member_id)
    return masked_name(person) if person else ""


def routes(house: House) -> list[Route]:
    """Return the route of a proxy's members."""

    def family(member: MemberIdentity) -> Reply:
        """Return the members who named the caller as proxy."""
        return Reply(FamilyBody(members=family_of(house, member.member_id)))

    return [
        Route(
            name="family",
            method="GET",
            path="/members",
            policy=Policy.MEMBER,
            title=Words("我可以替谁抢票、领取", "Whom I may claim and collect for"),
            view=family,
            answers=FamilyBody,
            statuses={200: Words("指定我的会员", "The members who named me")},
            example_answer=examples.FAMILY,
        )
    ]
