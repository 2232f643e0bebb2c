"""The form of a drop: parse it to a plan, and show a plan in it.

An input has the name of the plan's field: `seed_day` for one of the seed rule, `kind_0` for one of
the first item, and `capacity_0_1` for one of that item's second session. The type of a field says
how it is parsed and shown.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec
from flask import request
from msgspec.structs import FieldInfo

from ledger.benefits import Words
from ledger.drops.terms import Audience, Item, Mode, Plan, SeedRule, Session
from ledger.errors import TermsInvalid
from pos_gateway.i18n.words import words_of
from pos_gateway.pages.officer import form_parsing
from pos_gateway.web.formatting import form_time, money

_MISTAKES = words_of("drop_mistakes")

ROWS_MAX = 50
_MANY = 10_000_000
_NO_INPUTS = {"items", "sessions", "audience", "seed_rule", "programme", "merchants"}
"""The fields that are no inputs: structs, which have inputs of their own, and others."""


class Rows(NamedTuple):
    """The numbers of rows in the form: items, and sessions of each item."""

    items: int
    sessions: int


def rows_of(plan: Plan | None) -> Rows:
    """Return the numbers of rows that show a plan; None, a new drop, has one item and session."""
    if plan is None:
        return Rows(1, 1)
    return Rows(len(plan.items), max(len(item.sessions) for item in plan.items))


def typed_rows() -> Rows:
    """Return the rows of the sent form, with one that its button adds; or raise InputInvalid."""
    items, sessions = (form_parsing.number(name, ROWS_MAX) for name in Rows._fields)
    deed = request.form.get("deed")
    return Rows(items + (deed == "more_items"), sessions + (deed == "more_sessions"))


def mistake(field: str, values: Mapping[str, str]) -> tuple[str, Words | None]:
    """Return the input to mark and the text to show, if any, where `field` of a plan is refused.

    `values` are the form's values; without an input for it, the field itself is returned.
    """
    name = "statement" if field == "seed_rule" else field
    places = (name, f"{name}_0", f"{name}_0_0", f"seed_{name}")
    return next((one for one in places if one in values), name), _MISTAKES.get(field)


def shown(plan: Plan, zone: ZoneInfo) -> dict[str, str]:
    """Return the form values of a plan by input, "" for none; times are on the clock of `zone`."""
    values = _shown(plan, zone) | _shown(plan.audience, zone)
    if plan.seed_rule:
        values |= _shown(plan.seed_rule, zone, "seed_")
    for i, item in enumerate(plan.items):
        values |= _shown(item, zone, "", f"_{i}")
        for j, session in enumerate(item.sessions):
            values |= _shown(session, zone, "", f"_{i}_{j}")
    return values


def example(now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return the values of a new form: a drop that opens the day after `now` at 10:00 for a day."""
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

    None as `before` stands for a new drop. Typed times are on the clock of `zone`. A row of items
    without a title is left out, and so is a session without a start.

    Raises:
        InputInvalid: `field` is not a valid number, text or id.
        TermsInvalid: `field` is not a valid choice, day or time, or is missing.
    """
    rows = typed_rows()
    asked = _typed(Plan, zone, before=before) | {
        "items": tuple(
            _item(i, rows.sessions, before, zone)
            for i in range(rows.items)
            if _is_typed("title", i)
        ),
        "audience": Audience(**_typed(Audience, zone, before=before and before.audience)),
        "seed_rule": None,
    }
    if asked["mode"] is Mode.DRAW:
        rule = before and before.seed_rule
        asked["seed_rule"] = SeedRule(**_typed(SeedRule, zone, "seed_", before=rule))
    return msgspec.structs.replace(before, **asked) if before else Plan(**asked)


def _item(i: int, sessions: int, before: Plan | None, zone: ZoneInfo) -> Item:
    known = {item.item_id: item for item in before.items} if before else {}
    held = known.get(request.form.get(f"item_id_{i}", "").strip())
    slots = {one.session_id: one for one in held.sessions} if held else {}

    def session(j: int) -> Session:
        name = f"_{i}_{j}"
        slot = slots.get(request.form.get(f"session_id{name}", "").strip())
        return Session(**_typed(Session, zone, "", name, {"session_id": f"s{j + 1}"}, slot))

    asked = _typed(Item, zone, "", f"_{i}", {"item_id": f"item-{i + 1}"}, held) | {
        "sessions": tuple(session(j) for j in range(sessions) if _is_typed("starts_at", i, j))
    }
    return msgspec.structs.replace(held, **asked) if held else Item(**asked)


def _is_typed(name: str, *row: int) -> bool:
    return bool(request.form.get("_".join(map(str, (name, *row))), "").strip())


def _shown(
    struct: msgspec.Struct, zone: ZoneInfo, prefix: str = "", suffix: str = ""
) -> dict[str, str]:
    values = msgspec.structs.asdict(struct).items()
    return {
        f"{prefix}{name}{suffix}": _text(name, value, zone)
        for name, value in values
        if name not in _NO_INPUTS
    }


def _text(name: str, value: Any, zone: ZoneInfo) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case datetime():
            return form_time(value, zone)
        case tuple():
            return form_parsing.listed(value)
    return money(value) if name.endswith("_minor") else str(value)


def _typed(
    kind: type[msgspec.Struct],
    zone: ZoneInfo,
    prefix: str = "",
    suffix: str = "",
    unset: Mapping[str, str] = {},
    before: msgspec.Struct | None = None,
) -> dict[str, Any]:
    """Parse the inputs of a struct; a blank one is the value in `unset`, or the field's default.

    An input that still is as `before` was shown keeps that value, with what no input can show.
    """
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = f"{prefix}{field.name}{suffix}"
        if field.name in _NO_INPUTS:
            continue
        held = before and getattr(before, field.name)
        is_kept = before and _text(field.name, held, zone) == request.form.get(name)
        found[field.name] = held if is_kept else _value(field, name, zone, unset)
    return found


def _value(field: FieldInfo, name: str, zone: ZoneInfo, unset: Mapping[str, str]) -> Any:
    typed, kinds = request.form.get(name, "").strip(), {field.type, *get_args(field.type)}
    if bool in kinds:
        return name in request.form
    if not typed and (field.name in unset or not field.required):
        return unset.get(field.name, field.default)
    if tuple[str, ...] in kinds:
        return form_parsing.names(name)
    if int in kinds:
        is_amount = field.name.endswith("_minor")
        return form_parsing.minor(name) if is_amount else form_parsing.number(name, _MANY)
    if str in kinds:
        return form_parsing.own_id(name) if field.name.endswith("_id") else form_parsing.text(name)
    try:
        if datetime not in kinds:
            return Mode(typed) if Mode in kinds else date.fromisoformat(typed)
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise TermsInvalid(field=name) from None
    if at.tzinfo is not None:
        raise TermsInvalid(field=name)
    return at.replace(tzinfo=zone)
