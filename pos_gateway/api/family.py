"""The members that a proxy may act for, with masked names."""

import msgspec

from ledger.vault import masked_name
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.views import Views, route
from projections.proxies import acted_for


class ActedForBody(msgspec.Struct, frozen=True, kw_only=True):
    """A member who named the caller as proxy; `name` is masked, "" where the vault has none."""

    member: str
    name: str


class FamilyBody(msgspec.Struct, frozen=True, kw_only=True):
    """The members that the caller may claim and collect for, at most 100; often none."""

    members: list[ActedForBody]


def family_of(services: Services, member_id: str) -> list[ActedForBody]:
    """Return the members who have this member as proxy now, with masked names; at most 100.

    One who named the proxy a moment ago may be missing; one who ended it is not listed any more.
    """
    with services.views.reading() as connection:
        told = acted_for(connection, member_id)
    found = services.ledger.find_members(told)
    return [
        ActedForBody(member=one, name=shown_name(services, one))
        for one, known in found.items()
        if member_id in known.proxies
    ]


def shown_name(services: Services, member_id: str) -> str:
    """Return the member's name masked for display (王*明); "" where it was erased."""
    person = services.vault.get(member_id)
    return masked_name(person) if person else ""


class FamilyRoutes(Views[Services]):
    """The route of the members whom a member may act for."""

    @route("GET /members", Policy.MEMBER)
    def family(self, member: MemberIdentity) -> Reply[FamilyBody]:
        """Return the members, 100 at most, who named the caller as proxy."""
        return Reply(FamilyBody(members=family_of(self._services, member.member_id)))
