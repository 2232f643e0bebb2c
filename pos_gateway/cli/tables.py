"""Show rows as a table for people, as CSV for spreadsheets, as JSON for scripts.

All three are written in blocks of rows as these are read, so that any number of rows fits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pos_gateway.settings import Settings
from pos_gateway.web.csv_text import MARK, csv_text
from pos_gateway.web.formatting import grouped, local_time

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, Any]

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="For people, for a spreadsheet, for a script. Tables have yuan and the time of"
    " HONGKA_ZONE, the others fen and UTC.",
)

BLOCK_ROWS = 1_000
"""The rows that are written at once; those of the first block give a table its widths."""

_GAP = "   "


def show_rows(rows: Iterable[Row], *, form: str, columns: Sequence[str]) -> None:
    """Print rows in the form `table`, `csv` or `json`.

    Tables and CSV have these columns only; JSON has every field. A table without rows is "Nothing."
    """
    match form:
        case "json":
            _show_json(rows)
        case "csv":
            _show_csv(rows, columns)
        case _:
            _show_table(rows, columns)


def limited(rows: Iterable[Row], limit: int | None) -> Iterator[Row]:
    """Yield the first `limit` rows (None: all); say on stderr if there are more."""
    left = iter(rows)
    yield from islice(left, limit)
    if next(left, None) is not None:
        click.echo(f"There are more than {limit}: ask for more with --limit.", err=True)


def show_record(record: Row, *, form: str) -> None:
    """Print one record: `table` and `csv` have a row for each field, `json` one object."""
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(record)))
        return
    if form == "csv":
        rows = [{"field": name, "value": value} for name, value in record.items()]
    else:
        rows = [
            {"field": _title(name), "value": shown(name, value)} for name, value in record.items()
        ]
    show_rows(rows, form=form, columns=("field", "value"))


def shown(column: str, value: Any) -> str:
    """Return a value as text for people: in columns `…_minor` as yuan, in `…_at` as local time.

    None and an empty list become "", a bool yes or no, a list its values with commas, a dict JSON.
    """
    match value:
        case None | () | []:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() if column.endswith("_minor"):
            return grouped(value, minus="-")
        case datetime():
            return local_time(value, Settings.read(os.environ).zone)
        case str() if value and (column == "at" or column.endswith("_at")):
            return shown(column, datetime.fromisoformat(value))
        case tuple() | list():
            return ", ".join(shown("", one) for one in value)
        case dict():
            return msgspec.json.encode(value).decode()
    return str(value)


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while block := list(islice(left, BLOCK_ROWS)):
        yield block


def _show_table(rows: Iterable[Row], columns: Sequence[str]) -> None:
    from rich.cells import cell_len
    from rich.console import Console

    console = Console()
    widths: list[int] = []
    numbers: list[bool] = []
    for block in _blocks(rows):
        cells = [[shown(column, row.get(column)) for column in columns] for row in block]
        lines: list[str] = []
        if not widths:
            heads = [*map(_title, columns)]
            widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
            if console.is_terminal:
                # Ids are not folded, so that people can copy them into the next command.
                _narrow(widths, console.width, first=int(columns[0].endswith("_id")))
            numbers = [_is_number(block, column) for column in columns]
            rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
            lines += ["", *_lines(console, widths, numbers, heads), f" {rule}"]
        for row in cells:
            lines += _lines(console, widths, numbers, row)
        click.echo("\n".join(lines))
    click.echo("" if widths else "Nothing.")


def _narrow(widths: list[int], room: int, *, first: int) -> None:
    """Take from the widest column, of those from the number `first` on, until all have room."""
    room -= 1 + len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths[first:], default=1) > 1:
        widths[widths.index(max(widths[first:]), first)] -= 1


def _lines(
    console: Console, widths: list[int], numbers: list[bool], row: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a row: on a terminal more than one where a cell has no room, else one."""
    from rich.cells import cell_len
    from rich.text import Text

    cells = [[text.replace("\n", " ")] for text in row]
    if console.is_terminal:
        cells = [
            [line.plain.rstrip() for line in Text(text).wrap(console, width, overflow="fold")]
            for width, (text,) in zip(widths, cells, strict=True)
        ]
    for texts in zip_longest(*cells, fillvalue=""):
        drawn = []
        for width, is_number, text in zip(widths, numbers, texts, strict=True):
            space = " " * (width - cell_len(text))
            drawn.append(space + text if is_number else text + space)
        yield f" {_GAP.join(drawn)}".rstrip()


def _is_number(rows: Sequence[Row], column: str) -> bool:
    """Return whether all values of a column are int or bool, None aside; false without values."""
    values = [row[column] for row in rows if row.get(column) is not None]
    return bool(values) and all(isinstance(value, int) for value in values)


def _show_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    click.echo(MARK + csv_text([columns], line_end="\n"), nl=False)
    for block in _blocks(rows):
        lines = ([_cell(row.get(column)) for column in columns] for row in block)
        click.echo(csv_text(lines, line_end="\n"), nl=False)


def _show_json(rows: Iterable[Row]) -> None:
    """Print an array in blocks, as `msgspec.json.format` would print it in one."""
    begin = "["
    for block in _blocks(rows):
        text = msgspec.json.format(msgspec.json.encode(block)).decode()
        click.echo(begin + text.removeprefix("[").removesuffix("\n]"), nl=False)
        begin = ","
    click.echo("[]" if begin == "[" else "\n]")


def _cell(value: Any) -> str | int:
    """Return a value as a CSV cell, None as ""."""
    if value is None or isinstance(value, bool | int):
        return "" if value is None else value
    return value.isoformat() if isinstance(value, datetime) else shown("", value)


def _title(column: str) -> str:
    return column.removesuffix("_minor").replace("_", " ")
