"""Issue the cards of a roster, with a report on every row; print plastic cards."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.services.base import Asking
from pos_gateway.cli.asking import FILE, IDENTIFIER, NEW_FILE, Run, officer, reads
from pos_gateway.cli.progress import Bar
from pos_gateway.members.correction import correct as correct_member
from pos_gateway.roster import Roster, read_roster, read_sheet
from pos_gateway.roster.importer import REPORTED, Line, Outcome, import_roster
from pos_gateway.services import Services
from pos_gateway.web.csv_text import MARK, csv_text

SHOWN_MAX = 20
"""The most refused rows printed at the terminal; the report lists all of them."""

CARDS_MAX = 10_000
"""The most cards that one command prints."""


@officer(
    "hongka cards import roster.xlsx --dry-run",
    "hongka cards import roster.xlsx --report issued.csv --to-mend to-mend.xlsx",
    many=True,
)
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check every row and tell, but write nothing.")
@click.option(
    "--report",
    type=NEW_FILE,
    help="Write what became of every row to this CSV file: row, outcome, reason, card, words.",
)
@click.option(
    "--to-mend",
    type=NEW_FILE,
    help="Write the refused rows to this XLSX file, to mend and import. It names people.",
)
@click.option("--correct", is_flag=True, help="Correct what differs of members with a card.")
@click.option("--renew", is_flag=True, help="Replace a card whose last day differs by a new one.")
def import_file(
    run: Run,
    *,
    file: Path,
    dry_run: bool,
    report: Path | None,
    to_mend: Path | None,
    correct: bool,
    renew: bool,
) -> None:
    """Register the members of a roster and issue their cards.

    FILE is XLSX, or CSV in UTF-8, UTF-16 or GB18030, with these columns (the last is optional):

    - 姓名 手机号 身份证号 基层工会 单位 群体 有效期

    The whole file is read before the first card is issued. Good rows are issued, others refused
    with a reason. Run again, or after it was interrupted, it issues nothing twice. A member who
    has a card keeps it; the report names what differs.
    """
    sheet, today, by = read_sheet(file), run.ledger.day(run.services.clock()), run.asking["by"]
    total = _checked(read_roster(sheet, today))
    taking: dict[str, Any] = {**run.asking, "reason": "roster", "request_id": None}
    lines = import_roster(
        run.ledger,
        run.services.vault,
        read_roster(sheet, today),
        by=by,
        dry_run=dry_run,
        correct=partial(correct_member, run.services, **taking) if correct else None,
        renew=renew,
    )
    with ExitStack() as stack:
        bar = stack.enter_context(Bar("Checking again" if dry_run else "Issuing", total=total))
        kept = _kept(lines, report, stack) if report else lines
        counts, refused, differing = _counted(kept, bar)
    if to_mend:
        _write_to_mend(read_roster(sheet, today), to_mend)
    for line in refused:
        click.echo(f"Row {line.row}: {line.reason} {line.words}", err=True)
    if counts[Outcome.REFUSED] > len(refused):
        click.echo(f"… and {counts[Outcome.REFUSED] - len(refused)} more.", err=True)
    if differing:
        click.echo(f"Members with a card whose data differs: {differing}.", err=True)
    issued, already, failed = (counts[outcome] for outcome in Outcome)
    done = "Would be issued" if dry_run else "Issued"
    run.say.of(
        f"{done}: {issued}. Already issued: {already}. Refused: {failed}.",
        dry_run=dry_run,
        **{outcome.value: counts[outcome] for outcome in Outcome},
    )


@reads("hongka cards sample roster.xlsx")
@click.argument("file", type=NEW_FILE)
def sample(_services: Services, *, file: Path) -> None:
    """Write an empty roster to fill in, as XLSX; its second sheet explains the columns."""
    from pos_gateway.roster import workbook

    file.write_bytes(workbook.sample())


def _write_to_mend(roster: Roster, path: Path) -> None:
    from pos_gateway.roster import workbook

    path.touch(0o600)  # it names people
    path.write_bytes(workbook.to_mend(roster))


def _checked(roster: Roster) -> int:
    """Return the number of rows; name unread sheets and unknown columns on stderr.

    Raises:
        RosterUnreadable: a later row can't be read.
    """
    total = 0
    with Bar("Checking") as bar:
        if roster.end.hidden:
            click.echo("A hidden sheet stands first and is not read.", err=True)
        if roster.end.sheet > 1 or roster.end.unread:
            click.echo(f"Visible sheet {roster.end.sheet} is read, and no other.", err=True)
        for title in roster.unknown_columns:
            click.echo(f"Column {title!r} is not known and not read.", err=True)
        for _ in roster:
            total += 1
            bar.advance()
    return total


def _kept(lines: Iterator[Line], report: Path, stack: ExitStack) -> Iterator[Line]:
    """Write each line to the CSV report as it is yielded; the file is closed with `stack`."""
    file = stack.enter_context(report.open("w", newline="", encoding="utf-8"))
    file.write(MARK + csv_text([REPORTED]))
    for line in lines:
        file.write(csv_text([line[: len(REPORTED)]]))
        yield line


def _counted(lines: Iterator[Line], bar: Bar) -> tuple[Counter[Outcome], list[Line], int]:
    """Read all lines, moving the bar; return rows by outcome, SHOWN_MAX refused, and differing."""
    counts: Counter[Outcome] = Counter()
    refused: list[Line] = []
    differing = 0
    for line in lines:
        counts[line.outcome] += 1
        differing += bool(line.differences)
        if line.outcome is Outcome.REFUSED and len(refused) < SHOWN_MAX:
            refused.append(line)
        bar.advance()
    return counts, refused, differing


@officer(
    "hongka cards print 3f0a… --out to-print",
    "hongka cards print --issued-in issued.csv --out to-print --pdf",
    many=True,
)
@click.argument("card_ids", metavar="[CARD]...", nargs=-1, type=IDENTIFIER)
@click.option(
    "--issued-in", type=FILE, help="Print the cards that the report of an import says were issued."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The directory the pictures go to. Whoever has a picture has the card: keep it close.",
)
@click.option(
    "--pdf",
    "--sheet",
    "sheet",
    is_flag=True,
    help="A4 sheets of ten cards with crop marks (PDF) instead of a PNG a card.",
)
def print_cards(
    run: Run, *, card_ids: tuple[str, ...], issued_in: Path | None, out: Path, sheet: bool
) -> None:
    """Draw live cards for the printer, each with a new printed code, as PNG pictures or A4 sheets.

    An earlier print of a card is dead at once. Name 1 to 10,000 cards, give --issued-in, or both.
    """
    from pos_gateway.printing.sheet_pdf import CARDS_MAX as SHEET_CARDS_MAX

    chosen = list(dict.fromkeys([*card_ids, *(_issued(issued_in) if issued_in else ())]))
    if not 1 <= len(chosen) <= CARDS_MAX:
        raise click.UsageError(f"Name 1 to {CARDS_MAX} cards, or give --issued-in.")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    at_once = SHEET_CARDS_MAX if sheet else 1
    written = []
    with Bar("Printing", total=len(chosen)) as bar:
        for start in range(0, len(chosen), at_once):
            some = chosen[start : start + at_once]
            name = f"sheet-{start // at_once + 1:04}.pdf" if sheet else f"{some[0]}.png"
            _print(run.services, run.asking, some, out / name, sheet=sheet)
            written.append(str(out / name))
            bar.advance(len(some))
    run.say.of(f"Cards printed: {len(chosen)}, to {out}.", cards=chosen, files=written)


def _print(
    services: Services, asking: Asking, card_ids: list[str], path: Path, *, sheet: bool
) -> None:
    """Draw cards with new codes, record the codes, and only then give the file the name `path`.

    So no code is valid that has no picture. `sheet`: one PDF of all cards; else a PNG of the only
    card. Refuses a card that is not live.
    """
    from pos_gateway.printing.card_image import card_picture
    from pos_gateway.printing.job import new_code, record
    from pos_gateway.printing.sheet_pdf import card_sheet

    codes = [new_code(services, card_id) for card_id in card_ids]
    faces = [one.face for one in codes]
    content = card_sheet(faces) if sheet else card_picture(faces[0])
    unfinished = path.with_suffix(".unfinished")
    unfinished.touch(0o600)  # it names people
    unfinished.write_bytes(content)
    record(services, codes, asking["by"])
    unfinished.replace(path)


def _issued(report: Path) -> Iterator[str]:
    """Yield the ids of the cards that the CSV report of an import lists as newly issued."""
    with report.open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            if line.get("outcome") == Outcome.ISSUED and line.get("card_id"):
                yield line["card_id"].strip()  # digits have a tab before them
