"""Proposals: the acts that need a second person, who asked for them, and what became of each."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy import Index

from ledger.benefits import Words
from ledger.control.proposal import INITIAL, HandedOut, ProposalEvent, Proposed, Status, evolve
from ledger.event import Fact
from ledger.store import at_text
from projections.engine.changes import Put, Values
from projections.engine.question import Filter, latest_first
from projections.engine.schema import table_of

NAME = "proposals_1"


class ProposalRow(NamedTuple):
    """A proposal; times are ISO text in UTC, null for a step not taken yet.

    `subject` is the stream that the act concerns. `most_minor` is the most it can cost, in minor
    units; null where no sum is at stake. `by` and `decided_by` are officers (`officer-…`); nobody
    decided a withdrawn or lapsed one. `relation_unknown` is 1 where one of the two was tied to no
    member. `reason` is that of a refusal.
    """

    proposal_id: str
    position: int
    act: str
    status: str
    subject: str
    fund_id: str
    most_minor: int | None
    by: str
    at: str
    decided_by: str | None
    decided_at: str | None
    relation_unknown: int | None
    reason: str | None
    handed_out_at: str | None


table = table_of(NAME, ProposalRow)
Index(f"{NAME}_by_status", table.c.status, table.c.position)


def project(event: ProposalEvent, fact: Fact) -> Iterator[Put]:
    """Keep a row for each proposal, with its decision."""
    key, at = (event.proposal_id,), at_text(fact.at)
    after = evolve(INITIAL, event)
    values: Values = {"status": after.status.value}
    match event:
        case Proposed():
            values |= {"position": fact.position, "act": event.act, "by": event.by}
            values |= msgspec.structs.asdict(event.stake) | {"at": at_text(event.at)}
        case HandedOut():
            values = {"handed_out_at": at}
        case _:
            values |= {"decided_at": at, "decided_by": after.decided_by or None}
            values |= {"relation_unknown": int(getattr(event, "relation_unknown", False))}
            values |= {"reason": getattr(event, "reason", None)}
    yield Put(key, values)


proposals = latest_first(
    table,
    ProposalRow,
    about=Words(
        "需要两人办理的事项，最近的在前。", "The acts that need two people, the latest first."
    ),
    filters=(
        Filter(
            "status",
            "Only these.",
            lambda status: table.c.status == status,
            choices=[one.value for one in Status],
        ),
        "act",
    ),
    columns=[name for name in ProposalRow._fields if name != "position"],
    examples=("--status proposed",),
    command="proposals list",
)
