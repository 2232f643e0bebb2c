"""The rest of a member's pages: settings, family, help, what is kept where, and a lost card."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from ledger.members.card import Card, Status
from ledger.vault import masked_name
from pos_gateway.api.drops import principal
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.pages.member.render import show
from pos_gateway.services import House
from pos_gateway.web.page_route import Page, see, told


def pages(house: House) -> list[Page]:
    """The pages behind "more"."""

    def more(asking: MemberIdentity) -> Response:
        member = house.ledger.member(asking.member_id)
        family = [(one, _name(house, one)) for one in member.proxies]
        return show(house, "more", asking, family=family, card=_card(house, asking))

    def block(asking: MemberIdentity) -> Response:
        problem = None
        if request.method == "POST" and request.form.get("understood") == "yes":
            try:
                house.ledger.members.cards.report_card_lost(principal(asking, None))
            except HongkaError as error:
                problem = told(error)
            else:
                return see("/card/block")
        card = _card(house, asking)
        untold = request.method == "POST" and problem is None
        return show(
            house,
            "block",
            asking,
            status=422 if untold else 409 if problem else 200,
            card=card,
            blocked=card.status is Status.BLOCKED,
            live=card.status is Status.LIVE,
            problem=problem,
            untold=untold,
        )

    def words(template: str) -> Page:
        def view(asking: MemberIdentity) -> Response:
            return show(house, template, asking)

        return Page(name=template, path=f"/card/{template}", policy=Policy.MEMBER, view=view)

    return [
        Page(name="card_more", path="/card/more", policy=Policy.MEMBER, view=more),
        Page(
            name="card_block",
            path="/card/block",
            policy=Policy.MEMBER,
            view=block,
            methods=("GET", "POST"),
        ),
        words("help"),
        words("privacy"),
    ]


def _card(house: House, asking: MemberIdentity) -> Card:
    return house.ledger.members.cards.card_of(principal(asking, None))


def _name(house: House, member_id: str) -> str:
    person = house.vault.get(member_id)
    return masked_name(person) if person else ""
