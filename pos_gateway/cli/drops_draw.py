"""Draws: freeze the list, fix the seed, award the tickets, publish, verify."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import msgspec

from ledger.drops import rfc3797
from ledger.drops.draw import winners
from ledger.drops.rfc3797 import Published
from ledger.errors import InputInvalid
from pos_gateway.cli.asking import FILE, NEW_FILE, Run, Say, Typed, example, officer, reads
from pos_gateway.cli.progress import Bar
from pos_gateway.services import Services


def _numbers(typed: str) -> list[int] | None:
    """Return the numbers of one source, such as "3 11 14 22 27 31"; None for another text."""
    numbers = typed.replace(",", " ").split()
    if all(one.isascii() and one.isdecimal() and len(one) <= _DIGITS_MAX for one in numbers):
        return [int(one) for one in numbers] or None
    return None


_DIGITS_MAX = len(str(rfc3797.NUMBER_MAX))
_SOURCE = Typed("numbers", _numbers, "{value!r}: whole numbers with spaces between them.")


@officer("hongka drops freeze lots-2026")
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
        entries=frozen.entries,
        sha256=frozen.sha256,
    )


@officer('hongka drops seed lots-2026 "3 11 14 22 27 31" "9" --yes')
@click.argument("sources", metavar="NUMBERS...", nargs=-1, required=True, type=_SOURCE)
@click.confirmation_option(
    prompt="Numbers once fixed are never changed. Are these what was published?"
)
def seed(run: Run, *, drop_id: str, sources: tuple[list[int], ...]) -> None:
    """Record the seed numbers of a frozen draw, from the day they come out; they never change.

    The numbers of one source are one argument, in quotes; sources are in the announced order.
    """
    event = run.officers.draws.fix_seed(drop_id, numbers=sources, **run.asking)
    key = rfc3797.key_string(sources)
    line = f"The numbers of {drop_id} are fixed: {key}"
    run.say(event, line, numbers=sources, key=key)


@officer("hongka drops draw lots-2026", many=True)
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
        entries=len(before.entered),
        winners=won,
        awarded=won - before.awarded,
    )


@reads("hongka drops publish lots-2026 --out lots-2026.json")
@click.option("--out", type=NEW_FILE, help="Write it to this file instead of the terminal.")
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


FILE_BYTES_MAX = 64 * 2**20

WORDS: dict[str, str] = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes())
"""A text for each complaint that `ledger.drops.rfc3797.verify` returns."""


@click.command("verify-draw", epilog=example("hongka verify-draw lots-2026.json"))
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def verify_draw(*, file: Path, as_json: bool) -> None:
    """Draw a published draw again from its document alone, and say whether it is right.

    FILE is the document hongka-draw-1; no ledger is opened. Ends with exit code 1 where anything is
    wrong. scripts/verify_draw does the same, sharing no line with this.
    """
    published = _read(file)
    complaints = ["document_invalid"] if published is None else rfc3797.verify(published)
    lines = [] if published is None else list(_told(published))
    lines += [f"WRONG {reason}: {WORDS[reason]}" for reason in complaints]
    lines.append("This draw is not what it says." if complaints else "The draw is right.")
    say = Say(as_json=as_json)
    say.of("\n".join(map(_printable, lines)), sound=not complaints, complaints=complaints)
    if complaints:
        raise click.exceptions.Exit(1)


def _read(file: Path) -> Published | None:
    """Decode the published draw in a file of at most 64 MiB; None if it holds no such document."""
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES_MAX)
    try:
        return msgspec.json.decode(content.removeprefix(BOM_UTF8), type=Published)
    except (ValueError, RecursionError):
        return None


def _told(published: Published) -> Iterator[str]:
    """Yield lines that sum up the draw, with the values to compare by eye with other sources."""
    frozen, rule, seed = published.frozen, published.rule, published.seed
    yield f"Draw:     {published.title} ({published.drop})"
    yield f"Promised: {rule.statement}"
    yield f"Entries:  {len(published.entries)}, winners: {len(published.winners)}"
    yield "Compare by eye:"
    yield "  with what was published before the numbers came out:"
    yield f"    {frozen.entries} entries, SHA-256 {frozen.sha256}, frozen {frozen.at.isoformat()}"
    yield f"  with {rule.source} of {rule.day}:"
    key = "none"
    with suppress(InputInvalid):
        key = rfc3797.key_string(seed.numbers)
    yield f"    {key}, entered {seed.at.isoformat()}"
    yield "  with the places announced:"
    for item, session, places in published.places:
        yield f"    {item}, {session}: {places}"


def _printable(line: str) -> str:
    """Return the line with `?` for each character that is not printable."""
    return "".join(one if one.isprintable() else "?" for one in line)
