"""The benefits of a member's card and the outlets that accept cards; the phone computes distances.

No request carries a position: a member's position stays on the phone.
"""

from datetime import date

import msgspec

from ledger.benefits import Remaining, Words
from ledger.benefits.terms import Hours
from ledger.errors import Particular, Refusal
from ledger.offers.offer import Offer
from ledger.services.member_benefits import CardBenefits, Held
from ledger.services.near import Outlet
from pos_gateway.api.drops import principal
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.i18n.messages import message
from pos_gateway.i18n.words import category_words
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import body_of, read_number
from pos_gateway.web.views import Views, route

PAGES_MAX = 1_000
"""The highest page number that a request may name."""

BENEFITS_MAX = 200
"""The most benefits of one response; those usable now come first."""


class WhyNotBody(msgspec.Struct, frozen=True, kw_only=True):
    """The reason why a card or benefit can't be used now, and the next step, in both languages."""

    reason: str
    title: Words
    next_step: Words
    particulars: dict[str, Particular]


class CardStandingBody(msgspec.Struct, frozen=True, kw_only=True):
    """The card's status (`none`: never had one); `why_not` is null where it can be used now."""

    status: str
    why_not: WhyNotBody | None


class LimitBody(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of a benefit: `most` uses in a `period`, of which `left` remain.

    `period` is `day`, `week` (from Monday), `month`, or `term`: the whole life of the benefit.
    """

    period: str
    most: int
    left: int


class BenefitBody(msgspec.Struct, frozen=True, kw_only=True):
    """An offer or a grant for the member: `source` is `offer` or `grant`, and `benefit` its id.

    `kind_words` name its kind, `words` describe it. It holds from `first_day` to `last_day`, both
    inclusive; null means no bound. Empty `weekdays` (ISO: 1 is Monday) mean every day, and empty
    `hours` any time. `remaining` is null where its value has no limit, and `limits` may be empty.
    `why_not` is null where it is usable now. An `exclusive` one can't be combined with others.
    `places` are ids of the `places` on the same page.
    """

    benefit: str
    source: str
    title: str
    kind: str
    kind_words: Words
    words: Words
    usable: bool
    why_not: WhyNotBody | None
    first_day: date | None
    last_day: date | None
    weekdays: tuple[int, ...]
    hours: tuple[Hours, ...]
    remaining: Remaining | None
    limits: list[LimitBody]
    exclusive: bool
    places: list[str]


class CategoryBody(msgspec.Struct, frozen=True, kw_only=True):
    """A category of purchase: its id, and its name in both languages; the id if it has no name."""

    category: str
    words: Words


class PlaceBody(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet that accepts cards; `place` is its id: merchant id, slash, outlet id.

    Its position is WGS-84 in micro-degrees, null if unknown. `address`, `hours` (a text for people)
    and `phone` are empty if unknown.
    """

    place: str
    merchant: str
    outlet: str
    merchant_name: str
    outlet_name: str
    categories: list[CategoryBody]
    address: str
    latitude_microdegrees: int | None
    longitude_microdegrees: int | None
    hours: str
    phone: str


class BenefitsBody(msgspec.Struct, frozen=True, kw_only=True):
    """The benefits of a member's card, and one page of the outlets that accept cards.

    Every page lists the same benefits, at most 200, usable ones first; `more` others were left out,
    some of which may not be for the member. A page has at most 200 outlets; `next_page` is null on
    the last.
    """

    card: CardStandingBody
    benefits: list[BenefitBody]
    places: list[PlaceBody]
    next_page: int | None
    more: int


def benefits_body(found: CardBenefits, page: int) -> BenefitsBody:
    """Return the benefits, 200 at most, with one page of outlets; `page` counts from 1."""
    pages = found.near.pages
    here = pages[page - 1] if page <= len(pages) else None
    held, more = found.held(BENEFITS_MAX)
    refusal = found.card_refusal
    return BenefitsBody(
        card=CardStandingBody(
            status=found.card.status, why_not=_why_not(refusal) if refusal else None
        ),
        benefits=[_benefit(one, here.ids(one.held.rules) if here else []) for one in held],
        places=[_place(outlet) for outlet in here.listed] if here else [],
        next_page=page + 1 if page < len(pages) else None,
        more=more,
    )


def category_body(category: str) -> CategoryBody:
    """Return a category's id with its name in both languages, which is the id if it has no name."""
    return CategoryBody(category=category, words=category_words(category))


def _benefit(one: Held, places: list[str]) -> BenefitBody:
    held, rules = one.held, one.held.rules
    if isinstance(held, Offer):
        source, benefit_id = "offer", held.offer_id
    else:
        source, benefit_id = "grant", held.grant_id
    return body_of(
        BenefitBody,
        held,
        rules,
        benefit=benefit_id,
        source=source,
        kind_words=held.benefit.TITLE,
        words=held.benefit.describe(),
        usable=one.refusal is None,
        why_not=_why_not(one.refusal) if one.refusal else None,
        remaining=one.remaining,
        limits=[
            LimitBody(period=period.value, most=most, left=left)
            for period, most, left in one.limits
        ],
        exclusive=rules.stacking.exclusive,
        places=places,
    )


def _why_not(refusal: Refusal) -> WhyNotBody:
    zh, en = message(refusal.reason, "zh"), message(refusal.reason, "en")
    return WhyNotBody(
        reason=refusal.reason,
        title=Words(zh.title, en.title),
        next_step=Words(zh.next_step, en.next_step),
        particulars=refusal.particulars,
    )


def _place(outlet: Outlet) -> PlaceBody:
    return body_of(
        PlaceBody,
        outlet.place,
        place=outlet.place_id,
        merchant=outlet.merchant.merchant_id,
        outlet=outlet.outlet_id,
        merchant_name=outlet.merchant.name,
        outlet_name=outlet.name,
        categories=[category_body(one) for one in outlet.merchant.categories],
    )


class BenefitRoutes(Views[Services]):
    """The routes of a member's benefits."""

    @route("GET /card/benefits", Policy.MEMBER)
    @route("GET /card/benefits/<page>", Policy.MEMBER, name="benefits_page")
    def benefits(self, member: MemberIdentity, page: str = "1") -> Reply[BenefitsBody]:
        """Return the caller's benefits, with page "1" to "1000" of all outlets, 200 a page."""
        number = read_number("page", page, least=1, most=PAGES_MAX)
        found = self._services.ledger.members.benefits.card_benefits(principal(member, None))
        return Reply(benefits_body(found, number), tagged=True)
