"""The oracle finds every fault planted into a correct log or into correct answers."""

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple

import msgspec
import pytest

from ledger.store import Draft, leaf
from tests.faults.checker import complaints
from tests.faults.clients import Load, Operation
from tests.faults.district import District
from tests.faults.rows import Row, Written, written
from tests.faults.stories import grown


class Sample(NamedTuple):
    """A log, and every answer given from it."""

    log: Written
    operations: list[Operation]


Spoil = Callable[[Sample], Sample]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    with closing(District(tmp_path_factory.mktemp("sample") / "var")) as district:
        with district.gateway() as gateway, Load([gateway.port], district.calls(1_500)) as load:
            grown(district, 1_000)
            operations = load.stop()
        return Sample(written(district.url), operations)


def rewritten(rows: list[Row]) -> Written:
    """Return a log of these events with new numbers, valid hashes and a valid head."""
    versions: dict[str, int] = {}
    fitting = []
    for position, row in enumerate(rows, 1):
        versions[row.stream] = versions.get(row.stream, 0) + 1
        again = row._replace(position=position, version=versions[row.stream])
        fitting.append(again._replace(leaf=leaf(position, Draft(*again[1:8]))))
    last = fitting[-1]
    return Written(fitting, (last.position, last.at, last.leaf))


def place(sample: Sample, topic: str, **wanted: Any) -> int:
    """Return the index of the last event of a topic with these fields."""
    return max(
        number
        for number, row in enumerate(sample.log.rows)
        if row.topic == topic and wanted.items() <= row.event.items()
    )


def with_rows(sample: Sample, change: Callable[[list[Row]], object]) -> Sample:
    rows = list(sample.log.rows)
    change(rows)
    return sample._replace(log=rewritten(rows))


def with_event(sample: Sample, number: int, **changed: Any) -> Sample:
    row = sample.log.rows[number]
    spoilt = row._replace(payload=json.dumps(row.event | changed))
    return with_rows(sample, lambda rows: rows.__setitem__(number, spoilt))


def with_try(sample: Sample, what: str, **changed: Any) -> Sample:
    """Return the answers with the last try of a kind changed."""
    operations = list(sample.operations)
    for number, operation in enumerate(operations):
        last = operation.tries[-1]
        if last.what == what and last.status:
            tries = [*operation.tries[:-1], msgspec.structs.replace(last, **changed)]
            operations[number] = Operation(operation.call, tries)
            return sample._replace(operations=operations)
    raise LookupError(what)


def a_hole(sample: Sample) -> Sample:
    rows = list(sample.log.rows)
    del rows[-2]
    return sample._replace(log=sample.log._replace(rows=rows))


def a_loss_papered_over(sample: Sample) -> Sample:
    number = place(sample, "redemption.refused")
    return with_rows(sample, lambda rows: rows.pop(number))


def a_redemption_made_twice(sample: Sample) -> Sample:
    row = sample.log.rows[place(sample, "redemption.made", lines=[])]
    return with_rows(sample, lambda rows: rows.append(row))


def a_fund_that_never_held_so_much(sample: Sample) -> Sample:
    return with_event(sample, place(sample, "fund.contributed", fund_id="purse"), amount_minor=9)


def a_share_too_much(sample: Sample) -> Sample:
    number = place(sample, "redemption.made")
    share_minor = sample.log.rows[number].event["member_share_minor"] - 1
    return with_event(sample, number, member_share_minor=share_minor)


def a_limit_nobody_set(sample: Sample) -> Sample:
    number = place(sample, "offer.published", offer_id="thrice")
    rules = {"limits": {"per_term": 4}}
    return with_event(sample, number, rules=rules)


def a_limit_that_was_lower(sample: Sample) -> Sample:
    number = place(sample, "offer.published", offer_id="thrice")
    return with_event(sample, number, rules={"limits": {"per_term": 1}})


def another_reason(sample: Sample) -> Sample:
    return with_event(sample, place(sample, "redemption.refused"), reason="card_blocked")


def a_card_blocked_before(sample: Sample) -> Sample:
    made = place(sample, "redemption.made")
    card_id = sample.log.rows[made].event["card_id"]
    issued = sample.log.rows[place(sample, "card.issued", card_id=card_id)]
    blocked = issued._replace(topic="card.blocked", payload=json.dumps({"card_id": card_id}))
    first_scan = min(n for n, row in enumerate(sample.log.rows) if row.topic.startswith("redem"))
    return with_rows(sample, lambda rows: rows.insert(first_scan, blocked))


