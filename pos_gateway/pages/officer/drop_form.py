"""The form of a drop: parse it to a plan, and show a plan in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from flask import request

from ledger.benefits import Words
from ledger.benefits.tickets import ticket_kinds
from ledger.drops.terms import Audience, Item, Mode, Plan, SeedRule, Session
from ledger.errors import TermsInvalid
from pos_gateway.pages.officer import form_parsing
from pos_gateway.web.formatting import form_time, money

MODES: Mapping[str, Words] = {
    Mode.FIRST_COME: Words("先到先得", "First come, first served"),
    Mode.DRAW: Words("摇号", "By lot"),
    Mode.ALLOTMENT: Words("按群体发放", "Everybody in a group"),
}
WRONG: Mapping[str, tuple[str, Words]] = {
    "closes_at": ("closes_at", Words("结束要晚于开始。", "It must close after it opens.")),
    "returns_until": (
        "returns_until",
        Words("退票截止不能早于开始。", "Nothing is given back before it opens."),
    ),
    "ends_at": (
        "ends_0_0",
        Words(
            "每个场次的结束要晚于它的开始和活动的开始，也不能太远。",
            "A session must end after it begins and after the drop opens, and not too far off.",
        ),
    ),
    "capacity": ("capacity_0_0", Words("名额要填整数。", "Places are a whole number.")),
    "party_max": (
        "party_max_0",
        Words(
            "一张票至少 1 人，不能太多；领取实物的只能 1 人。",
            "One person a ticket at least, and not too many; goods are for one.",
        ),
    ),
    "day": (
        "seed_day",
        Words(
            "号码公布日要晚于活动结束，早于每个场次结束。",
            "The numbers come out after the drop closes and before any session ends.",
        ),
    ),
    "seed_rule": (
        "seed_statement",
        Words("摇号要写明规则、号码来源和公布日。", "A draw needs its rule, a source and a day."),
    ),
    "per_member": (
        "per_member",
        Words("至少 1 张；摇号的只能 1 张。", "One at least; by lot, one alone."),
    ),
    "waiting_max": (
        "waiting_max",
        Words("不能太多；按群体发放的没有候补。", "Not too many; none where all are given one."),
    ),
}
"""By the field of a plan that the ledger refuses: the form field to mark, and the text to show."""

ROWS_MAX = 50
_MANY = 10_000_000


class Rows(NamedTuple):
    """The numbers of rows in the form: items, and sessions of each item."""

    items: int
    sessions: int


def rows_of(plan: Plan | None) -> Rows:
    """Return the numbers of rows that show a plan; one item with one session for None."""
    if plan is None:
        return Rows(1, 1)
    return Rows(len(plan.items), max(len(item.sessions) for item in plan.items))


def typed_rows() -> Rows:
    """Return the numbers of rows in the sent form, plus the row that its button adds, if any.

    Raises:
        InputInvalid: a number is malformed, or more than ROWS_MAX.
    """
    items, sessions = (
        form_parsing.number("items", ROWS_MAX),
        form_parsing.number("sessions", ROWS_MAX),
    )
    match request.form.get("deed"):
        case "more_items":
            return Rows(items + 1, sessions)
        case "more_sessions":
            return Rows(items, sessions + 1)
        case _:
            return Rows(items, sessions)


def shown(plan: Plan, zone: ZoneInfo) -> dict[str, str]:
    """Return the form values of a plan by field name, with times on the clock of `zone`."""
    values = {
        "title": plan.title,
        "mode": plan.mode.value,
        "opens_at": form_time(plan.opens_at, zone),
        "closes_at": form_time(plan.closes_at, zone),
        "returns_until": form_time(plan.returns_until, zone),
        "per_member": str(plan.per_member),
        "per_household": str(plan.per_household or ""),
        "groups": "、".join(plan.audience.groups),
        "branches": "、".join(plan.audience.branches),
        "waiting_max": str(plan.waiting_max),
        "offer_minutes": str(plan.offer_minutes),
        "challenge": "yes" if plan.challenge else "",
    }
    if plan.seed_rule:
        values |= {
            "seed_statement": plan.seed_rule.statement,
            "seed_source": plan.seed_rule.source,
            "seed_day": plan.seed_rule.day.isoformat(),
        }
    for i, item in enumerate(plan.items):
        values |= {
            f"item_{i}": item.item_id,
            f"item_title_{i}": item.title,
            f"kind_{i}": item.kind,
            f"supplier_{i}": item.supplier_id,
            f"party_max_{i}": str(item.party_max),
            f"by_person_{i}": "yes" if item.by_person else "",
            f"income_{i}": money(item.income_minor),
        }
        for j, session in enumerate(item.sessions):
            values |= {
                f"session_{i}_{j}": session.session_id,
                f"starts_{i}_{j}": form_time(session.starts_at, zone),
                f"ends_{i}_{j}": form_time(session.ends_at, zone),
                f"capacity_{i}_{j}": str(session.capacity),
            }
    return values


def example(now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return the values of a new form: a drop that opens tomorrow at 10:00 for one day."""
    opens = now.astimezone(zone).replace(hour=10, minute=0) + timedelta(days=1)
    return {
        "mode": Mode.FIRST_COME.value,
        "opens_at": form_time(opens, zone),
        "closes_at": form_time(opens + timedelta(days=1), zone),
        "per_member": "1",
        "waiting_max": "100",
        "offer_minutes": "30",
    }


