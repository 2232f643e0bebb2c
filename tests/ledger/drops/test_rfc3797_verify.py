"""A published draw is checked by the ledger and by an independent script."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.drops import rfc3797
from ledger.drops.rfc3797 import Frozen, ListedEntry, Published, Seed
from tests.ledger.drops.test_rfc3797 import BALLS, PILLOW, ROSES, TULIPS, draws, entry, published

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_draw"

SOUND = published(
    [entry(1, party=3), entry(2, party=2, weight=2), entry(3, PILLOW), entry(4, PILLOW, weight=2)],
    {ROSES: 3, PILLOW: 1},
    BALLS,
)


def script(document: bytes) -> tuple[int, list[str], str]:
    """Run the script.

    Return its exit status, faults and output; our packages cannot be imported.
    """
    ran = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, "/dev/stdin"],
        input=document,
        capture_output=True,
        check=False,
        timeout=60,
    )
    said = ran.stdout.decode()
    assert ran.stderr == b""
    return ran.returncode, re.findall(r"^WRONG (\w+): ", said, re.MULTILINE), said


def ledger_finds(document: bytes) -> list[str]:
    try:
        one = msgspec.json.decode(document, type=Published)
    except msgspec.DecodeError:
        return ["document_invalid"]
    return rfc3797.verify(one)


@given(draws())
def test_a_draw_as_it_should_be_is_found_right_by_both(one: Published) -> None:
    document = msgspec.json.encode(one)

    code, found, said = script(document)

    assert (code, found, ledger_finds(document)) == (0, [], [])
    assert f"Key:      {rfc3797.key_string(one.seed.numbers)}\n" in said
    assert f"as SHA-256 {one.frozen.sha256}\n" in said


def test_the_document_is_plain_json() -> None:
    document = msgspec.json.decode(msgspec.json.encode(SOUND))

    assert document["format"] == "hongka-draw-1"
    assert document["rule"]["day"] == "2019-04-25"
    assert document["places"] == [["rose-garden", "1-may", 3], ["pillow", "hall", 1]]
    assert document["frozen"]["at"] == "2019-04-25T10:00:00Z"
    assert document["entries"][1] == [2, "entry-2", "rose-garden", "1-may", 2, 2]
    assert document["seed"]["numbers"] == BALLS


def frozen_again(one: Published, entries: list[ListedEntry]) -> Published:
    """Return the document with another list and a matching hash."""
    hashed = rfc3797.entries_hash(one.drop, entries)
    return replace(one, entries=entries, frozen=Frozen(len(entries), hashed, one.frozen.at))


def at(one: Published, **hours: float) -> Published:
    """Return the document frozen, or seeded, so many hours later."""
    for part, later in hours.items():
        stamp: Any = getattr(one, part)
        one = replace(one, **{part: replace(stamp, at=stamp.at + timedelta(hours=later))})
    return one


LIGHTER = replace(SOUND.entries[1], weight=1)
TAMPERED: dict[str, tuple[Callable[[Published], Published], set[str]]] = {
    "another format": (lambda one: replace(one, format="hongka-draw-2"), {"format_unknown"}),
    "another drop": (lambda one: replace(one, drop="pillows"), {"hash_differs"}),
    "a changed weight": (
        lambda one: replace(one, entries=[one.entries[0], LIGHTER, *one.entries[2:]]),
        {"hash_differs", "winners_differ"},
    ),
    "a removed entry": (
        lambda one: replace(one, entries=one.entries[1:]),
        {"hash_differs", "count_differs", "entries_not_numbered"},
    ),
    "a removed last entry": (
        lambda one: replace(one, entries=one.entries[:-1]),
        {"hash_differs", "count_differs", "winners_differ"},
    ),
    "an entry twice": (
        lambda one: frozen_again(one, [*one.entries, replace(one.entries[0], number=5)]),
        {"entry_repeated", "winners_differ"},
    ),
    "another seed": (lambda one: replace(one, seed=Seed([[1]], one.seed.at)), {"winners_differ"}),
    "a seed that makes no key": (
        lambda one: replace(one, seed=Seed([[]], one.seed.at)),
        {"seed_invalid"},
    ),
    "a swapped winner": (
        lambda one: replace(one, winners=[3, *one.winners[1:]]),
        {"winners_differ"},
    ),
    "winners in another sequence": (
        lambda one: replace(one, winners=one.winners[::-1]),
        {"winners_differ"},
    ),
    "a winner too many": (lambda one: replace(one, winners=[*one.winners, 1]), {"winners_differ"}),
    "more places": (
        lambda one: replace(one, places=[(*ROSES, 5), (*PILLOW, 1)]),
        {"winners_differ"},
    ),
    "places given twice": (
        lambda one: replace(one, places=[(*ROSES, 0), *one.places]),
        {"places_repeated"},
    ),
    "a session nobody announced": (
        lambda one: frozen_again(one, [*one.entries, entry(5, TULIPS)]),
        {"session_unknown", "winners_differ"},
    ),
    "numbers entered as the list was closed": (
        lambda one: at(one, frozen=4),
        {"seed_before_freeze"},
    ),
    "a list closed on the next day in China": (
        lambda one: at(one, frozen=6, seed=6),
        {"frozen_after_day"},
    ),
    "numbers entered on the day before in China": (
        lambda one: at(one, frozen=-24, seed=-22.5),
        {"seed_before_day"},
    ),
    "more lots than can be drawn": (
        lambda one: frozen_again(one, [entry(n + 1, weight=2) for n in range(32_768)]),
        {"too_many_lots"},
    ),
    "more winners than lots": (
        lambda one: replace(one, winners=[1] * 65_536),
        {"document_invalid"},
    ),
    "a weight of three": (
        lambda one: replace(one, entries=[entry(1, weight=3)]),
        {"document_invalid"},
    ),
    "a party of nobody": (
        lambda one: replace(one, entries=[entry(1, party=0)]),
        {"document_invalid"},
    ),
    "fewer places than none": (
        lambda one: replace(one, places=[(*ROSES, -1)]),
        {"document_invalid"},
    ),
    "a time without a zone": (
        lambda one: replace(one, seed=Seed(BALLS, datetime(2019, 4, 26))),  # noqa: DTZ001 - the fault
        {"document_invalid"},
    ),
    "a time at the end of time": (
        lambda one: replace(one, seed=Seed(BALLS, datetime.max.replace(tzinfo=UTC))),
        {"document_invalid"},
    ),
}


@pytest.mark.parametrize(("tamper", "reasons"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_tampered_with_is_found_by_both(
    tamper: Callable[[Published], Published], reasons: set[str]
) -> None:
    tampered = tamper(SOUND)

    code, found, _ = script(msgspec.json.encode(tampered))

    assert code == 1
    assert sorted(found) == sorted(rfc3797.verify(tampered)) == sorted(reasons)


def test_half_a_character_is_no_document() -> None:
    assert rfc3797.verify(replace(SOUND, title="\ud800")) == ["document_invalid"]


VALUES: list[Any] = [None, True, -1, 0, 1, 2, 3, 1.5, 2**53, 10**30, "", "1-may", [], [1], {}]


def parts(value: Any) -> list[tuple[Any, Any]]:
    """Yield every place in a document: its container and key."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [(value, name) for name, _ in items] + [
        deep for _, part in items for deep in parts(part)
    ]


