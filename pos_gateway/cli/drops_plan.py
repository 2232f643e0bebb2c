"""Plans of drops: an example of each mode, and a plan from a file; every error names its field."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec.structs import asdict

from ledger.drops.terms import Mode, Plan, Session
from ledger.errors import TermsInvalid
from pos_gateway.cli.asking import FILE, example
from pos_gateway.cli.benefit_terms import read_json
from pos_gateway.i18n.messages import message
from pos_gateway.services import process_time
from pos_gateway.settings import Settings

_MISSING = re.compile(r"missing required field `(\w+)`")

PLAN_FILE = click.argument("file", type=FILE)


def read_plan(file: Path) -> Plan:
    """Read the plan in a JSON file; an unknown field is an error, so no misspelt limit is ignored.

    Raises:
        TermsInvalid: a value is missing, unknown or of another form; `field` is its path, such as
            `items[0].title`, or "file" if the file is not JSON.
    """
    said = read_json(file, object)
    try:
        plan = msgspec.convert(said, Plan)
    except msgspec.ValidationError as wrong:
        raise _named(str(wrong)) from None
    _check(said, plan, "")
    return plan


@contextmanager
def plain_terms() -> Iterator[None]:
    """Turn `TermsInvalid` inside the block into one line that points to `hongka drops example`.

    Raises:
        ClickException: the terms are wrong.
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


def _named(complaint: str) -> TermsInvalid:
    """Return a decoder's complaint as an error; `field` is the path in the file, "file" if none."""
    problem, _, path = complaint.partition(" - at `$")
    path = path.strip(".`")
    if missing := _MISSING.search(problem):
        return TermsInvalid(field=f"{path}.{missing[1]}".removeprefix("."), problem="missing")
    return TermsInvalid(field=path or "file", problem=problem)


def _check(said: Any, read: Any, field: str) -> None:
    """Compare the JSON `said` with the decoded plan `read`, below the path `field`.

    Raises:
        TermsInvalid: a field is unknown, or a time is without offset or in the first or last year.
    """
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
        case datetime() if not MINYEAR < read.year < MAXYEAR:
            raise TermsInvalid(field=field, problem="out of range")
        case _:
            pass


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
    closes_at are required. A draw takes at most 65,535 entries.
    """
    now = process_time().astimezone(Settings.read(os.environ).zone)
    plan = example_plan(Mode(mode), now)
    fields = asdict(plan) | {"audience": asdict(plan.audience)}
    click.echo(msgspec.json.format(msgspec.json.encode(fields)))


def example_plan(mode: Mode, now: datetime) -> Plan:
    """Return valid terms of a drop that opens the day after `now` (aware), at ten in its zone."""
    opens_at = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    closes_at, visit = opens_at + timedelta(days=1), opens_at.replace(hour=8) + timedelta(days=7)
    session = Session(
        session_id=f"{visit:%m-%d}", starts_at=visit, ends_at=visit.replace(hour=18), capacity=1_000
    )
    plan = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes())[mode]
    (item,) = plan["items"]
    item["sessions"] = [session]
    plan |= {"title": item["title"], "mode": mode, "opens_at": opens_at, "closes_at": closes_at}
    if rule := plan.get("seed_rule"):
        rule["day"] = closes_at.date() + timedelta(days=2)  # the day in China's time zone
        rule["statement"] = rule["statement"].format(day=rule["day"])
    return msgspec.convert(plan, Plan)
