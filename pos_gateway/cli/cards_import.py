"""Issue cards from a roster, with a report on every row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from pos_gateway.cli.asking import Run, Say, officer_of_many
from pos_gateway.cli.progress import Bar
from pos_gateway.roster import read_roster
from pos_gateway.roster.importer import Line, Outcome, import_roster

SHOWN_MAX = 20
"""The most refused rows printed at the terminal; the report lists all of them."""


@officer_of_many(
    "hongka cards import roster.xlsx --dry-run",
    "hongka cards import roster.xlsx --report issued.csv",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row and tell, but write nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write what became of every row to this CSV file: row, outcome, reason, card, words.",
)
def import_file(run: Run, *, file: Path, dry_run: bool, report: Path | None) -> None:
    """Register the members of a roster and issue their cards.

    FILE is XLSX, or CSV in UTF-8 or GB18030, with these columns (the last is optional):

    - 姓名 手机号 身份证号 基层工会 单位 群体 有效期

    The whole file is read before the first card is issued. Good rows are issued, others refused
    with a reason. Run again, or after it was interrupted, it issues nothing twice.
    """
    total = _checked(file)
    lines = import_roster(
        run.ledger, run.services.vault, read_roster(file), by=run.asking["by"], dry_run=dry_run
    )
    with ExitStack() as stack:
        bar = stack.enter_context(Bar("Checking again" if dry_run else "Issuing", total=total))
        kept = _kept(lines, report, stack) if report else lines
        counts, refused = _counted(kept, bar)
    for line in refused:
        click.echo(f"Row {line.row}: {line.reason} {line.words}", err=True)
    if counts[Outcome.REFUSED] > len(refused):
        click.echo(f"… and {counts[Outcome.REFUSED] - len(refused)} more.", err=True)
    _say_sum(run.say, counts, dry_run=dry_run)


def _checked(file: Path) -> int:
    """Read the whole file once, and return its number of rows; name unknown columns on stderr.

    Raises:
        RosterUnreadable: the file can't be read to its end.
    """
    total = 0
    with Bar("Checking") as bar:
        roster = read_roster(file)
        for title in roster.unknown_columns:
            click.echo(f"Column {title!r} is not known and not read.", err=True)
        for _ in roster:
            total += 1
            bar.advance()
    return total


def _kept(lines: Iterator[Line], report: Path, stack: ExitStack) -> Iterator[Line]:
    """Write each line to the CSV report as it is yielded; the file is closed with `stack`."""
    file = stack.enter_context(report.open("w", newline="", encoding="utf-8-sig"))
    writer = csv.writer(file)
    writer.writerow(Line._fields)
    for line in lines:
        writer.writerow(line)
        yield line


def _counted(lines: Iterator[Line], bar: Bar) -> tuple[Counter[Outcome], list[Line]]:
    """Read all lines, moving the bar; return rows by outcome and the first SHOWN_MAX refused."""
    counts: Counter[Outcome] = Counter()
    refused: list[Line] = []
    for line in lines:
        counts[line.outcome] += 1
        if line.outcome is Outcome.REFUSED and len(refused) < SHOWN_MAX:
            refused.append(line)
        bar.advance()
    return counts, refused


def _say_sum(say: Say, counts: Counter[Outcome], *, dry_run: bool) -> None:
    issued, already, refused = (counts[outcome] for outcome in Outcome)
    particulars: dict[str, Any] = {outcome.value: counts[outcome] for outcome in Outcome}
    done = "Would be issued" if dry_run else "Issued"
    say.of(
        f"{done}: {issued}. Already issued: {already}. Refused: {refused}.",
        dry_run=dry_run,
        **particulars,
    )
