"""The story of the demonstration: a month on the ledger, in order."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from ledger.benefits.terms import Rules
from ledger.drops.rfc3797 import Published
from ledger.errors import Refusal
from ledger.event import Event
from ledger.members.member import Member
from ledger.services.base import Asking
from ledger.services.scan import Scan
from pos_gateway.auth.api_key import make_member_key
from pos_gateway.codes import printed_code_hash
from pos_gateway.codes.printed import read_printed
from pos_gateway.demonstration import market
from pos_gateway.demonstration.giving import Giving
from pos_gateway.demonstration.plan import Plan, Till
from pos_gateway.demonstration.staffing import CLERK, REVIEWER, SECOND, TREASURER
from pos_gateway.roster.importer import import_roster
from pos_gateway.services import Services

DAYS = 28
VISITS_A_DAY = 5
REVERSED_EVERY = 20
_SEED = 1949
OFFER_AT = {
    merchant_id: offer.offer_id
    for offer in market.offers()
    for merchant_id in offer.rules.merchants
}
"""The id of the offer at each merchant, by merchant id."""


class Story:
    """Plays officers, members and tills through the month; a repeat changes nothing."""

    def __init__(self, services: Services, plan: Plan) -> None:
        self._ledger, self._officers = services.ledger, services.ledger.officers
        self._vault = services.vault
        self._plan = plan
        self._chance = Random(_SEED)  # noqa: S311 - the same visits each time, nothing secret

    def tell(self) -> tuple[Plan, Published | None]:
        """Record the whole month, step by step; return the plan with its results, and the draw.

        The draw is the published one; None, without `member_keys`, if there are no drops.
        """
        self._open_fund()
        self._sign_merchants()
        self._publish_offers()
        cards = self._issue_cards()
        self._make_grants(cards)
        members = self._members(cards)
        keys = self._make_keys(members)
        giving = Giving(self._ledger, self._plan, members)
        gives = giving.begin(self._at(0))
        made: list[str] = []
        for first, end, then in (
            (1, 21, giving.enter_season_pass),
            (21, 25, giving.close_season_pass),
            (25, DAYS, giving.go_on),
        ):
            made += self._visit(cards, first, end)
            if gives:
                then()
        self._settle(cards, made)
        draw = giving.end() if gives else None
        told = {"card_id": cards[0], "member_keys": keys if gives else ()}
        return msgspec.structs.replace(self._plan, **told), draw

    def _open_fund(self) -> None:
        offers, asking = self._officers.offers, self._asking("fund")
        offers.open_fund(market.FUND, programme=market.PROGRAMME, name="小红卡补贴资金", **asking)
        for source, fen in (("district", 50_000_00), ("town-unions", 12_500_00)):
            asking = self._asking(f"from-{source}", by=TREASURER)
            self._agreed(offers.contribute(market.FUND, source=source, amount_minor=fen, **asking))

    def _sign_merchants(self) -> None:
        merchants = self._officers.merchants
        for shop in market.SHOPS:
            at, asking = shop.merchant_id, self._asking(f"sign-{shop.merchant_id}")
            merchants.sign_merchant(at, name=shop.name, categories=(shop.category,), **asking)
            for outlet_id, outlet in shop.outlets.items():
                asking = self._asking(f"outlet-{outlet_id}")
                place: dict[str, Any] = {"name": outlet.name, "place": outlet.place}
                merchants.open_outlet(at, outlet_id=outlet_id, **place, **asking)
        for till in self._plan.tills:
            told = msgspec.structs.asdict(till)
            del told["key"]
            merchants.pair_till(**told, **self._asking(f"pair-{till.till_id}"))

    def _publish_offers(self) -> None:
        for offer in market.offers():
            terms = msgspec.structs.asdict(offer)
            asking = self._asking(f"offer-{terms.pop('offer_id')}", by=REVIEWER)
            self._agreed(
                self._officers.offers.publish_offer(
                    offer.offer_id, **terms, programme=market.PROGRAMME, **asking
                )
            )

    def _agreed(self, event: Event | None) -> None:
        self._officers.proposals.agreed(event, by=SECOND, at=self._at(0))

    def _issue_cards(self) -> list[str]:
        rows = market.roster(last_day=date(self._plan.begun.year + 5, 12, 31))
        lines = import_roster(self._ledger, self._vault, rows, by=CLERK, at=self._at(0))
        cards = [line.card_id for line in lines]
        code_hash = printed_code_hash(read_printed(self._plan.printed_code).number)
        self._officers.cards.print_code(cards[0], code_hash=code_hash, **self._asking("print"))
        return cards

    def _make_grants(self, cards: list[str]) -> None:
        for place in (0, 1, 7):
            self._officers.offers.make_grant(
                cards[place],
                grant_id=f"{self._plan.name}-haircut-{place}",
                title="免费理发",
                kind="free_service",
                terms={"times": 2, "service": {"zh": "理发", "en": "haircut"}},
                rules=Rules(merchants=("xiufa",)),
                programme=market.PROGRAMME,
                **self._asking(f"grant-{place}"),
            )

    def _members(self, cards: list[str]) -> list[Member]:
        held = self._ledger.find_cards(cards)
        found = self._ledger.find_members(held[card_id].member_id for card_id in cards)
        return list(found.values())

    def _make_keys(self, members: list[Member]) -> tuple[str, ...]:
        """Give the first members API keys and return them; make the second the first's proxy."""
        first, second = members[0].member_id, members[1].member_id
        families, household_id = self._officers.families, f"household-{self._plan.name}"
        for member_id in (first, second):
            asking = self._asking(f"household-{member_id}")
            families.change_household(member_id, household_id=household_id, **asking)
        families.name_proxy(first, proxy_id=second, **self._asking("proxy"))
        keys = []
        for member, secret in zip(members, self._plan.secrets, strict=False):
            member_id, key_id = member.member_id, self._plan.name
            key, key_hash = make_member_key(member_id, key_id, bytes.fromhex(secret))
            asking = self._asking(f"key-{member_id}")
            families.make_member_key(member_id, key_id=key_id, key_hash=key_hash, **asking)
            keys.append(key)
        return tuple(keys)

    def _visit(self, cards: list[str], first: int, end: int) -> list[str]:
        """Redeem purchases on the days from `first` to before `end`, from 1 on; some are refused.

        Return the ids of the redemptions made.
        """
        made = []
        for visit in range((first - 1) * VISITS_A_DAY, (end - 1) * VISITS_A_DAY):
            day, place = divmod(visit, VISITS_A_DAY)
            # The first card is left to the visitor.
            if self._redeem(
                f"{self._plan.name}-{visit:03}",
                self._chance.choice(cards[1:]),
                self._chance.choice(self._plan.tills),
                amount_minor=self._chance.randrange(35_00, 180_00, 50),
                at=self._at(day + 1) + timedelta(minutes=20 * place),
            ):
                made.append(f"{self._plan.name}-{visit:03}")
        return made

    def _settle(self, cards: list[str], made: list[str]) -> None:
        """Block a lost card and try it, reverse some purchases of `made`, pay one merchant."""
        self._officers.cards.block_card(cards[-1], **self._asking("lost", day=DAYS))
        self._redeem(
            f"{self._plan.name}-lost",
            cards[-1],
            self._plan.tills[0],
            amount_minor=80_00,
            at=self._at(DAYS),
        )
        for redemption_id in made[::REVERSED_EVERY]:
            self._ledger.tills.redemptions.reverse(
                redemption_id, merchant_id=None, reason="wrong_amount", by=CLERK
            )
        asking, pay = self._asking("pay", by=TREASURER), self._officers.offers.pay_merchant
        paid = pay(market.FUND, merchant_id="yinghua", **asking)
        self._officers.proposals.agreed(paid, by=REVIEWER, at=self._at(0))

    def _redeem(
        self, redemption_id: str, card_id: str, till: Till, *, amount_minor: int, at: datetime
    ) -> bool:
        scan = Scan(
            merchant_id=till.merchant_id,
            outlet_id=till.outlet_id,
            till_id=till.till_id,
            amount_minor=amount_minor,
            choices=(OFFER_AT[till.merchant_id],),
            card_id=card_id,
            asked=redemption_id.encode(),
        )
        try:
            self._ledger.tills.redemptions.redeem(redemption_id, scan, at=at)
        except Refusal:
            return False
        return True

    def _at(self, day: int) -> datetime:
        return begin(self._plan) + timedelta(days=day)

    def _asking(self, step: str, *, day: int = 0, by: str = CLERK) -> Asking:
        return Asking(by=by, request_id=f"{self._plan.name}/{step}", at=self._at(day))


def begin(plan: Plan) -> datetime:
    """Return the begin of the month that is told; it ends when the plan was made."""
    return plan.begun - timedelta(days=DAYS)
