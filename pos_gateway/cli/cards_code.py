"""Print the code that a member's phone would show, for trying a till."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from ledger.members.card import check_live
from pos_gateway.cli.asking import IDENTIFIER, example
from pos_gateway.cli.opened import with_services
from pos_gateway.codes import card_bytes, make_session_code
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS
from pos_gateway.codes.qr_image import modules, png
from pos_gateway.services import Services

_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


@click.command(epilog=example("hongka cards code 3f0a… --qr"))
@click.argument("card_id", type=IDENTIFIER)
@click.option(
    "--lifetime-seconds",
    type=click.IntRange(1, LIFETIME_MAX_SECONDS),
    default=60,
    show_default=True,
    help="How long the code holds.",
)
@click.option("--qr", is_flag=True, help="Draw it in the terminal as well.")
@click.option(
    "--png", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw it as PNG."
)
@with_services
def code(
    services: Services, *, card_id: str, lifetime_seconds: int, qr: bool, picture: Path | None
) -> None:
    """Make a signed code for a card, as a member's phone shows it. It redeems once."""
    card = services.ledger.card(card_id)
    check_live(card, services.ledger.day(services.clock()))
    text = make_session_code(
        services.keys,
        card=card_bytes(card_id),
        now=services.clock(),
        jti=secrets.token_bytes(8),
        lifetime_seconds=lifetime_seconds,
    )
    click.echo(text)
    if qr:
        click.echo(_drawn(text))
    if picture:
        picture.write_bytes(png(text))


def _drawn(text: str) -> str:
    """Return the QR code in half-block characters, for a terminal with a dark background."""
    rows = [[not dark for dark in row] for row in modules(text)]
    rows += [[True] * len(rows[0])] * (len(rows) % 2)
    return "\n".join(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
