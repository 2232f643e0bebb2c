"""Every event with amounts is posted, or says why it is not."""

from typing import Any

import msgspec
import pytest

from ledger.event import topics
from ledger.postings import postings
from ledger.redemptions import redemption
from tests.checks.test_golden import golden_event

OF_MONEY = {
    *("fund.contributed", "fund.paid_out", "fund.overpaid"),
    *("redemption.made", "redemption.contested", "redemption.reversed"),
    "redemption.contest_decided",
}
"""Topics that are posted."""

_TERMS = "terms: nothing was given yet"
_EARMARKED = "an earmark inside the fund; the redemption is posted"
NOT_POSTED = {
    **dict.fromkeys(("drop.announced", "drop.changed", "drop.amended"), _TERMS),
    **dict.fromkeys(("offer.published", "offer.changed", "grant.made"), _TERMS),
    **dict.fromkeys(("fund.threshold_set", "merchant.till_limited"), "a limit"),
    **dict.fromkeys(("fund.reserved", "fund.released", "fund.held"), _EARMARKED),
    **dict.fromkeys(("fund.settlement_begun", "statement.drawn_up"), "the payment is posted"),
    "proposal.proposed": "nothing happens before it is confirmed",
    "statement.paid": "fund.paid_out of the same request is posted",
    "incident.reported": "fund.overpaid of the same request is posted",
    "offer.given": "a count; the redemption is posted",
    "till.numbered": "a count; the redemption is posted",
    "redemption.refused": "nothing was given",
}
"""Topics with amounts that are never posted, each with the reason."""


def amount_fields(kind: type[Any]) -> set[str]:
    """Return the names of amounts in an event or anything it holds."""
    _, structs = msgspec.json.schema_components([kind])
    names = {name for one in structs.values() for name in one.get("properties", {})}
    return {name for name in names if name.endswith("_minor")}


@pytest.mark.parametrize("topic", sorted(topics()))
def test_every_topic_is_posted_where_it_is_of_money_and_nowhere_else(topic: str) -> None:
    posted = bool(postings(golden_event(topic)))

    amounts = sorted(amount_fields(topics()[topic]))
    assert posted == (topic in OF_MONEY), (
        f"{topic} is {'posted' if posted else 'not posted'}: change its case of postings() in"
        " ledger/postings.py, or its line of OF_MONEY in tests/ledger/test_postings_complete.py"
    )
    assert posted or not amounts or topic in NOT_POSTED, (
        f"{topic} names amounts ({', '.join(amounts)}) and is posted nowhere: add a case to"
        " postings() in ledger/postings.py and its topic to OF_MONEY in"
        " tests/ledger/test_postings_complete.py; or, if no money moves, add the line"
        f' "{topic}": "the reason", to NOT_POSTED there'
    )


def test_no_topic_is_excused_that_names_no_amount_or_is_posted() -> None:
    excused = {topic for topic in NOT_POSTED if amount_fields(topics()[topic])}

    assert excused == NOT_POSTED.keys(), "remove the others from NOT_POSTED in this file"
    assert not excused & OF_MONEY, "remove these from NOT_POSTED in this file"


def test_an_amount_is_found_however_deep_it_stands() -> None:
    assert amount_fields(redemption.Reversed) >= {"union_share_minor", "price_minor"}
    assert not amount_fields(topics()["card.blocked"])
