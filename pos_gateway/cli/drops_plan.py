"""The plan of a drop: read from a file, with every complaint naming its field; and an example."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.drop.terms import Audience, Item, Mode, Plan, SeedRule, Session
from ledger.errors import TermsInvalid
from pos_gateway.cli.asking import example
from pos_gateway.house import process_time
from pos_gateway.settings import Settings
from pos_gateway.words import message

FILE_BYTES_MAX = 1_000_000

PLAN_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


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
    """Print the plan of a drop, as JSON to start from: it opens tomorrow at ten."""
    now = process_time().astimezone(Settings.read(os.environ).zone)
    plan = example_plan(Mode(mode), now)
    click.echo(msgspec.json.format(msgspec.json.encode(plan)))


def example_plan(mode: Mode, now: datetime) -> Plan:
    """Terms that hold, for a drop that opens the day after `now`, at ten by its zone."""
    opens_at = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    visit = opens_at.replace(hour=8) + timedelta(days=7)
    session = Session(
        session_id=f"{visit:%m-%d}",
        starts_at=visit,
        ends_at=visit.replace(hour=18),
        capacity=1_000,
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
        day = closes_at.date() + timedelta(days=1)
        others["seed_rule"] = SeedRule(
            statement=f"按{day:%Y年%m月%d日}公布的双色球开奖号码摇号",
            source="中国福利彩票双色球: 6 red numbers, then 1 blue",
            day=day,
        )
    return Plan(
        title=item.title,
        mode=mode,
        items=(item,),
        opens_at=opens_at,
        closes_at=closes_at,
        **others,
    )


def read_plan(file: Path) -> Plan:
    """The plan a file holds, with every name in it known: a misspelt limit would be no limit.

    Raises:
        TermsInvalid: something is missing, misspelt or of another shape; `field` names it.

    """
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES_MAX)
    try:
        said = msgspec.json.decode(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise TermsInvalid(field="file", problem=str(wrong)) from None
    try:
        plan = msgspec.convert(said, Plan)
    except msgspec.ValidationError as wrong:
        problem, _, path = str(wrong).partition(" - at `$.")
        raise TermsInvalid(field=path.rstrip("`") or "file", problem=problem) from None
    _check(said, plan, "")
    return plan


@contextmanager
def plain_terms() -> Iterator[None]:
    """Tell of wrong terms with a next step that fits the plan of a drop.

    Raises:
        ClickException: the terms are wrong, in one line.

    """
    try:
        yield
    except TermsInvalid as wrong:
        title = message(wrong.reason, "en").title
        named = ", ".join(f"{name} {value}" for name, value in wrong.particulars.items())
        raise click.ClickException(
            f"{title} ({wrong.reason}: {named}). Correct it in the file; one that holds:"
            " hongka drops example."
        ) from None


def _check(said: Any, read: Any, field: str) -> None:
    """Check that every name is known and every time has an offset."""
    match read:
        case msgspec.Struct():
            for name, value in said.items():
                path = f"{field}.{name}".removeprefix(".")
                if name not in read.__struct_fields__:
                    raise TermsInvalid(field=path, problem="no such field")
                _check(value, getattr(read, name), path)
        case tuple():
            for number, (value, one) in enumerate(zip(said, read, strict=True)):
                _check(value, one, f"{field}[{number}]")
        case datetime() if read.tzinfo is None:
            raise TermsInvalid(field=field, problem="a time without an offset such as +08:00")
        case _:
            pass
