"""Example plans of drops, one a mode."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import click
import msgspec
from msgspec.structs import asdict

from ledger.drops.terms import Audience, Item, Mode, Plan, SeedRule, Session
from pos_gateway.cli.asking import example
from pos_gateway.services import process_time
from pos_gateway.settings import Settings


@click.command(
    "example",
    epilog=example(
        "hongka drops example > may-day.json", "hongka drops example --mode draw > lots.json"
    ),
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.FIRST_COME.value,
    show_default=True,
    help="Who comes first, who is drawn by lot, or everybody in a group.",
)
def print_example(*, mode: str) -> None:
    """Print a plan to start from, as JSON.

    It has every field there is, and opens tomorrow at ten. Only title, mode, items, opens_at and
    closes_at must be given.
    """
    now = process_time().astimezone(Settings.read(os.environ).zone)
    plan = example_plan(Mode(mode), now)
    fields = asdict(plan) | {"audience": asdict(plan.audience)}
    click.echo(msgspec.json.format(msgspec.json.encode(fields)))


def example_plan(mode: Mode, now: datetime) -> Plan:
    """Return valid terms of a drop that opens the day after `now`, at ten in its zone."""
    opens_at = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    visit = opens_at.replace(hour=8) + timedelta(days=7)
    session = Session(
        session_id=f"{visit:%m-%d}", starts_at=visit, ends_at=visit.replace(hour=18), capacity=1_000
    )
    if mode is Mode.ALLOTMENT:
        item = Item(
            item_id="pillow",
            title="孝亲枕",
            kind="goods",
            sessions=(session,),
            supplier_id="pillow-maker",
            income_minor=50_00,
        )
        others: dict[str, Any] = {"audience": Audience(groups=("劳模",))}
    else:
        item = Item(
            item_id="garden",
            title="玫瑰园门票",
            kind="admission",
            sessions=(session,),
            supplier_id="rose-garden",
            income_minor=60_00,
            party_max=3,
        )
        others = {"waiting_max": 100}
    closes_at = opens_at + timedelta(days=1)
    if mode is Mode.DRAW:
        day = closes_at.date() + timedelta(days=2)  # the day in China's time zone
        others["seed_rule"] = SeedRule(
            statement=f"按{day:%Y年%m月%d日}公布的双色球开奖号码摇号",
            source="中国福利彩票双色球: 6 red numbers, then 1 blue",
            day=day,
        )
    return Plan(
        title=item.title, mode=mode, items=(item,), opens_at=opens_at, closes_at=closes_at, **others
    )
