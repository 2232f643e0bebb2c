"""Snapshots of states: when one is due, and each state comes back from its own."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from immutables import Map

from ledger.application import Ledger
from ledger.members.authorization import Principal
from ledger.members.erasure import Erased
from ledger.redemptions.redemption import Redemptions
from ledger.request_ids import RequestsSealed
from ledger.write import state_batch
from ledger.write.request import Request
from ledger.write.state_batch import is_due, snapshot_state, snapshot_text
from ledger.write.state_cache import VersionedState
from ledger.write.streams import CATEGORIES, category_of
from tests.ledger.write.test_state_cache import folded, known, visits
from tests.support.example_drop import DROP, claim_request, garden, plan, session
from tests.support.ledger_fixture import populate, scan
from tests.support.ledger_settlement import (
    CLERK,
    REVIEWER,
    TREASURER,
    care_purchase,
    draw_up_statement,
    pay_statement,
)

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("program", ["ours", "another"])
def test_a_snapshot_changes_no_answer(
    database_url: str, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(state_batch, "SNAPSHOT_EVERY", 3)
    with closing(Ledger(database_url)) as ledger:
        populate(ledger)
        visits(ledger)
        whole = folded(ledger)
    category = CATEGORIES["redemption"]
    if program == "another":
        category = category._replace(program="another")
        monkeypatch.setitem(CATEGORIES, "redemption", category)  # type: ignore[arg-type]

    with closing(Ledger(database_url)) as again:
        with again.store.reading() as view:
            loaded = view.load(["redemption-m1"])["redemption-m1"]
        assert loaded.snapshot is not None
        assert loaded.version % 3 == 0
        assert (snapshot_state(loaded.snapshot, Redemptions, category.program) is None) == (
            program == "another"
        )
        assert known(again) == whole


def test_a_snapshot_is_due_each_time_a_stream_has_grown_enough(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_batch, "SNAPSHOT_EVERY", 4)
    kept = []
    with closing(Ledger(sqlite_url)) as ledger:
        populate(ledger)
        for number in range(9):
            ledger.tills.redemptions.redeem(f"r{number}", scan("c1"))
            with ledger.store.reading() as view:
                kept.append(view.load(["redemption-m1"])["redemption-m1"].version)

    assert kept == [0, 0, 0, 4, 4, 4, 4, 8, 8]


class Growing(NamedTuple):
    """A state that holds one entry for each fact."""

    size: int


@pytest.mark.parametrize("facts_in_a_batch", [1, 7, 256])
def test_a_state_that_fills_in_a_rush_is_kept_each_time_it_doubled(facts_in_a_batch: int) -> None:
    kept = [0]
    for version in range(facts_in_a_batch, 32_767, facts_in_a_batch):
        if is_due(VersionedState(version, Growing(version), kept[-1])):
            kept.append(version)

    assert len(kept) in {6, 7}
    assert all(after <= 2 * before + 2 * 256 for before, after in pairwise(kept[1:]))
    assert kept[-1] >= 16_384


def test_a_snapshot_of_another_program_is_made_anew_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given snapshots, and a program that folds redemptions in another way
    monkeypatch.setattr(state_batch, "SNAPSHOT_EVERY", 3)
    with closing(Ledger(database_url)) as ledger:
        populate(ledger)
        visits(ledger)
    another = CATEGORIES["redemption"]._replace(program="another")
    monkeypatch.setitem(CATEGORIES, "redemption", another)  # type: ignore[arg-type]
    with closing(Ledger(database_url)) as again:
        whole = folded(again)
        stale = [stream for stream in whole if stream.startswith("redemption-")]
        # When it renews them, twice
        renewed = [again.renew_snapshots() for _ in range(2)]
        # Then those alone are made anew, once, each of the whole stream
        assert renewed == [len(stale), 0]
        with again.store.reading() as view:
            loaded = view.load(stale)
        for stream, one in loaded.items():
            assert one.snapshot is not None
            assert snapshot_state(one.snapshot, Redemptions, "another") == whole[stream]
            assert one.facts == []


def a_ticket(ledger: Ledger) -> None:
    """Claim a ticket for a member of a household."""
    now = datetime.now(UTC)
    times = {"opens_at": now + timedelta(seconds=1), "closes_at": now + timedelta(days=1)}
    place = garden(session(starts_at=now, ends_at=times["closes_at"]), supplier_id="rose")
    ledger.officers.drops.announce_drop(DROP, plan=plan(place, per_household=1, **times))
    ledger.officers.families.change_household("m1", household_id="h1")
    ask = ledger.members.claims.claiming(
        claim_request(), Principal(member_id="m1"), at=times["opens_at"]
    )
    ledger.writer.ask(ask)


def payments(ledger: Ledger) -> None:
    """Pay one statement, leave one open, report an incident, propose a bank account."""
    ledger.officers.proposals.make_sheet("9c1d")
    account = {"owner": "fund-care", "kept_as": "proposal-1"}
    proposed = ledger.officers.statements.change_bank_account(**account, by=TREASURER)
    ledger.officers.proposals.agreed(proposed, by=REVIEWER)
    ledger.tills.redemptions.redeem("paid", care_purchase())
    pay_statement(ledger)
    ledger.officers.statements.report_incident("paid", amount_minor=1, reason="other", by=CLERK)
    ledger.tills.redemptions.redeem("open", care_purchase())
    draw_up_statement(ledger, "s-2")


def test_every_state_comes_back_from_its_snapshot(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("code", scan("c1", "hair", code_id="s1"))
    ledger.officers.offers.make_grant(
        "c1",
        grant_id="g1",
        title="",
        kind="free_service",
        terms={"service": {"zh": "一", "en": "a"}} | {"times": 1},
    )
    ledger.officers.cards.print_code("c2", code_hash="4f2a")
    visits(ledger)
    a_ticket(ledger)
    ledger.tills.late_redemptions.count_till(
        "rose", till_id="t1", series=1, highest=3, by="till-t1"
    )
    payments(ledger)
    ledger.confirm_clock()
    erased = Erased(member_id="m9", reason="asked", by="officer-zhao", at=datetime.now(UTC))
    ledger.writer.ask(Request(lambda *_: [RequestsSealed(digest="4f2a"), erased], by="system"))
    found = folded(ledger)

    missing = set(CATEGORIES) - {category_of(stream) for stream in found}
    assert not missing, (
        "let this test in tests/ledger/write/test_state_cache.py record an event in a stream of"
        f" each category; there is none of {sorted(missing)}"
    )
    for state in found.values():
        again = snapshot_state(snapshot_text(state, "ours"), type(state), "ours")
        assert again == state
        assert type(again) is type(state)


def test_what_is_no_state_is_not_kept_nor_read() -> None:
    with pytest.raises(NotImplementedError):
        snapshot_text(object(), "ours")
    with pytest.raises(NotImplementedError):
        snapshot_state(snapshot_text({}, "ours"), complex, "ours")
    text = snapshot_text(Map(a=1), "ours")
    assert snapshot_state(text, Map[str, int], "ours") == Map(a=1)


def test_terms_are_kept_as_the_log_will_give_them_back(ledger: Ledger) -> None:
    terms: dict[str, Any] = {"basis_points": 1_000}
    ledger.officers.offers.publish_offer("new", title="", kind="percent_off", terms=terms)

    terms["basis_points"] = 10_000

    assert ledger.offer("new").terms == {"basis_points": 1_000}
