"""The leaf hash covers an event byte for byte; times are text."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ledger.store import Draft, at_text, at_time, leaf
from ledger.store.rows import leaves_before
from tests.support.log_fixture import AT, draft

FACT = Draft("card-卡", 7, "card.issued", AT, '{"a":1}', '{"by":"till-1"}', "r1")


def test_a_leaf_is_the_hash_of_all_fields_with_nul_between_them() -> None:
    fields = ["", "hongka/fact/2", "42", "card-卡", "7", "card.issued", AT, FACT.metadata]
    octets = "\0".join([*fields, FACT.payload, "r1"]).encode()
    expected = "3ec1f7784cb04d817f82c8ad88cced736827294d1095efc40646bed29ada4b61"

    assert hashlib.sha256(octets).hexdigest() == expected
    assert leaf(42, FACT).hex() == expected


def test_a_leaf_of_an_earlier_release_is_the_hash_of_every_field_behind_its_length() -> None:
    fields = ["hongka/fact/1", "42", "card-卡", "7", "card.issued", AT, FACT.metadata, FACT.payload]
    octets = b"\0" + b"".join(struct.pack(">I", len(f.encode())) + f.encode() for f in fields)
    expected = "9fb1223e3c181c0a5a28e9ffa4640dca8d89a918e2e179b947612d0184440c7c"

    assert hashlib.sha256(octets).hexdigest() == expected
    assert leaves_before([(42, *FACT)])[0].hex() == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"stream": "card-c2"},
        {"version": 2},
        {"topic": "undone"},
        {"at": "2026-11-21T12:00:00.123457Z"},
        {"payload": '{"n":2}'},
        {"metadata": "{}"},
        {"request_id": "r2"},
    ],
)
def test_tampering_changes_the_leaf(changed: dict[str, Any]) -> None:
    fact = draft("card-c1", 1)

    assert leaf(1, fact._replace(**changed)) != leaf(1, fact)
    assert leaf(2, fact) != leaf(1, fact)


def test_text_moved_between_fields_changes_the_leaf() -> None:
    fact = draft("card-c1", 1)

    moved = fact._replace(metadata=fact.metadata + fact.payload, payload="")

    assert leaf(1, moved) != leaf(1, fact)


def test_times_are_fixed_width_text_in_utc() -> None:
    beijing = datetime(2026, 11, 21, 20, 0, tzinfo=timezone(timedelta(hours=8)))

    assert at_text(beijing) == "2026-11-21T12:00:00.000000Z"
    assert at_time(at_text(beijing)) == beijing
    assert at_time(AT) == datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        at_text(datetime(2026, 11, 21))  # noqa: DTZ001 - a naive time is the point
