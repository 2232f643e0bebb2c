"""Checks of the rules of a benefit when it is published or granted, never when it is loaded."""

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger import errors
from ledger.benefits.terms import LISTS, Rules
from ledger.money import AMOUNT_MAX, WHOLE

NAMES_MAX = 2_000
"""The most names (merchants, groups, days …) in one list of the rules."""

NAME_LENGTH_MAX = 100
"""The longest name in a list of the rules, in characters."""

HOURS_MAX = 12
"""The most intervals of opening hours in the rules."""

ORDER_MAX = 1_000
"""The highest `order` of a benefit, so the last turn."""

_WEEKDAYS = frozenset(range(1, 8))


def check_terms(rules: Rules) -> None:
    """Raise TermsInvalid (with `field`) for wrong rules: at publication, never at loading."""
    for field in LISTS:
        names = getattr(rules, field)
        if len(names) > NAMES_MAX or not all(map(_is_name, names)):
            raise errors.TermsInvalid(field=field, most=NAMES_MAX)
    for field, holds in _conditions(rules):
        if not holds:
            raise errors.TermsInvalid(field=field)
    # A time with a zone cannot be compared with the wall clock of a purchase.
    zoned = any(one.opens.tzinfo or one.closes.tzinfo for one in rules.hours)
    if zoned or len(rules.hours) > HOURS_MAX:
        raise errors.TermsInvalid(field="hours", problem="hours")


def idle_bounds(rules: Rules) -> dict[str, list[str]]:
    """Return limits and ceilings that never bite, since a later one in the list is lower.

    The union's ceiling is not compared: it bounds a part of the amounts.
    """
    ceilings = msgspec.structs.replace(rules.ceilings, per_fund_minor=None)
    return {"limits": _idle(rules.limits), "ceilings": _idle(ceilings)}


def _idle(bounds: msgspec.Struct) -> list[str]:
    each = [(field, most) for field, most in msgspec.structs.asdict(bounds).items() if most]
    return [
        field
        for number, (field, most) in enumerate(each)
        if any(other < most for _, other in each[number:])
    ]


def _conditions(rules: Rules) -> Iterator[tuple[str, bool]]:
    """Yield each field that is no list of names, with False where its value is invalid."""
    first_day, last_day, funding = rules.first_day, rules.last_day, rules.funding
    yield "last_day", first_day is None or last_day is None or first_day <= last_day
    yield "weekdays", _WEEKDAYS.issuperset(rules.weekdays) and len(rules.weekdays) <= len(_WEEKDAYS)
    numbers = msgspec.structs.asdict(rules.limits) | msgspec.structs.asdict(rules.ceilings)
    for field, value in numbers.items():
        yield field, value is None or 1 <= value <= AMOUNT_MAX
    yield "order", 0 <= rules.stacking.order <= ORDER_MAX
    yield "union_basis_points", 0 <= funding.union_basis_points <= WHOLE
    yield "fund_id", (funding.union_basis_points > 0) == (funding.fund_id is not None)
    yield "fund_id", funding.fund_id is None or _is_name(funding.fund_id)
    yield "per_fund_minor", rules.ceilings.per_fund_minor is None or funding.fund_id is not None


def _is_name(name: str | date) -> bool:
    return 1 <= len(str(name)) <= NAME_LENGTH_MAX