@given(st.data())
def test_both_find_the_same_whatever_is_changed(choose: st.DataObject) -> None:
    document = json.loads(msgspec.json.encode(SOUND))
    holder, name = choose.draw(st.sampled_from(parts(document)))
    if choose.draw(st.booleans()):
        del holder[name]
    else:
        holder[name] = choose.draw(st.sampled_from(VALUES))
    changed = json.dumps(document).encode()

    code, found, _ = script(changed)

    assert sorted(found) == sorted(ledger_finds(changed))
    assert code == bool(found)


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": "hongka-draw-1"}', b"1" * 5_000],
)
def test_what_is_no_document_is_said_to_be_none(document: bytes) -> None:
    code, found, _ = script(document)

    assert (code, found) == (1, ["document_invalid"])


def test_the_script_is_a_program_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "draw.json").write_bytes(msgspec.json.encode(SOUND))

    right = subprocess.run([SCRIPT, tmp_path / "draw.json"], capture_output=True, check=False)
    missing = subprocess.run([SCRIPT, tmp_path / "none.json"], capture_output=True, check=False)

    assert right.returncode == 0
    assert "玫瑰园".encode() in right.stdout
    assert missing.returncode == 1
    assert b"cannot be read" in missing.stdout


def test_the_largest_draw_is_checked() -> None:
    wheres = [ROSES, TULIPS, PILLOW]
    entries = [entry(n + 1, wheres[n % 3], n % 4 + 1, n % 2 + 1) for n in range(43_690)]
    largest = published(entries, dict.fromkeys(wheres, 5_000), BALLS)

    code, found, said = script(msgspec.json.encode(largest))

    assert (code, found) == (0, [])
    assert "43690 entries, 65535 lots, 15000 places" in said


def test_a_title_plays_no_tricks_on_the_screen() -> None:
    _, _, said = script(msgspec.json.encode(replace(SOUND, title="\x1b[2J\nAll is right.")))

    assert "Draw:     ?[2J?All is right. (may-day)\n" in said
