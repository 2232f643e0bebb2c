"""Read the plan of a drop from a file; every error names its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.drops.terms import Plan
from ledger.errors import TermsInvalid
from pos_gateway.i18n.messages import message

FILE_BYTES_MAX = 1_000_000

_MISSING = re.compile(r"missing required field `(\w+)`")

PLAN_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def read_plan(file: Path) -> Plan:
    """Read the plan in a JSON file; an unknown field is an error, so no misspelt limit is ignored.

    Raises:
        TermsInvalid: a value is missing, misspelt or of another form; `field` names it.
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
    """Return a decoder's complaint as an error whose `field` is the path in the file."""
    problem, _, path = complaint.partition(" - at `$")
    path = path.strip(".`")
    if missing := _MISSING.search(problem):
        return TermsInvalid(field=f"{path}.{missing[1]}".removeprefix("."), problem="missing")
    return TermsInvalid(field=path or "file", problem=problem)


def _check(said: Any, read: Any, field: str) -> None:
    """Compare the JSON `said` with the decoded plan `read`, below the path `field`.

    Raises:
        TermsInvalid: a field is unknown, or a time is without offset or out of range.
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
