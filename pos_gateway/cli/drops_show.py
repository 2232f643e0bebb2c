"""Show drops: all in a list, or one with its sessions."""

from datetime import datetime
from typing import Any

import msgspec

from ledger.drops import Drop, Status, draw
from ledger.drops.lifecycle import slot_at, status_at
from ledger.drops.terms import Plan
from pos_gateway.cli.asking import shows
from pos_gateway.cli.tables import show_record, show_rows
from pos_gateway.services import Services

_DROPS = ("drop_id", "status", "mode", "title", "opens_at", "closes_at", "capacity", "left")
_SESSIONS = (
    *("item_id", "session_id", "starts_at", "ends_at"),
    *("capacity", "taken", "kept", "waiting", "left"),
)


@shows("hongka drops list")
def list_drops(services: Services, *, form: str) -> None:
    """List all drops by id, past and cancelled ones too, each with its capacity and places left."""
    rows = []
    for state in services.ledger.drops():
        plan = _plan(state)
        sessions = _sessions(state, services.ledger.time())
        rows.append(
            {
                "drop_id": state.drop_id,
                "status": str(status_at(state, services.ledger.time())),
                "mode": str(plan.mode),
                **{name: getattr(plan, name) for name in ("title", "opens_at", "closes_at")},
                "capacity": sum(one["capacity"] for one in sessions),
                "left": sum(one["left"] for one in sessions),
            }
        )
    show_rows(rows, form=form, columns=_DROPS)


@shows("hongka drops show may-day")
def show(services: Services, *, drop_id: str, form: str) -> None:
    """Show a drop, session by session.

    For each session: places taken, kept for members who were offered them, and left, and the number
    of waiting members. CSV has the sessions alone. Statistics: hongka show drop.
    """
    state = services.ledger.drop(drop_id)
    sessions = _sessions(state, services.ledger.time())
    record = _record(state, services.ledger.time())
    if form == "json":
        show_record({**record, "sessions": sessions}, form=form)
        return
    if form == "table":
        show_record(record, form=form)
    show_rows(sessions, form=form, columns=_SESSIONS)


def _record(state: Drop, now: datetime) -> dict[str, Any]:
    plan = _plan(state)
    terms = msgspec.structs.asdict(plan)
    record: dict[str, Any] = {"drop_id": state.drop_id, "status": str(status_at(state, now))}
    record |= {name: value for name, value in terms.items() if name != "items"}
    record["mode"] = str(plan.mode)
    record["audience"] = msgspec.to_builtins(plan.audience)
    record["seed_rule"] = msgspec.to_builtins(plan.seed_rule)
    lots = sum(draw.lots_of(state, one) for one in state.entered.values())
    record |= {"tickets": state.claims, "entries": len(state.entered), "lots": lots}
    if state.frozen is not None:
        record |= {"frozen_entries": state.frozen.entries, "frozen_sha256": state.frozen.sha256}
    if state.seed:
        record["numbers"] = "; ".join(" ".join(map(str, source)) for source in state.seed)
        record |= {"winners": state.awarded, "drawn": state.drawn}
    return record


def _sessions(state: Drop, now: datetime) -> list[dict[str, Any]]:
    rows = []
    for name, (item, session) in _plan(state).slots.items():
        called_off = state.status is Status.CANCELLED
        slot = state.slots[name] if called_off else slot_at(state, name, now)
        rows.append(
            {
                "item_id": item.item_id,
                "session_id": session.session_id,
                "starts_at": session.starts_at,
                "ends_at": session.ends_at,
                **{name: getattr(slot, name) for name in ("capacity", "taken", "kept")},
                "waiting": sum(one.until is None for one in slot.waiting.values()),
                "left": slot.left,
            }
        )
    return rows


def _plan(state: Drop) -> Plan:
    """Return the plan of an announced drop; unlike `known_plan` also that of a cancelled one."""
    assert state.plan is not None, "every drop was announced"  # noqa: S101 - our own mistake
    return state.plan
