"""Verify a published draw from its document alone, without any database."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import msgspec

from ledger.drops import rfc3797
from ledger.drops.rfc3797 import Published
from ledger.errors import InputInvalid
from pos_gateway.cli.asking import FILE, Say, example

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
        return msgspec.json.decode(content, type=Published)
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