def half_a_redemption(sample: Sample) -> Sample:
    number = place(sample, "fund.reserved")
    return with_rows(sample, lambda rows: rows.__delitem__(slice(number, None)))


def money_from_nowhere(sample: Sample) -> Sample:
    row = sample.log.rows[place(sample, "fund.reserved")]
    return with_rows(sample, lambda rows: rows.append(row))


def a_time_that_falls(sample: Sample) -> Sample:
    row = sample.log.rows[-1]._replace(at="2026-01-01T00:00:00.000000Z")
    return with_rows(sample, lambda rows: rows.__setitem__(-1, row))


def a_forgotten_version(sample: Sample) -> Sample:
    rows = list(sample.log.rows)
    rows[-1] = rows[-1]._replace(version=rows[-1].version + 1)
    return sample._replace(log=sample.log._replace(rows=rows))


def a_fact_changed_in_place(sample: Sample) -> Sample:
    rows = list(sample.log.rows)
    rows[3] = rows[3]._replace(payload=rows[3].payload + " ")
    return sample._replace(log=sample.log._replace(rows=rows))


def a_head_left_behind(sample: Sample) -> Sample:
    position, at, hashed = sample.log.head
    return sample._replace(log=sample.log._replace(head=(position - 1, at, hashed)))


def a_request_nobody_sent(sample: Sample) -> Sample:
    return sample._replace(operations=sample.operations[1:])


def an_answer_before_its_time(sample: Sample) -> Sample:
    return with_try(sample, "redeem", asked=9e9, answered=9e9)


def another_answer_the_second_time(sample: Sample) -> Sample:
    return with_try(sample, "again", body={})


def a_second_answer_that_says_first(sample: Sample) -> Sample:
    return with_try(sample, "again", replayed=False)


def an_id_used_for_something_else(sample: Sample) -> Sample:
    return with_try(sample, "other", status=201)


def a_reversal_lost(sample: Sample) -> Sample:
    number = next(n for n, row in enumerate(sample.log.rows) if row.topic == "redemption.reversed")
    return with_rows(sample, lambda rows: rows.pop(number))


def a_failure_of_our_own(sample: Sample) -> Sample:
    return with_try(sample, "redeem", status=500)


def a_refusal_without_a_next_step(sample: Sample) -> Sample:
    return with_try(sample, "redeem", status=503, polite=False)


def an_answer_that_never_came(sample: Sample) -> Sample:
    return with_try(sample, "redeem", status=0)


def test_the_oracle_finds_no_fault_in_a_correct_log(sample: Sample) -> None:
    assert complaints(*sample, calm=True) == []


@pytest.mark.control
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (a_hole, "position"),
        (a_loss_papered_over, "acknowledged, and lost"),
        (a_redemption_made_twice, "answered twice"),
        (a_fund_that_never_held_so_much, "below zero"),
        (a_fund_that_never_held_so_much, "fund:purse stands at -"),
        (a_share_too_much, "do not add up"),
        (a_limit_nobody_set, "was refused, limit_reached; by the rules"),
        (a_limit_that_was_lower, "was made, limit_reached"),
        (another_reason, "was refused, card_blocked; by the rules"),
        (a_card_blocked_before, "was made, card_blocked"),
        (half_a_redemption, "the log ends where fund.reserved was due"),
        (money_from_nowhere, "belongs to no redemption"),
        (a_time_that_falls, "time falls"),
        (a_forgotten_version, "has version"),
        (a_fact_changed_in_place, "the hash of 4 is not its own"),
        (a_head_left_behind, "the head is"),
        (a_request_nobody_sent, "was never asked"),
        (an_answer_before_its_time, "asked after something behind it was answered"),
        (another_answer_the_second_time, "answered {} after"),
        (a_second_answer_that_says_first, "made twice"),
        (an_id_used_for_something_else, "other was answered 201"),
        (a_reversal_lost, "undone, and that is lost"),
        (a_failure_of_our_own, "redeem was answered 500"),
        (a_refusal_without_a_next_step, "a 503 was no proper problem"),
        (an_answer_that_never_came, "sent away though nothing was broken"),
    ],
)
def test_the_oracle_finds(sample: Sample, spoil: Spoil, said: str) -> None:
    found = complaints(*spoil(sample), calm=True)

    assert any(said in complaint for complaint in found), found
