"""The drops of the demonstration: items, audiences, and times relative to its loading."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.drops.terms import Audience, Item, Mode, Plan, SeedRule, Session

STATION = "union-station"
SUPPLIERS = {
    STATION: "工会驿站",
    "lvgu-textile": "绿谷家纺",
    "fengjiayu-bees": "冯家峪劳模养蜂工作室",
}
"""Merchants without a till: officers hand the goods over at the station."""

SESSION = "this-month"
"""The session of every item except the garden's."""

RIDERS = "新就业形态"
NUMBERS = [[2, 7, 11, 19, 26, 33], [12]]
"""The made-up seed numbers of the draw."""

_CHINA = ZoneInfo("Asia/Shanghai")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def plans(begun: datetime) -> dict[str, Plan]:
    """Return the plans of all drops by name, with times relative to `begun`, the time of loading.

    The only item of a drop has the same name as the drop.
    """
    hour = begun.astimezone(_CHINA).replace(minute=0, second=0, microsecond=0)
    return {
        "care": _care(hour),
        "season-pass": _season_pass(hour),
        "pillow": _pillow(hour),
        "gift-pack": _gift_pack(hour),
        "film": _film(hour),
        "garden": _garden(hour, _soon(begun.astimezone(_CHINA))),
    }


def _care(hour: datetime) -> Plan:
    """Return the plan of an allotment to all RIDERS, four weeks before `hour`."""
    opens_at = hour - 28 * _DAY + 2 * _HOUR
    return Plan(
        title="关爱新就业形态劳动者礼包",
        mode=Mode.ALLOTMENT,
        opens_at=opens_at,
        closes_at=opens_at + _DAY,
        audience=Audience(groups=(RIDERS,)),
        items=(_goods("care", "骑手关爱礼包", "lvgu-textile", 60_00, _month(opens_at, 20)),),
    )


def _season_pass(hour: datetime) -> Plan:
    """Return the plan of a draw whose entries closed four days before `hour`."""
    closes_at = hour - 4 * _DAY
    return Plan(
        title="云湖玫瑰园年卡摇号",
        mode=Mode.DRAW,
        opens_at=hour - 8 * _DAY + 4 * _HOUR,
        closes_at=closes_at,
        seed_rule=_lottery(closes_at),
        items=(_admission("season-pass", "玫瑰园年卡", "meiyuan", 1, _month(hour, 5)),),
    )


def _pillow(hour: datetime) -> Plan:
    """Return the plan of an open drop of eight pillows, which sell out, with a waiting list."""
    return Plan(
        title="孝亲枕：送给父母的礼物",
        mode=Mode.FIRST_COME,
        opens_at=hour - 10 * _HOUR,
        closes_at=hour + 20 * _DAY,
        per_household=1,
        waiting_max=20,
        items=(_goods("pillow", "孝亲枕", "lvgu-textile", 89_00, _month(hour + 21 * _DAY, 8)),),
    )


def _gift_pack(hour: datetime) -> Plan:
    """Return the plan of a draw that still takes entries."""
    closes_at = hour + 3 * _DAY
    return Plan(
        title="新春大礼包摇号",
        mode=Mode.DRAW,
        opens_at=hour - 6 * _HOUR,
        closes_at=closes_at,
        seed_rule=_lottery(closes_at),
        items=(
            _goods(
                "gift-pack", "新春大礼包", "fengjiayu-bees", 128_00, _month(hour + 6 * _DAY, 10)
            ),
        ),
    )


def _film(hour: datetime) -> Plan:
    """Return the plan of an open drop with places left, whose tickets are valid at once."""
    return Plan(
        title="职工观影周通兑票",
        mode=Mode.FIRST_COME,
        opens_at=hour - 3 * _HOUR,
        closes_at=hour + 25 * _DAY,
        returns_until=hour + 25 * _DAY,
        items=(_admission("film", "观影通兑票（可带一人）", "yinghua", 2, _month(hour, 300)),),
    )


def _garden(hour: datetime, opens_at: datetime) -> Plan:
    """Return the plan of a drop that opens at `opens_at`, in a few minutes."""
    saturday = (hour + (12 - hour.weekday()) * _DAY).replace(hour=8)
    weekend = (("saturday", saturday), ("sunday", saturday + _DAY))
    sessions = [
        Session(session_id=name, starts_at=day, ends_at=day + 9 * _HOUR, capacity=100)
        for name, day in weekend
    ]
    return Plan(
        title="周末免费游玫瑰园",
        mode=Mode.FIRST_COME,
        opens_at=opens_at,
        closes_at=saturday - 12 * _HOUR,
        waiting_max=50,
        items=(_admission("garden", "玫瑰园门票（可带两人）", "meiyuan", 3, *sessions),),
    )


def _soon(begun: datetime) -> datetime:
    """Return the next multiple of five minutes that is more than two minutes away."""
    least = (begun + timedelta(minutes=2)).replace(second=0, microsecond=0)
    return least + timedelta(minutes=5 - least.minute % 5)


def _lottery(closes_at: datetime) -> SeedRule:
    day = (closes_at + 2 * _DAY).date()
    return SeedRule(
        statement=f"以双色球{day:%Y年%m月%d日}开奖号码为随机数，按RFC 3797摇号",
        source="中国福利彩票双色球：六个红球、一个蓝球",
        day=day,
    )


def _goods(item_id: str, title: str, supplier_id: str, income_minor: int, session: Session) -> Item:
    return Item(
        item_id=item_id,
        title=title,
        kind="goods",
        supplier_id=supplier_id,
        income_minor=income_minor,
        merchants=(STATION,),
        sessions=(session,),
    )


def _admission(
    item_id: str, title: str, supplier_id: str, party_max: int, *sessions: Session
) -> Item:
    return Item(
        item_id=item_id,
        title=title,
        kind="admission",
        supplier_id=supplier_id,
        party_max=party_max,
        sessions=sessions,
    )


def _month(starts_at: datetime, capacity: int) -> Session:
    ends_at = starts_at + 30 * _DAY
    return Session(session_id=SESSION, starts_at=starts_at, ends_at=ends_at, capacity=capacity)
