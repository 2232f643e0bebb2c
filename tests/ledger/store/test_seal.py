"""A snapshot counts only with the seal of its stream, version, fact and text."""

import json
from typing import Any

import pytest

from ledger.store import Loaded, Log
from ledger.store.seal import SEAL, sealed, unsealed
from tests.ledger.store.test_log import execute
from tests.support.log_fixture import draft, record

GIVEN: dict[str, Any] = {"key": b"k", "stream": "fund-f", "version": 7, "leaf": bytes(32)}
TEXT = '{"program":"p","state":{"available_minor":700}}'
STATE = sealed(**GIVEN, text=TEXT)


def test_a_sealed_snapshot_is_json_with_the_seal_first() -> None:
    assert json.loads(STATE) == {"mac": STATE[8:72], **json.loads(TEXT)}
    assert STATE[SEAL:] == TEXT[1:]
    assert unsealed(**GIVEN, state=STATE) == TEXT


@pytest.mark.parametrize(
    "changed",
    [
        {"key": b"x"},
        {"stream": "fund-g"},
        {"version": 8},
        {"leaf": b"x" * 32},
        {"leaf": None},
        {"state": STATE.replace("700", "7")},
        {"state": TEXT},
        {"state": ""},
    ],
)
def test_whatever_differs_breaks_the_seal(changed: dict[str, Any]) -> None:
    assert unsealed(**GIVEN | {"state": STATE} | changed) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshot SET state = replace(state, '\"n\"', '\"m\"') WHERE stream = 'card-1'",
        "UPDATE snapshot SET version = 1 WHERE stream = 'card-1'",
        "UPDATE snapshot SET state = (SELECT state FROM snapshot WHERE stream = 'card-2')",
        "UPDATE snapshot SET state = '{\"n\":2}'",
        "UPDATE snapshot SET version = 9",
    ],
)
def test_a_stream_whose_snapshot_was_changed_loads_from_its_facts(log: Log, statement: str) -> None:
    record(log, *(draft(f"card-{n}", version) for n in (1, 2) for version in (1, 2, 3)))
    with log.locked() as tx:
        tx.keep_snapshots([("card-1", 2, '{"n":2}'), ("card-2", 2, '{"n":2}')])
    with log.reading() as view:
        assert view.load(["card-1"])["card-1"].version == 2
    execute(log, statement)

    with log.reading() as view:
        facts = view.tail(0, 3)
        assert view.load(["card-1"])["card-1"] == Loaded(None, 0, facts)