def typed_plan(before: Plan | None, zone: ZoneInfo) -> Plan:
    """Parse the sent form to a plan; terms that the form has no field for are those of `before`.

    None as `before` stands for a new drop. Typed times are on the clock of `zone`.

    Raises:
        InputInvalid: `field` is not a valid number, text or id.
        TermsInvalid: `field` is not a valid choice, day or time, or is missing.
    """
    rows = typed_rows()
    items = tuple(
        _item(i, rows, before, zone)
        for i in range(rows.items)
        if request.form.get(f"item_title_{i}", "").strip()
    )
    asked: dict[str, Any] = {
        "title": form_parsing.text("title"),
        "mode": _one_of("mode", Mode),
        "items": items,
        "opens_at": _time("opens_at", zone),
        "closes_at": _time("closes_at", zone),
        "returns_until": _time("returns_until", zone, needed=False),
        "per_member": form_parsing.number("per_member", _MANY),
        "per_household": _number("per_household"),
        "audience": Audience(
            groups=form_parsing.names("groups"), branches=form_parsing.names("branches")
        ),
        "waiting_max": _number("waiting_max") or 0,
        "offer_minutes": _number("offer_minutes") or 30,
        "challenge": "challenge" in request.form,
        "seed_rule": _seed_rule(),
    }
    return msgspec.structs.replace(before, **asked) if before else Plan(**asked)


def _item(i: int, rows: Rows, before: Plan | None, zone: ZoneInfo) -> Item:
    item_id = request.form.get(f"item_{i}") or f"item-{i + 1}"
    known = {item.item_id: item for item in before.items} if before else {}
    asked: dict[str, Any] = {
        "item_id": item_id,
        "title": form_parsing.text(f"item_title_{i}"),
        "kind": _one_of(f"kind_{i}", ticket_kinds()),
        "supplier_id": form_parsing.own_id(f"supplier_{i}"),
        "income_minor": form_parsing.minor(f"income_{i}") if request.form.get(f"income_{i}") else 0,
        "party_max": _number(f"party_max_{i}") or 1,
        "by_person": f"by_person_{i}" in request.form,
        "sessions": tuple(
            Session(
                session_id=request.form.get(f"session_{i}_{j}") or f"s{j + 1}",
                starts_at=_needed(f"starts_{i}_{j}", zone),
                ends_at=_needed(f"ends_{i}_{j}", zone),
                capacity=form_parsing.number(f"capacity_{i}_{j}", _MANY),
            )
            for j in range(rows.sessions)
            if request.form.get(f"starts_{i}_{j}", "").strip()
        ),
    }
    held = known.get(item_id)
    return msgspec.structs.replace(held, **asked) if held else Item(**asked)


def _seed_rule() -> SeedRule | None:
    if request.form.get("mode") != Mode.DRAW:
        return None
    try:
        day = date.fromisoformat(request.form.get("seed_day", ""))
    except ValueError:
        raise TermsInvalid(field="seed_day") from None
    return SeedRule(
        statement=form_parsing.text("seed_statement"),
        source=form_parsing.text("seed_source"),
        day=day,
    )


def _one_of(field: str, allowed: Any) -> Any:
    text = request.form.get(field, "")
    if text not in set(allowed):
        raise TermsInvalid(field=field)
    return Mode(text) if allowed is Mode else text


def _number(field: str) -> int | None:
    return form_parsing.number(field, _MANY) if request.form.get(field, "").strip() else None


def _needed(field: str, zone: ZoneInfo) -> datetime:
    found = _time(field, zone)
    assert found is not None, "a time that is needed is there"  # noqa: S101 - our own mistake
    return found


def _time(field: str, zone: ZoneInfo, *, needed: bool = True) -> datetime | None:
    """Parse a field such as 2026-05-01T10:00 as a time on the clock of `zone`.

    Return None for an empty field that is not `needed`.

    Raises:
        TermsInvalid: the field is malformed, or needed and empty.
    """
    text = request.form.get(field, "").strip()
    if not text and not needed:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise TermsInvalid(field=field) from None
    if found.tzinfo is not None:
        raise TermsInvalid(field=field)
    return found.replace(tzinfo=zone)
