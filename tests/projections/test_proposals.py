"""Proposals in the read side: who asked, what is at stake, and who decided when."""

from datetime import UTC, datetime

from ledger.control.proposal import (
    Confirmed,
    HandedOut,
    Lapsed,
    Proposed,
    Refused,
    Stake,
    Withdrawn,
)
from ledger.event import Event
from projections.proposals import ProposalRow, proposals
from tests.support.event_history_purchases import read

AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def proposed(proposal_id: str, act: str = "staff.appoint", **stake: object) -> Proposed:
    return Proposed(
        proposal_id=proposal_id,
        act=act,
        particulars={"staff_id": "sun"},
        by="officer-qian",
        at=AT,
        stake=Stake(**stake),  # type: ignore[arg-type]
    )


def found(database_url: str, *events: Event, **asked: object) -> dict[str, ProposalRow]:
    with read(database_url, *events) as connection:
        return {one.proposal_id: one for one in proposals(connection, **asked)}


def test_a_waiting_proposal_tells_who_asked_and_what_is_at_stake(database_url: str) -> None:
    event = proposed("p-1", "offer.publish", subject="offer-x", fund_id="care", most_minor=5_00)

    row = found(database_url, event)["p-1"]

    assert (row.act, row.status, row.by) == ("offer.publish", "proposed", "officer-qian")
    assert (row.subject, row.fund_id, row.most_minor) == ("offer-x", "care", 5_00)
    assert datetime.fromisoformat(row.at) == AT
    assert (row.decided_by, row.decided_at, row.relation_unknown, row.handed_out_at) == (None,) * 4


def test_each_decision_says_by_whom_and_when(database_url: str) -> None:
    rows = found(
        database_url,
        *(proposed("p-1"), Confirmed(proposal_id="p-1", by="officer-wu", relation_unknown=True)),
        HandedOut(proposal_id="p-1"),
        *(proposed("p-2"), Refused(proposal_id="p-2", by="officer-wu", reason="person_doubted")),
        *(proposed("p-3"), Withdrawn(proposal_id="p-3", by="officer-qian")),
        *(proposed("p-4"), Lapsed(proposal_id="p-4")),
    )

    assert {name: (row.status, row.decided_by, row.reason) for name, row in rows.items()} == {
        "p-1": ("confirmed", "officer-wu", None),
        "p-2": ("refused", "officer-wu", "person_doubted"),
        "p-3": ("withdrawn", "officer-qian", None),
        "p-4": ("lapsed", None, None),
    }
    assert all(row.decided_at for row in rows.values())
    assert (rows["p-1"].relation_unknown, rows["p-2"].relation_unknown) == (1, 0)
    assert [name for name, row in rows.items() if row.handed_out_at] == ["p-1"]


def test_the_list_is_narrowed_by_status_and_act_the_latest_first(database_url: str) -> None:
    events = [
        proposed("p-1"),
        proposed("p-2", "fund.contribute"),
        proposed("p-3"),
        Lapsed(proposal_id="p-1"),
    ]

    assert [*found(database_url, *events)] == ["p-3", "p-2", "p-1"]
    assert [*found(database_url, *events, status="proposed")] == ["p-3", "p-2"]
    assert [*found(database_url, *events, act="fund.contribute")] == ["p-2"]
