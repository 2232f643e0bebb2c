"""Cards as plastic: a new printed number each, and pictures for the printer."""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import click
from PIL import Image

from ledger.card import Card, check_live
from ledger.desk import Asking
from pos_gateway.cli.asking import IDENTIFIER, Say, example, officer_of_many
from pos_gateway.cli.progress import Bar
from pos_gateway.code import make_printed_code, printed_code_hash
from pos_gateway.code_card import CARD_SIZE, DOTS_PER_INCH, card_picture
from pos_gateway.code_printed import PRINTED_BYTES, read_printed
from pos_gateway.house import House
from pos_gateway.roster_import import Outcome

CARDS_MAX = 10_000
"""How many cards one command prints."""

_SHEET = (2480, 3508)  # A4 at 300 dots an inch
_ACROSS, _DOWN, _GAP = 2, 5, 24


@click.command(
    "print",
    epilog=example(
        "hongka cards print 3f0a… --out to-print",
        "hongka cards print --issued-in issued.csv --out to-print --sheet",
    ),
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
@click.option("--sheet", is_flag=True, help="A4 sheets of ten cards (PDF) instead of a PNG a card.")
@officer_of_many
def print_cards(
    house: House,
    asking: Asking,
    say: Say,
    *,
    card_ids: tuple[str, ...],
    issued_in: Path | None,
    out: Path,
    sheet: bool,
) -> None:
    """Print cards. Each gets a new number; what was printed for it before is dead at once."""
    chosen = [*card_ids, *(_issued(issued_in) if issued_in else ())]
    if not 1 <= len(chosen) <= CARDS_MAX:
        raise click.UsageError(f"Name 1 to {CARDS_MAX} cards, or give --issued-in.")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    at_once = _ACROSS * _DOWN if sheet else 1
    written = []
    with Bar("Printing", total=len(chosen)) as bar:
        for start in range(0, len(chosen), at_once):
            some = chosen[start : start + at_once]
            name = f"sheet-{start // at_once + 1:04}.pdf" if sheet else f"{some[0]}.png"
            _print(house, asking, some, out / name, sheet=sheet)
            written.append(str(out / name))
            bar.advance(len(some))
    say.of(f"Cards printed: {len(chosen)}, to {out}.", cards=chosen, files=written)


def _print(house: House, asking: Asking, card_ids: list[str], path: Path, *, sheet: bool) -> None:
    """Draw, record, then show: no number is live that was not drawn."""
    drawn = [_drawn(house, card_id) for card_id in card_ids]
    content = _sheet([picture for _, picture in drawn]) if sheet else drawn[0][1]
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    for card_id, (code_hash, _) in zip(card_ids, drawn, strict=True):
        house.ledger.print_code(card_id, code_hash=code_hash, by=asking["by"])
    unfinished.replace(path)


def _drawn(house: House, card_id: str) -> tuple[str, bytes]:
    """The hash of a new number for a card, and the picture that shows it."""
    card: Card = house.ledger.state(f"card-{card_id}")
    check_live(card, house.ledger.day(house.clock()))
    person = house.vault.get(card.member_id)
    text = make_printed_code(secrets.token_bytes(PRINTED_BYTES))
    picture = card_picture(
        title_zh="工会会员互助服务卡",
        title_en="Union member service card",
        holder_masked=house.vault.masked_name(person) if person else "会员",
        number_hint=card_id[-8:].upper(),
        code_text=text,
        valid_until=card.last_day,
    )
    return printed_code_hash(read_printed(text).number), picture


def _sheet(pictures: list[bytes]) -> bytes:
    """Cards side by side on A4, to be cut."""
    sheet = Image.new("RGB", _SHEET, "white")
    width, height = CARD_SIZE[0] + _GAP, CARD_SIZE[1] + _GAP
    left, top = (_SHEET[0] - _ACROSS * width) // 2, (_SHEET[1] - _DOWN * height) // 2
    for place, picture in enumerate(pictures):
        down, across = divmod(place, _ACROSS)
        with Image.open(io.BytesIO(picture)) as card:
            sheet.paste(card, (left + across * width, top + down * height))
    written = io.BytesIO()
    sheet.save(written, "PDF", resolution=DOTS_PER_INCH)
    return written.getvalue()


def _issued(report: Path) -> Iterator[str]:
    """The cards that a report says were issued."""
    with report.open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            if line.get("outcome") == Outcome.ISSUED and line.get("card_id"):
                yield line["card_id"]
