"""The benefits of a member's card and the places that give them; the phone computes distances.

No request carries a position: a member's position stays on the phone.
"""

from __future__ import annotations

from ledger.benefits import Words
from pos_gateway.api.benefits_schema import BenefitsBody, benefits_body
from pos_gateway.api.drops import principal
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import read_number
from pos_gateway.web.views import Views, route, routes_of

PAGES_MAX = 1_000
"""The highest page number that a request may name."""

_LISTED = Words("优惠和可用的门店", "The benefits, and where they hold")


class BenefitRoutes(Views[Services]):
    """The routes of a member's benefits."""

    @route(
        "GET /card/benefits",
        Policy.MEMBER,
        Words("我的卡能用在哪里", "What my card is good for"),
        _LISTED,
    )
    @route(
        "GET /card/benefits/<page>",
        Policy.MEMBER,
        Words("我的卡能用在哪里：下一页门店", "What my card is good for: more places"),
        _LISTED,
        name="benefits_page",
    )
    def benefits(self, member: MemberIdentity, page: str = "1") -> Reply[BenefitsBody]:
        """Return the card's benefits, with page `page` of their places: "1" to "1000", 200 a page.

        Raises:
            InputInvalid: `page` is no number in that range.
        """
        number = read_number("page", page, least=1, most=PAGES_MAX)
        found = self._services.ledger.members.benefits.card_benefits(principal(member, None))
        return Reply(benefits_body(found, number), tagged=True)


routes = routes_of(BenefitRoutes)
