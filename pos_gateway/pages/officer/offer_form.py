"""The form of an offer: its kind's own terms, found by their types, and the rules of all kinds."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from datetime import date, time
from enum import EnumType
from typing import Any, NamedTuple, Union, get_args, get_origin

import msgspec
from flask import request

from ledger.benefits import Benefit, Words, registered_kinds
from ledger.benefits.terms import MIDNIGHT, Funding, Hours, Limits, Rules
from ledger.errors import TermsInvalid
from ledger.money import WHOLE
from ledger.offers.offer import Offer
from pos_gateway.pages.officer import form_parsing

FIELD_WORDS: Mapping[str, Words] = {
    "basis_points": Words("减百分之几", "Percent off"),
    "amount_minor": Words("金额（元）", "Amount (yuan)"),
    "threshold_minor": Words("满多少元可用", "From a price of (yuan)"),
    "member_price_minor": Words("会员价（元）", "Member price (yuan)"),
    "period": Words("每多久一次", "How often"),
    "times": Words("免费几次", "How many times"),
    "worth_max_minor": Words("每次最多抵（元）", "Each worth at most (yuan)"),
    "service": Words("服务名称", "Name of the service"),
    "every": Words("第几次免费", "Every how many"),
}
PERIOD_WORDS: Mapping[str, Words] = {
    "day": Words("每日", "A day"),
    "week": Words("每周", "A week"),
    "month": Words("每月", "A month"),
    "term": Words("总共", "In all"),
}
LIMITS: Mapping[str, Words] = {
    "per_day": Words("每天", "A day"),
    "per_week": Words("每周", "A week"),
    "per_month": Words("每月", "A month"),
    "per_term": Words("总共", "In all"),
}
CEILINGS: Mapping[str, Words] = {
    "per_purchase_minor": Words("每笔最多优惠（元）", "Of one purchase (yuan)"),
    "per_member_minor": Words("每位会员总共最多（元）", "For one member in all (yuan)"),
    "per_offer_minor": Words("这项优惠总共最多（元）", "Of this offer in all (yuan)"),
}

_HOURS = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})", re.ASCII)
_MINOR = 100


class Field(NamedTuple):
    """One field of a kind: `unit` is yuan, percent, count, period or words."""

    name: str
    words: Words
    unit: str
    needed: bool


def fields_of(kind: type[Benefit]) -> list[Field]:
    """What a kind asks for; a new kind is asked for by its fields, with no line here."""
    found = []
    for one in msgspec.structs.fields(kind):
        words = FIELD_WORDS.get(one.name) or Words(one.name, one.name)
        found.append(Field(one.name, words, _unit(one.name, one.type), one.required))
    return found


def published_kinds() -> dict[str, type[Benefit]]:
    """The kinds an officer may publish: tickets are claimed in drops."""
    return {name: kind for name, kind in registered_kinds().items() if not kind.TICKET}


def typed_of(state: Offer) -> dict[str, str]:
    """An offer as its form shows it."""
    rules, terms = state.rules, dict(state.terms)
    shown = {"title": state.title, "kind": state.kind}
    for field in fields_of(registered_kinds()[state.kind]):
        value = terms.get(field.name)
        if field.unit == "words":
            words = value or {}
            shown |= {
                f"{field.name}_zh": words.get("zh", ""),
                f"{field.name}_en": words.get("en", ""),
            }
        elif value is not None:
            shown[field.name] = _shown(field.unit, value)
    shown |= {
        "groups": "、".join(rules.groups),
        "branches": "、".join(rules.branches),
        "outlets": "、".join(rules.outlets),
        "first_day": str(rules.first_day or ""),
        "last_day": str(rules.last_day or ""),
        "hours": "、".join(f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in rules.hours),
        "blackout_days": "、".join(map(str, rules.blackout_days)),
        "union_percent": _shown("percent", rules.funding.union_basis_points),
        "fund_id": rules.funding.fund_id or "",
    }
    counts = msgspec.structs.asdict(rules.limits)
    shown |= {name: str(value) for name, value in counts.items() if value is not None}
    amounts = msgspec.structs.asdict(rules.ceilings)
    return shown | {name: _shown("yuan", one) for name, one in amounts.items() if one is not None}


def typed_terms() -> tuple[str, dict[str, Any]]:
    """The kind that was chosen, and its terms.

    Raises:
        TermsInvalid: `field` names what is wrong or missing.

    """
    name = request.form.get("kind", "")
    kind = published_kinds().get(name)
    if kind is None:
        raise TermsInvalid(field="kind")
    terms: dict[str, Any] = {}
    for field in fields_of(kind):
        if field.unit == "words":
            zh, en = (request.form.get(f"{field.name}_{one}", "").strip() for one in ("zh", "en"))
            if zh:
                terms[field.name] = {"zh": zh, "en": en or zh}
            continue
        text = request.form.get(field.name, "").strip()
        if text:
            terms[field.name] = _read(field.name, field.unit, text)
        elif field.needed:
            raise TermsInvalid(field=field.name)
    return name, terms


def typed_rules(before: Rules) -> Rules:
    """The rules that were typed; what the form does not ask stays as before.

    Raises:
        TermsInvalid: `field` names what is wrong.

    """
    form = request.form
    percent = form.get("union_percent", "").strip()
    return msgspec.structs.replace(
        before,
        groups=form_parsing.names("groups"),
        branches=form_parsing.names("branches"),
        outlets=form_parsing.names("outlets"),
        merchants=tuple(form.getlist("merchants")),
        categories=tuple(form.getlist("categories")),
        weekdays=tuple(_read("weekdays", "count", one) for one in form.getlist("weekdays")),
        first_day=_day("first_day", form.get("first_day", "")),
        last_day=_day("last_day", form.get("last_day", "")),
        hours=tuple(_hours(one) for one in form_parsing.names("hours")),
        blackout_days=tuple(
            filter(
                None, (_day("blackout_days", one) for one in form_parsing.names("blackout_days"))
            )
        ),
        limits=Limits(**{name: _optional(name, "count") for name in LIMITS}),
        ceilings=msgspec.structs.replace(
            before.ceilings, **{name: _optional(name, "yuan") for name in CEILINGS}
        ),
        stacking=msgspec.structs.replace(before.stacking, exclusive="exclusive" in form),
        funding=Funding(
            union_basis_points=_read("union_percent", "percent", percent) if percent else 0,
            fund_id=form.get("fund_id") or None,
        ),
    )


def _unit(name: str, kind: Any) -> str:
    inner = next(iter(set(get_args(kind)) - {types.NoneType}), kind) if _is_optional(kind) else kind
    if inner is Words:
        return "words"
    if isinstance(inner, EnumType):
        return "period"
    if name.endswith("_minor"):
        return "yuan"
    return "percent" if name.endswith("basis_points") else "count"


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in {Union, types.UnionType}


def _read(field: str, unit: str, text: str) -> Any:
    """What was typed, in the unit the terms have: fen, basis points, a count."""
    if unit == "period":
        return text
    scale = {"yuan": _MINOR, "percent": WHOLE // 100}.get(unit, 1)
    whole, _, part = text.partition(".")
    digits = len(str(scale)) - 1
    known = f"{whole}{part}".isdecimal() and text.isascii() and len(text) <= form_parsing.DIGITS_MAX
    if not (known and whole and len(part) <= digits):
        raise TermsInvalid(field=field)
    return int(whole) * scale + int(part.ljust(digits, "0") or "0")


def _shown(unit: str, value: Any) -> str:
    scale = {"yuan": _MINOR, "percent": WHOLE // 100}.get(unit, 0)
    if not scale:
        return str(value)
    whole, rest = divmod(value, scale)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)


def _optional(field: str, unit: str) -> Any:
    text = request.form.get(field, "").strip()
    return _read(field, unit, text) if text else None


def _day(field: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise TermsInvalid(field=field) from None


def _hours(text: str) -> Hours:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise TermsInvalid(field="hours", problem="hours")
    opens, closes = found.groups()
    return Hours(opens=_time(opens), closes=MIDNIGHT if closes == "24:00" else _time(closes))


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError:
        raise TermsInvalid(field="hours", problem="hours") from None
