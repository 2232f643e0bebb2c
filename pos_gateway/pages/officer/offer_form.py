"""The form of an offer: its kind and terms, and the rules all kinds share."""

import re
from datetime import date, time
from typing import Any

import msgspec
from flask import request

from ledger.benefits import published_kinds
from ledger.benefits.fields import Field, Unit, fields_of
from ledger.benefits.terms import Funding, Hours, Limits, Rules
from ledger.errors import TermsInvalid
from ledger.offers.offer import Offer
from pos_gateway.i18n.words import words_of
from pos_gateway.pages.officer import form_parsing
from pos_gateway.pages.officer.offer_terms import read_terms, read_value, shown_value, typed_terms
from pos_gateway.web.json_body import read_clock

LIMITS = words_of("offer_limits")
CEILINGS = words_of("offer_ceilings")

_TO = re.compile(r"\s*[-‐-―−－~～〜至到]+\s*(?:次日)?\s*")


def kind_fields(name: str) -> tuple[Field, ...]:
    """Return the form fields of a published kind's terms; TermsInvalid for any other kind."""
    kind = published_kinds().get(name)
    if kind is None:
        raise TermsInvalid(field="kind")
    return fields_of(kind)


def shown(state: Offer) -> dict[str, str]:
    """Return an offer's form values by field: title, kind, and the rules typed as text."""
    rules = state.rules
    values = {
        "title": state.title,
        "kind": state.kind,
        "groups": form_parsing.listed(rules.groups),
        "branches": form_parsing.listed(rules.branches),
        "outlets": form_parsing.listed(rules.outlets),
        "first_day": str(rules.first_day or ""),
        "last_day": str(rules.last_day or ""),
        "hours": "、".join(f"{_shown(one.opens)}-{_shown(one.closes)}" for one in rules.hours),
        "blackout_days": "、".join(map(str, rules.blackout_days)),
        "union_percent": shown_value(Unit.PERCENT, rules.funding.union_basis_points),
        "fund_id": rules.funding.fund_id or "",
    }
    for unit, bounds in ((Unit.COUNT, rules.limits), (Unit.YUAN, rules.ceilings)):
        each = msgspec.structs.asdict(bounds).items()
        values |= {name: shown_value(unit, one) for name, one in each if one is not None}
    return values


def typed_kind() -> tuple[str, dict[str, Any]]:
    """Return the kind chosen in the form, and its terms; TermsInvalid names a wrong field."""
    name = request.form.get("kind", "")
    fields = kind_fields(name)
    return name, read_terms(fields, typed_terms(fields, request.form))


def typed_rules(before: Rules) -> Rules:
    """Return the rules in the form, others as in `before`; TermsInvalid names a wrong field."""
    form = request.form
    return msgspec.structs.replace(
        before,
        groups=form_parsing.names("groups"),
        branches=form_parsing.names("branches"),
        outlets=form_parsing.names("outlets"),
        merchants=form_parsing.ticked("merchants", before.merchants),
        categories=form_parsing.ticked("categories", before.categories),
        weekdays=tuple(
            read_value("weekdays", Unit.COUNT, one)
            for one in form_parsing.ticked("weekdays", [*map(str, before.weekdays)])
        ),
        first_day=_day("first_day", form.get("first_day", "")),
        last_day=_day("last_day", form.get("last_day", "")),
        hours=tuple(map(_hours, form_parsing.split(_TO.sub("-", form.get("hours", ""))))),
        blackout_days=tuple(
            filter(
                None, (_day("blackout_days", one) for one in form_parsing.names("blackout_days"))
            )
        ),
        limits=Limits(**{name: _optional(name, Unit.COUNT) for name in LIMITS}),
        ceilings=msgspec.structs.replace(
            before.ceilings, **{name: _optional(name, Unit.YUAN) for name in CEILINGS}
        ),
        stacking=msgspec.structs.replace(before.stacking, exclusive="exclusive" in form),
        funding=Funding(
            union_basis_points=_optional("union_percent", Unit.PERCENT) or 0,
            fund_id=form.get("fund_id") or None,
        ),
    )


def _optional(field: str, unit: Unit) -> Any:
    text = request.form.get(field, "").strip()
    return read_value(field, unit, text) if text else None


def _day(field: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise TermsInvalid(field=field) from None


def _hours(text: str) -> Hours:
    try:
        opens, closes = map(read_clock, text.split("-"))
    except ValueError:
        raise TermsInvalid(field="hours", problem="hours") from None
    return Hours(opens=opens, closes=closes)


def _shown(clock: time) -> str:
    return re.sub(r"^(\d\d:\d\d):00$", r"\1", clock.isoformat())
