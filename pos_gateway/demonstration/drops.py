"""The drops of the demonstration, from `drops.toml`, at times relative to its loading."""

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ledger.drops.terms import Mode, Plan, SeedRule

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
_DROPS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)


def plans(begun: datetime) -> dict[str, Plan]:
    """Return the plans of all drops by name, with times relative to `begun`, the time of loading.

    The only item of a drop has the same name as the drop.
    """
    local = begun.astimezone(_CHINA)
    hour = local.replace(minute=0, second=0, microsecond=0)
    timed = {name: _timed(name, hour) for name in _DROPS if name != "garden"}
    return timed | {"garden": _garden(hour, _soon(local))}


def _timed(name: str, hour: datetime) -> Plan:
    """Return the plan of a drop whose times are written in hours after `hour`."""
    times = {one: hour + hours * _HOUR for one, hours in _DROPS[name]["hours"].items()}
    starts_at = times.pop("starts_at")
    return _plan(name, times, [(SESSION, starts_at, starts_at + 30 * _DAY)])


def _garden(hour: datetime, opens_at: datetime) -> Plan:
    """Return the plan of a drop for the weekend of next week."""
    saturday = (hour + (12 - hour.weekday()) * _DAY).replace(hour=8)
    times = {"opens_at": opens_at, "closes_at": saturday - 12 * _HOUR}
    weekend = (("saturday", saturday), ("sunday", saturday + _DAY))
    return _plan("garden", times, [(name, day, day + 9 * _HOUR) for name, day in weekend])


def _plan(
    name: str, times: dict[str, datetime], sessions: Sequence[tuple[str, datetime, datetime]]
) -> Plan:
    """Return a drop as written, at these times, with sessions by id, begin and end."""
    drop = _DROPS[name]
    named = ("session_id", "starts_at", "ends_at", "capacity")
    told = [dict(zip(named, (*one, drop["capacity"]), strict=True)) for one in sessions]
    item = drop["item"] | {"item_id": name, "sessions": told}
    plan = msgspec.convert(drop["plan"] | times | {"items": [item]}, Plan)
    if plan.mode is Mode.DRAW:
        plan = msgspec.structs.replace(plan, seed_rule=_lottery(plan.closes_at))
    return plan


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
