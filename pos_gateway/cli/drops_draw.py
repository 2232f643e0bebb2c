"""Draws: freeze the list, fix the seed, award the tickets, publish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.drops import rfc3797 as lot
from ledger.drops.draw import winners
from pos_gateway.cli.asking import IDENTIFIER, Run, example, officer, officer_of_many, with_services
from pos_gateway.cli.progress import Bar
from pos_gateway.services import Services


class Source(click.ParamType[list[int]]):
    """An option value with the numbers that one source published, in order: "3 11 14 22 27 31"."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        """Parse whole numbers, with spaces or commas between them; refuse another text."""
        numbers = value.replace(",", " ").split()
        if not numbers or not all(
            one.isascii() and one.isdecimal() and len(one) <= len(str(lot.NUMBER_MAX))
            for one in numbers
        ):
            self.fail(f"{value!r}: whole numbers with spaces between them.", param, ctx)
        return [int(one) for one in numbers]


@officer("hongka drops freeze lots-2026")
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
def freeze(run: Run, *, drop_id: str) -> None:
    """Freeze the list of entries of a draw that has closed, and print its count and SHA-256.

    Publish both before the seed numbers come out; after their day, freezing is refused.
    """
    event = run.officers.draws.freeze_entries(drop_id, **run.asking)
    frozen = run.ledger.drop(drop_id).frozen
    assert frozen is not None, "it was just frozen"  # noqa: S101 - our own mistake
    run.say(
        event,
        f"The list of {drop_id} is frozen. Publish now:\n"
        f"Entries: {frozen.entries}\nSHA-256: {frozen.sha256}",
        drop_id=drop_id,
        entries=frozen.entries,
        sha256=frozen.sha256,
    )


@officer('hongka drops seed lots-2026 "3 11 14 22 27 31" "9" --yes')
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
@click.argument("sources", metavar="NUMBERS...", nargs=-1, required=True, type=Source())
@click.confirmation_option(
    prompt="Numbers once fixed are never changed. Are these what was published?"
)
def seed(run: Run, *, drop_id: str, sources: tuple[list[int], ...]) -> None:
    """Record the seed numbers of a frozen draw, from the day they come out; they never change.

    The numbers of one source are one argument, in quotes; sources are in the announced order.
    """
    event = run.officers.draws.fix_seed(drop_id, numbers=sources, **run.asking)
    key = lot.key_string(sources)
    line = f"The numbers of {drop_id} are fixed: {key}"
    run.say(event, line, drop_id=drop_id, numbers=sources, key=key)


@officer_of_many("hongka drops draw lots-2026")
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
def draw(run: Run, *, drop_id: str) -> None:
    """Give the winners of a draw their tickets; the seed must be recorded.

    Run again after it was interrupted, it goes on where it stopped.
    """
    before = run.ledger.drop(drop_id)
    won = len(winners(before))
    with Bar("Drawing", total=won) as bar:
        for awarded in run.officers.draws.award(drop_id, by=run.asking["by"]):
            bar.reach(awarded)
    already = " (It was so already: nothing recorded.)" if before.drawn else ""
    run.say.of(
        f"Winners of {drop_id}: {won} of {len(before.entered)}. All have their tickets.{already}",
        drop_id=drop_id,
        entries=len(before.entered),
        winners=won,
        awarded=won - before.awarded,
    )


@click.command(epilog=example("hongka drops publish lots-2026 --out lots-2026.json"))
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it to this file instead of the terminal.",
)
@with_services
def publish(services: Services, *, drop_id: str, out: Path | None) -> None:
    """Print a draw that is drawn as a document for anybody to check, or write it to --out.

    The document hongka-draw-1 names entries and no member. To check it: hongka verify-draw FILE.
    """
    state = services.ledger.drop(drop_id)
    if state.seed and not state.drawn:
        raise click.ClickException(
            f"Not every winner has a ticket yet. Give them first: hongka drops draw {drop_id}."
        )
    document = msgspec.json.encode(services.ledger.officers.draws.published_draw(drop_id))
    if out is None:
        click.echo(document)
        return
    out.write_bytes(document + b"\n")
    click.echo(f"The draw of {drop_id} is written to {out}.")
