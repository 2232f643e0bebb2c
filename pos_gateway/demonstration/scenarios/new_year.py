"""New Year 2019: online reservation over three days, one of four goods of farm-aid projects."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger.drops.eligibility import Asked
from ledger.drops.terms import Item, Mode, Plan, Session
from pos_gateway.demonstration.scenarios.figures import Figures, figures
from pos_gateway.demonstration.scenarios.stage import (
    BEIJING,
    OFFICER,
    Place,
    Stage,
    for_each,
    ticket_of,
)

DROP = "new-year-2019"
BEGINS = datetime(2018, 12, 26, 9, tzinfo=BEIJING)
MEMBERS = 560
STATION = Place("union-station", "gulou", "gulou-1")


class Goods(NamedTuple):
    """An item with its supplier, its number, and the supplier's income for each."""

    item_id: str
    title: str
    supplier_id: str
    supplier: str
    capacity: int
    income_minor: int


GOODS = (
    Goods("honey", "蜂蜜", "fengjiayu-bees", "冯家峪劳模养蜂工作室", 150, 48_00),
    Goods("wood-ear", "木耳礼盒", "dachengzi-wood-ear", "大城子助农木耳合作社", 100, 68_00),
    Goods("peanut-oil", "小榨花生油", "henanzhai-oil", "河南寨劳模榨油坊", 120, 75_00),
    Goods("hawthorn", "山楂饮品", "bulaotun-hawthorn", "不老屯助农山楂饮品厂", 130, 36_00),
)
WISHED = {"honey": 200, "wood-ear": 90, "peanut-oil": 150, "hawthorn": 120}
"""The number of members by first wish."""

FAMILY = 40
"""The number of members who send a family member to the station."""

NOT_COLLECTED = 12


def _asked(item_id: str, claim_id: str = "new-year") -> Asked:
    return Asked(claim_id=claim_id, drop_id=DROP, item_id=item_id, session_id="january")


PLAN = Plan(
    title="元旦助农好物四选一",
    mode=Mode.FIRST_COME,
    opens_at=datetime(2018, 12, 31, 0, tzinfo=BEIJING),
    closes_at=datetime(2019, 1, 3, 0, tzinfo=BEIJING),
    items=tuple(
        Item(
            item_id=one.item_id,
            title=one.title,
            kind="goods",
            supplier_id=one.supplier_id,
            income_minor=one.income_minor,
            merchants=(STATION.merchant_id,),
            sessions=(
                Session(
                    session_id="january",
                    starts_at=datetime(2019, 1, 5, 9, tzinfo=BEIJING),
                    ends_at=datetime(2019, 1, 20, 17, tzinfo=BEIJING),
                    capacity=one.capacity,
                ),
            ),
        )
        for one in GOODS
    ),
)


def play(stage: Stage) -> Figures:
    """Play the scenario on an empty stage, and return its figures."""
    stage.open_place(STATION, name="工会驿站", outlet="鼓楼站")
    for one in GOODS:
        stage.ledger.officers.merchants.sign_merchant(
            one.supplier_id, name=one.supplier, by=OFFICER
        )
    members = stage.enrol(MEMBERS)
    stage.ledger.officers.drops.announce_drop(DROP, plan=PLAN, by=OFFICER)
    _reserve(stage, members)
    _collect(stage, members)
    return figures(stage.facts(), DROP)


def _reserve(stage: Stage, members: list[str]) -> None:
    """Reserve goods; members whose wish is sold out choose another on the second day."""
    stage.go_to(PLAN.opens_at)
    remaining = iter(members)
    for item_id, wished in WISHED.items():
        stage.rush(for_each(_asked(item_id), [next(remaining) for _ in range(wished)]))
    stage.go_to(datetime(2019, 1, 1, 10, tzinfo=BEIJING))
    for item_id in ("wood-ear", "hawthorn"):
        without = [one for one in members if not _reserved(stage, one)]
        stage.rush(for_each(_asked(item_id), without))
    stage.rush(for_each(_asked("honey", "one-more"), members[:1]))  # one of four, not two
    stage.go_to(PLAN.closes_at)
    stage.rush(for_each(_asked("honey", "late"), members[199:200]))


def _collect(stage: Stage, members: list[str]) -> None:
    """Hand goods over once, to the member or to their proxy."""
    reserved = [(one, ticket) for one in members if (ticket := _reserved(stage, one))]
    stage.go_to(datetime(2019, 1, 5, 10, tzinfo=BEIJING))
    sent, alone = reserved[:FAMILY], reserved[FAMILY : len(reserved) - NOT_COLLECTED]
    family = {one: reserved[-1 - place][0] for place, (one, _) in enumerate(sent)}
    for member_id, proxy_id in family.items():
        stage.ledger.officers.families.name_proxy(member_id, proxy_id=proxy_id, by=OFFICER)
    stage.each(
        lambda one: stage.use(f"family-{one[0]}", *one, STATION, collector=family[one[0]]), sent
    )
    stage.each(lambda one: stage.use(f"own-{one[0]}", *one, STATION), alone)
    again, stranger = reserved[0], reserved[-1]
    stage.each(lambda one: stage.use(f"again-{one[0]}", *one, STATION), [again])
    stage.each(
        lambda one: stage.use(f"no-proxy-{one[0]}", *one, STATION, collector=again[0]), [stranger]
    )


def _reserved(stage: Stage, member_id: str) -> str:
    """Return the id of the member's ticket; "" if they have none."""
    ticket = ticket_of(_asked("any"), member_id)
    return ticket if ticket in stage.ledger.grants(member_id).held else ""
