"""Any thread may look at the index of offers while the writer's thread changes it."""

from contextlib import closing, suppress
from datetime import timedelta
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.benefits.terms import Rules
from ledger.members.authorization import Principal
from ledger.services import offer_index
from ledger.write.state_cache import NotCached, PeekedStates
from tests.ledger.services.test_member_benefits import LedgerWithShops
from tests.ledger.services.test_offer_index import LAST_DAY, NOON, OFF, publish, validated
from tests.support.ledger_fixture import populate


def test_who_looks_while_the_index_is_made_anew_misses_no_offer(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look from another thread is made where the writer's thread places an offer."""
    now, found, placed = NOON, list[tuple[int, list[str]]](), offer_index.place_keys

    def look(rules: Rules) -> Any:
        index, states = ledger.tills.redemptions.offer_index, ledger.writer.states
        here = {"merchant_id": "rose", "outlet_id": "gulou", "categories": ()}
        with suppress(NotCached):
            offers = index.at(PeekedStates(states.peek), LAST_DAY, **here)
            found.append((len(index), sorted(one.offer_id for one in offers)))
        found.append((len(index), ["care", "hair", "here"]))
        return placed(rules)

    with closing(Ledger(f"sqlite:///{tmp_path}/log.db", clock=lambda: now)) as ledger:
        populate(ledger)
        publish(ledger, "here", merchants=("rose",))
        validated(ledger)
        monkeypatch.setattr(offer_index, "place_keys", look)
        ledger.officers.offers.change_offer("here", rules=Rules(merchants=("rose", "mill")), **OFF)
        ledger.query(lambda _states, _now: ledger.writer.states.forget())
        validated(ledger)
        now += timedelta(days=1)
        validated(ledger)

    assert len(found) > 2 * 3
    assert {(3, ("care", "hair", "here"))} == {(count, (*names,)) for count, names in found}


def test_members_share_one_index_of_what_is_near_until_something_changes(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.member_benefits.NEAR_SECONDS", 0)
    made = LedgerWithShops(f"sqlite:///{tmp_path}/log.db")
    with closing(made.ledger) as ledger:
        made.publish("tea", categories=("tea",))
        ledger.officers.cards.register_member("li", branch="miyun-1")
        benefits = ledger.members.benefits
        near = [
            benefits.card_benefits(Principal(member_id=who)).near for who in ("wang", "li", "wang")
        ]
        ledger.tills.redemptions.redeem("r1", made.scan("mill", "main", 100, category="tea"))
        near.append(benefits.card_benefits(Principal(member_id="wang")).near)
        ledger.officers.merchants.suspend_merchant("mill")
        later = benefits.card_benefits(Principal(member_id="wang"))

    assert len({id(one) for one in near}) == 1
    assert [outlet.place_id for _, (outlet, _) in near[0].standing] == ["mill/main"]
    assert later.held(1).held != []
    assert [outlet.place_id for _, (outlet, _) in later.near.standing] == ["opera/main"]
