"""The benefits of a member's card and the places that give them; the phone computes distances.

No request carries a position: a member's position stays on the phone.
"""

from __future__ import annotations

from ledger.benefits import Words
from ledger.errors import InputInvalid
from pos_gateway.api.benefits_schema import BenefitsBody, benefits_body
from pos_gateway.api.drops import principal
from pos_gateway.api.examples import benefits as examples
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import House
from pos_gateway.web.api_route import Reply, Route

PAGES_MAX = 1_000
"""The last page that can be requested."""


def routes(house: House) -> list[Route]:
    """Return the routes of a member's benefits."""

    def benefits(member: MemberIdentity, page: str = "1") -> Reply:
        if not page.isdecimal() or not 1 <= int(page) <= PAGES_MAX:
            raise InputInvalid(field="page")
        found = house.ledger.members.benefits.card_benefits(principal(member, None))
        return Reply(benefits_body(found, int(page)), tagged=True)

    return [
        Route(
            name=name,
            method="GET",
            path=path,
            policy=Policy.MEMBER,
            title=title,
            view=benefits,
            answers=BenefitsBody,
            statuses={200: Words("优惠和可用的门店", "The benefits, and where they hold")},
            example_answer=examples.BENEFITS,
        )
        for name, path, title in (
            ("benefits", "/card/benefits", Words("我的卡能用在哪里", "What my card is good for")),
            (
                "benefits_page",
                "/card/benefits/<page>",
                Words("我的卡能用在哪里：下一页门店", "What my card is good for: more places"),
            ),
        )
    ]
