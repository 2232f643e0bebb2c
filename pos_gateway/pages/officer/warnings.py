"""Warnings about terms that may be published, but hardly as they were meant."""

from collections.abc import Iterable

from ledger.benefits import Words
from ledger.benefits.terms import Rules
from ledger.benefits.terms_check import idle_bounds
from ledger.drops.terms import Audience
from pos_gateway.i18n.words import words_of
from pos_gateway.services import Services
from projections.audiences import unknown


def audience_warnings(services: Services, audience: Audience | Rules) -> list[Words]:
    """Return a text for branches, and for groups, that no member is in."""
    with services.views.reading() as connection:
        found = [
            _text("branches", unknown(connection, "branches", audience.branches)),
            _text("groups", unknown(connection, "groups", audience.groups)),
        ]
    return [text for one in found for text in one]


def rules_warnings(services: Services, rules: Rules) -> list[Words]:
    """Return a text for each list of names that nobody has, idle bounds, and a past last day."""
    signed = {one.merchant_id: one for one in services.ledger.merchants()}
    outlets = {outlet_id for one in signed.values() for outlet_id in one.outlets}
    today = services.ledger.time().astimezone(services.ledger.zone).date()
    found = idle_bounds(rules) | {
        "merchants": [one for one in rules.merchants if one not in signed],
        "outlets": [one for one in rules.outlets if one not in outlets],
        "last_day": [str(rules.last_day)] if rules.is_past(today) else [],
    }
    return [
        *audience_warnings(services, rules),
        *(text for field, names in found.items() for text in _text(field, names)),
    ]


def _text(field: str, names: Iterable[str]) -> list[Words]:
    said = {**words_of("offer_limits"), **words_of("offer_ceilings")}
    each = [said.get(name, Words(name, name)) for name in names]
    about = words_of("offer_warnings")[field]
    zh, en = "、".join(one.zh for one in each), ", ".join(one.en for one in each)
    return [Words(f"{about.zh}{zh}。", f"{about.en}{en}.")] if each else []
