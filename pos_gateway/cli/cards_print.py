"""Print plastic cards: a new code each, and pictures for the printer."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import click

from ledger.services.base import Asking
from pos_gateway.cli.asking import IDENTIFIER, Run, officer_of_many
from pos_gateway.cli.progress import Bar
from pos_gateway.roster.importer import Outcome
from pos_gateway.services import Services

CARDS_MAX = 10_000
"""The most cards that one command prints."""


@officer_of_many(
    "hongka cards print 3f0a… --out to-print",
    "hongka cards print --issued-in issued.csv --out to-print --pdf",
)
@click.argument("card_ids", metavar="[CARD]...", nargs=-1, type=IDENTIFIER)
@click.option(
    "--issued-in",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Print the cards that the report of an import says were issued.",
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
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    record(services, codes, asking["by"])
    unfinished.replace(path)


def _issued(report: Path) -> Iterator[str]:
    """Yield the ids of the cards that the CSV report of an import lists as newly issued."""
    with report.open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            if line.get("outcome") == Outcome.ISSUED and line.get("card_id"):
                yield line["card_id"]
