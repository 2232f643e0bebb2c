"""The tables of SECURITY.md are those that the ledger decides by."""

import re
from importlib import import_module
from pathlib import Path

from ledger.control.table import TABLE, Row
from ledger.offline.liability import LIABLE_PARTY
from pos_gateway.app.retention import RETENTION, Kept

PAGE = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")


def line(row: Row) -> str:
    """Return the line of an act, as the page must have it."""
    roles = " or ".join(sorted(row.confirmed_by))
    return f"| {row.words[1]} | {roles} | {row.condition[1] or 'always'} |"


def test_the_page_has_every_act_that_takes_two_people_and_no_other() -> None:
    section = PAGE.partition("## Two people")[2].partition("\nStatements are approved")[0]
    shown = [one for one in section.splitlines() if one.startswith("| ")][1:]

    assert shown == [line(row) for row in TABLE.values()]


def test_the_page_has_every_row_of_the_table_of_liability_in_its_order() -> None:
    section = PAGE.partition("without a network")[2].partition("\n## ")[0]
    shown = [tuple(one.split(" | ")[:2]) for one in section.splitlines() if one.startswith("| `")]

    assert shown == [(f"| `{reason}`", party) for reason, party in LIABLE_PARTY.items()]


def said(name: str, value: float) -> str:
    """Return the value of a bound as the page must write it."""
    if "BYTES" in name or "RATE" in name:
        return f"{value // 2**20} MiB" if value >= 2**20 else f"{value // 2**10} KiB"
    return f"{value:,g}"


def test_the_page_has_the_bounds_of_costly_calls_that_the_code_has() -> None:
    section = PAGE.partition("## What is costly")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .+? \| (.+?) \| (.*?) ?\|$", section, re.MULTILINE)
    wrong, names = [], 0
    for bound, code in rows:
        for place, listed in re.findall("`([a-z_.]+)`((?: `[A-Z_]+`)+)", code):
            for name in re.findall("[A-Z_]+", listed):
                names += 1
                wanted = said(name, getattr(import_module(place), name))
                if not re.search(rf"(?<![\d,]){re.escape(wanted)}(?![\d,]\d)", bound):
                    wrong.append(f"{place}.{name} is {wanted}")

    assert (wrong, names > len(rows)) == ([], True)


def kept_line(row: Kept) -> str:
    """Return the line of what is kept, as the page must have it."""
    return f"| {row.what} | {row.where} | {row.words} | {row.why} |"


def test_the_page_has_the_table_of_retention() -> None:
    section = PAGE.partition("## Retention")[2].partition("\n## ")[0]
    shown = [one for one in section.splitlines() if one.startswith("| ")][1:]

    assert shown == [kept_line(row) for row in RETENTION]
