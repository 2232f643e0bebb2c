"""Seasonal care, summer 2019: cooling goods for every delivery rider, by allotment."""

from __future__ import annotations

from datetime import datetime
from itertools import cycle

from ledger.drops.eligibility import Asked
from ledger.drops.terms import Audience, Item, Mode, Plan, Session
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import BEIJING, OFFICER, Place, Stage, ticket_of

DROP = "cooling-2019"
BEGINS = datetime(2019, 6, 24, 9, tzinfo=BEIJING)
GROUP = "新就业形态"
RIDERS, OTHERS = 2_000, 40
INCOME_MINOR = 250_00
"""The price of one set of goods: 2,000 of them are the 500,000 yuan on record."""

NOT_COLLECTED = 75
STATIONS = (
    Place("union-station", "gulou", "gulou-1"),
    Place("rider-station", "guoyuan", "guoyuan-1"),
    Place("delivery-hub", "xinnan", "xinnan-1"),
)
_NAMES = (("工会驿站", "鼓楼站"), ("骑手之家", "果园站"), ("潮白快递驿站", "新南路站"))

PLAN = Plan(
    title="夏送清凉：新就业形态劳动者防暑降温礼包",
    mode=Mode.ALLOTMENT,
    opens_at=datetime(2019, 7, 1, 9, tzinfo=BEIJING),
    closes_at=datetime(2019, 7, 10, 18, tzinfo=BEIJING),
    audience=Audience(groups=(GROUP,)),
    items=(
        Item(
            item_id="cooling",
            title="防暑降温礼包",
            kind="goods",
            supplier_id="lvgu-foods",
            income_minor=INCOME_MINOR,
            merchants=tuple(place.merchant_id for place in STATIONS),
            sessions=(
                Session(
                    session_id="july",
                    starts_at=datetime(2019, 7, 5, 9, tzinfo=BEIJING),
                    ends_at=datetime(2019, 7, 31, 18, tzinfo=BEIJING),
                    capacity=RIDERS,
                ),
            ),
        ),
    ),
)

_ASKED = Asked(claim_id="cooling", drop_id=DROP, item_id="cooling", session_id="july")


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures."""
    for place, (name, outlet) in zip(STATIONS, _NAMES, strict=True):
        stage.open_place(place, name=name, outlet=outlet)
    stage.ledger.officers.merchants.sign_merchant("lvgu-foods", name="绿谷食品", by=OFFICER)
    riders = stage.enrol(RIDERS, group=GROUP, prefix="rider-")
    others = stage.enrol(OTHERS)
    stage.ledger.officers.drops.announce_drop(DROP, plan=PLAN, by=OFFICER)
    stage.go_to(PLAN.opens_at)
    _allot(stage, [*riders, *others])
    _allot(stage, riders[:100])  # a list that is sent twice allots nothing twice
    _hand_over(stage, riders[: RIDERS - NOT_COLLECTED])
    return figures(stage.facts(), DROP)


def _allot(stage: Stage, members: list[str]) -> None:
    stage.each(
        lambda member_id: stage.ledger.officers.drops.allot(
            _ASKED, member_id=member_id, by=OFFICER
        ),
        members,
    )


def _hand_over(stage: Stage, riders: list[str]) -> None:
    """Hand the goods over at the nearest station."""
    stage.go_to(datetime(2019, 7, 5, 10, tzinfo=BEIJING))
    stage.each(
        lambda visit: stage.use(visit[0], visit[0], ticket_of(_ASKED, visit[0]), visit[1]),
        zip(riders, cycle(STATIONS)),
    )
