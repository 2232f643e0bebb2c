"""Cards: issue, block, replace, close, expire; and the code that a phone would show."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

import click

from ledger.members.card import check_live
from pos_gateway.cli.asking import DAY, IDENTIFIER, NEW_FILE, Run, group, officer, reads
from pos_gateway.cli.cards_roster import import_file, print_cards, sample
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.codes import CARD_BYTES, card_bytes, make_session_code
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS
from pos_gateway.members.correction import close_card
from pos_gateway.roster.importer import IN_FLIGHT, PAGE_ROWS
from pos_gateway.services import Services
from projections.cards import past_last_day
from projections.engine.pages import every

_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


cards = group("cards", import_file, print_cards, sample)


@officer("hongka cards issue 5f0c… --last-day 2030-12-31", of=cards)
@click.option("--last-day", type=DAY, help="The last day of the card; open-ended where not given.")
def issue(run: Run, *, member_id: str, last_day: date | None) -> None:
    """Issue a card to a registered member, who may hold one live card."""
    card_id = run.new_id(CARD_BYTES)
    event = run.officers.cards.issue_card(
        card_id, member_id=member_id, last_day=last_day, **run.asking
    )
    run.say(event, f"Card {card_id} is issued.", card_id=card_id)


@officer("hongka cards block 3f0a…", of=cards)
def block(run: Run, *, card_id: str) -> None:
    """Block a lost card (挂失): no till accepts it until it is unblocked."""
    event = run.officers.cards.block_card(card_id, **run.asking)
    run.say(event, f"Card {card_id} is blocked.")


@officer("hongka cards unblock 3f0a…", of=cards)
def unblock(run: Run, *, card_id: str) -> None:
    """Unblock a lost card that was found again: tills accept it at once."""
    event = run.officers.cards.unblock_card(card_id, **run.asking)
    run.say(event, f"Card {card_id} is live again.")


@officer("hongka cards replace 3f0a…", of=cards)
@click.option("--last-day", type=DAY, help="The new last day; the old card's where not given.")
def replace(run: Run, *, card_id: str, last_day: date | None) -> None:
    """Replace a live or blocked card: the old one is dead at once, but its uses still count."""
    new = run.new_id(CARD_BYTES)
    event = run.officers.cards.replace_card(
        card_id, new_card_id=new, last_day=last_day, **run.asking
    )
    run.say(event, f"Card {new} takes the place of {card_id}.", card_id=new, replaces=card_id)


@officer("hongka cards close 3f0a… --yes", of=cards)
@click.confirmation_option(prompt="A closed card never opens again. Close it?")
def close(run: Run, *, card_id: str) -> None:
    """Close a card in any status, for good: it never works again."""
    event = close_card(run.services, card_id, **run.asking)
    run.say(event, f"Card {card_id} is closed.")


@officer("hongka cards expire --all", of=cards, many=True)
@click.argument("card_ids", metavar="[CARD]...", nargs=-1, type=IDENTIFIER)
@click.option("--all", "all_cards", is_flag=True, help="Look through every card there is.")
def expire(run: Run, *, card_ids: tuple[str, ...], all_cards: bool) -> None:
    """Record that cards are past their last day. Tills refuse such cards even without this.

    Name the cards, or give --all. Cards that are not past their last day stay as they are.
    """
    if all_cards == bool(card_ids):
        raise click.UsageError("Name the cards, or give --all.")
    due = _past_their_day(run.services) if all_cards else iter(card_ids)

    def expire_one(card_id: str) -> bool:
        return run.officers.cards.expire_card(card_id, by=run.asking["by"]) is not None

    total = None if all_cards else len(card_ids)
    with Bar("Expiring", total=total) as bar, ThreadPoolExecutor(IN_FLIGHT) as threads:
        expired = 0
        while page := [*islice(due, PAGE_ROWS)]:
            for noted in threads.map(expire_one, page):
                expired += noted
                bar.advance()
    run.say.of(f"Cards expired: {expired}.", expired=expired)


def _past_their_day(services: Services) -> Iterator[str]:
    """Yield the ids of live and blocked cards that are past their last day in the rules' zone."""
    bring_up_to_date(services)
    due = partial(past_last_day, today=services.ledger.day(services.clock()))
    return every(due, services.views.reading, lambda last: {"after": last})


@reads("hongka cards code 3f0a… --qr", of=cards)
@click.option(
    "--lifetime-seconds",
    type=click.IntRange(1, LIFETIME_MAX_SECONDS),
    default=60,
    show_default=True,
    help="How long the code holds.",
)
@click.option("--qr", is_flag=True, help="Draw it in the terminal as well.")
@click.option("--png", "picture", type=NEW_FILE, help="Draw it as PNG.")
def code(
    services: Services, *, card_id: str, lifetime_seconds: int, qr: bool, picture: Path | None
) -> None:
    """Print a signed code for a live card, as a member's phone shows it. It redeems once."""
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
        from pos_gateway.codes.qr_image import png

        picture.write_bytes(png(text))


def _drawn(text: str) -> str:
    """Return the QR code of a text in half-block characters, for a dark terminal."""
    from pos_gateway.codes.qr_image import modules

    rows = [[not dark for dark in row] for row in modules(text)]
    rows += [[True] * len(rows[0])] * (len(rows) % 2)
    return "\n".join(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
