"""Show rows as a table for people, as CSV for spreadsheets, as JSON for scripts."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pos_gateway.settings import Settings
from pos_gateway.web.csv_text import csv_text, no_formula
from pos_gateway.web.formatting import grouped, local_time

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

_WIDE = 10_000


def show_rows(rows: Iterable[Row], *, form: str, columns: Sequence[str]) -> None:
    """Print rows in the form `table`, `csv` or `json`.

    Tables and CSV have these columns only; JSON has every field. A table without rows is "Nothing."
    """
    match form:
        case "json":
            click.echo(msgspec.json.format(msgspec.json.encode(list(rows))))
        case "csv":
            _show_csv(rows, columns)
        case _:
            _show_table(list(rows), columns)


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


def _show_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    if not rows:
        click.echo("Nothing.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            _title(column),
            justify="right" if _is_number(rows, column) else "left",
            overflow="fold",
            # Ids are not folded, so that people can copy them into the next command.
            no_wrap=column == columns[0] and column.endswith("_id"),
        )
    for row in rows:
        # As text, since a merchant's name is not markup.
        table.add_row(*(Text(shown(column, row.get(column))) for column in columns))
    console = Console()
    if console.is_terminal:
        console.print(table)
        return
    # A pipe gets every line unfolded.
    with (wide := Console(width=_WIDE, file=io.StringIO())).capture() as captured:
        wide.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _is_number(rows: Sequence[Row], column: str) -> bool:
    """Return whether all values of a column are int or bool, None aside; false without values."""
    values = [row[column] for row in rows if row.get(column) is not None]
    return bool(values) and all(isinstance(value, int) for value in values)


def _show_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    lines = [columns, *([_cell(row.get(column)) for column in columns] for row in rows)]
    click.echo(csv_text(lines, line_end="\n"), nl=False)


def _cell(value: Any) -> str | int:
    """Return a value as a CSV cell (None: ""); a text that a spreadsheet would run gets a `'`."""
    if value is None or isinstance(value, bool | int):
        return "" if value is None else value
    text = value.isoformat() if isinstance(value, datetime) else shown("", value)
    return no_formula(text)


def _title(column: str) -> str:
    return column.removesuffix("_minor").replace("_", " ")
