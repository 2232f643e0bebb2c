"""Offers are found by where they hold, so that a validation costs the same beside many others."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ledger.application import Ledger, WriterLimits
from ledger.benefits.terms import Rules
from ledger.errors import HongkaError, Refusal
from ledger.funds import Fund
from ledger.offers.grant import Grant
from ledger.offers.offer import Offer
from ledger.redemptions import pricing
from ledger.services import base, redemptions
from ledger.services.base import FRESH_SECONDS
from ledger.services.redemptions import JUDGED_LEAST, Validation
from tests.ledger.services.test_member_benefits import RULES, named, open_ledger_with_shops
from tests.support.ledger_fixture import populate, scan, writer_held

LAST_DAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
CARE = Fund("care", "relief", 25_00)
OFF: dict[str, Any] = {"title": "", "kind": "amount_off", "terms": {"amount_minor": 1}}


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cached states be fresh for a minute, so that a busy machine does not age them."""
    monkeypatch.setattr(base, "FRESH_SECONDS", 60)


def publish(ledger: Ledger, offer_id: str, **rules: Any) -> None:
    ledger.officers.offers.publish_offer(offer_id, rules=Rules(**rules), **OFF)


def validated(ledger: Ledger, **asked: Any) -> Validation:
    return ledger.tills.redemptions.validation(scan("c1", **asked))


def judged(ledger: Ledger, **asked: Any) -> list[str]:
    """Return the ids of the offers and grants that a validation judges, in order."""
    return [named(one) for one in validated(ledger, **asked).held]


def test_a_validation_judges_as_many_offers_beside_a_thousand_as_beside_twenty(
    ledger: Ledger,
) -> None:
    for number in range(JUDGED_LEAST - 2):
        publish(ledger, f"elsewhere-{number}", merchants=("opera",))
    few = validated(ledger)
    for number in range(1_000):
        publish(ledger, f"more-{number}", merchants=(f"shop-{number}",))
    publish(ledger, "here", merchants=("rose",))
    many = validated(ledger)

    assert (len(few.held), few.more) == (JUDGED_LEAST, 0)
    assert (len(many.held), many.more) == (JUDGED_LEAST, 1_001)
    assert [named(one) for one in many.held][:3] == ["here", "care", "hair"]
    assert {named(one.held) for one in many.options if one.line} == {"here", "care", "hair"}


def test_offers_for_the_place_are_judged_before_those_for_every_place(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redemptions, "JUDGED_LEAST", 0)
    ledger.officers.merchants.sign_merchant("mill", name="Mill", categories=("food", "tea"))
    ledger.officers.merchants.open_outlet("mill", outlet_id="main", name="")
    ledger.officers.merchants.pair_till("mill", till_id="t9", outlet_id="main", key_hash="k")
    mill = {"merchant_id": "mill", "outlet_id": "main", "till_id": "t9"}
    publish(ledger, "b-tea", categories=("tea", "food"))
    publish(ledger, "c-outlet", outlets=("main",))
    publish(ledger, "d-mill", merchants=("rose", "mill"))
    publish(ledger, "e-rose", merchants=("rose",))
    publish(ledger, "f-salt", categories=("salt",))
    ledger.officers.offers.make_grant("c1", grant_id="own", **OFF)

    first = ["own", "d-mill", "c-outlet"]
    assert judged(ledger, **mill) == [*first, "b-tea", "care", "hair"]
    assert judged(ledger, category="food", **mill) == [*first, "b-tea", "care", "hair"]
    assert judged(ledger, category="tea", **mill) == [*first, "b-tea", "care", "hair"]
    assert judged(ledger) == ["own", "d-mill", "e-rose", "care", "hair"]


def test_an_offer_is_found_where_it_holds_now(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redemptions, "JUDGED_LEAST", 0)
    offers = ledger.officers.offers
    publish(ledger, "new", merchants=("opera",))
    assert judged(ledger) == ["care", "hair"]

    offers.change_offer("new", rules=Rules(merchants=("rose", "opera")), **OFF)
    offers.suspend_offer("hair")
    found = validated(ledger)
    assert [named(one) for one in found.held] == ["new", "care", "hair"]
    assert [one.refusal and one.refusal.reason for one in found.options][2] == "offer_suspended"

    offers.end_offer("care")
    offers.change_offer("new", rules=Rules(categories=("tea",)), **OFF)
    assert (judged(ledger), validated(ledger).more) == (["hair"], 2)
    assert judged(ledger, category="tea") == ["new", "hair"]


def test_what_a_grant_hides_is_not_left_out(ledger: Ledger) -> None:
    ledger.officers.offers.make_grant("c1", grant_id="own", **OFF)
    publish(ledger, "own")

    found = validated(ledger)

    assert ([named(one) for one in found.held], found.more) == (["own", "care", "hair"], 0)


def test_a_total_that_is_counted_is_the_present_one(ledger: Ledger) -> None:
    before = validated(ledger)
    ledger.tills.redemptions.redeem("r1", scan("c2", "hair", amount_minor=450_00))
    after = validated(ledger)

    given = [
        one.line and one.line.covered_minor
        for found in (before, after)
        for one in found.options
        if named(one.held) == "hair"
    ]
    assert given == [10_00, 10_00]
    assert [named(one) for one in before.held] == [named(one) for one in after.held]
    ledger.tills.redemptions.redeem("r2", scan("c2", "hair", amount_minor=450_00))
    assert {one.refusal.reason for one in validated(ledger).options if one.refusal} == {
        "ceiling_reached"
    }


ACTS = some.lists(
    some.tuples(
        some.sampled_from(["publish", "change", "suspend", "resume", "end", "forget"]),
        some.sampled_from(["a", "b", "c"]),
        RULES,
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(acts=ACTS)
def test_whatever_officers_did_no_offer_that_holds_is_missed(acts: list[Any]) -> None:
    with open_ledger_with_shops() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(redemptions, "JUDGED_LEAST", 0)
        offers, writer = made.ledger.officers.offers, made.ledger.writer
        for act, offer_id, rules in acts:
            with suppress(HongkaError):
                match act:
                    case "publish":
                        offers.publish_offer(offer_id, rules=Rules(**rules), **OFF)
                    case "change":
                        offers.change_offer(offer_id, rules=Rules(**rules), **OFF)
                    case "forget":
                        made.ledger.query(lambda _states, _now: writer.states.forget())
                    case _:
                        getattr(offers, f"{act}_offer")(offer_id)
            for merchant_id, outlet_id in (("mill", "main"), ("opera", "main"), ("rose", "gulou")):
                for category in (None, "tea", "food"):
                    asked = made.scan(merchant_id, outlet_id, 100, category=category)
                    with suppress(Refusal):
                        found = made.ledger.tills.redemptions.validation(asked)
                        assert usable(found, found.held) == usable(found, made.ledger.offers())


def usable(found: Validation, held: Iterable[Offer | Grant]) -> set[str]:
    """Return the ids of the offers that the rules allow on a validated purchase."""
    context = msgspec.structs.replace(found.context, funds=defaultdict(lambda: CARE))
    options = pricing.options(found.uses, context=context, held=held)
    return {named(one.held) for one in options if one.line}


def test_no_more_are_judged_than_the_limit(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redemptions, "JUDGED_MAX", 30)
    for number in range(30):
        publish(ledger, f"more-{number}")
    publish(ledger, "z-here", merchants=("rose",))

    found = validated(ledger)

    assert (len(found.held), found.more) == (30, 3)
    assert named(found.held[0]) == "z-here"


def test_an_offer_past_its_last_day_is_in_no_place(tmp_path: Any) -> None:
    now = NOON
    with closing(Ledger(f"sqlite:///{tmp_path}/log.db", clock=lambda: now)) as ledger:
        populate(ledger)
        for number in range(JUDGED_LEAST):
            publish(ledger, f"a-{number}")
        publish(ledger, "to-day", last_day=LAST_DAY)
        to_day = judged(ledger)
        now += timedelta(days=1)
        tomorrow = judged(ledger)

    assert "to-day" in to_day
    assert set(to_day) - set(tomorrow) == {"to-day"}


@pytest.mark.usefixtures("unlimited")
def test_a_validation_waits_for_nobody_while_its_states_are_fresh(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))
    at_rest = judged(ledger)

    with writer_held(ledger):
        busy = judged(ledger)

    assert busy == at_rest


def test_what_another_gateway_published_is_found_once_states_are_old(
    ledger: Ledger, database_url: str
) -> None:
    validated(ledger)
    with closing(Ledger(database_url)) as other:
        publish(other, "new", merchants=("rose",))
        publish(other, "over")
        other.officers.offers.end_offer("over")

    time.sleep(FRESH_SECONDS)

    assert judged(ledger)[0] == "new"
    assert validated(ledger).more == 0


@pytest.mark.usefixtures("unlimited")
def test_a_till_that_another_gateway_paired_is_asked_of_the_log(
    ledger: Ledger, database_url: str
) -> None:
    validated(ledger)
    with closing(Ledger(database_url)) as other:
        other.officers.merchants.pair_till("rose", till_id="t2", outlet_id="gulou", key_hash="k")

    assert judged(ledger, till_id="t2") == judged(ledger)


@pytest.fixture
def forgetful(database_url: str) -> Iterator[Ledger]:
    """Return a furnished ledger that keeps one state between batches."""
    with closing(Ledger(database_url, limits=WriterLimits(states_max=1))) as ledger:
        populate(ledger)
        yield ledger


def test_an_offer_that_is_not_cached_any_more_is_loaded_again(
    forgetful: Ledger, database_url: str
) -> None:
    before = validated(forgetful)
    with closing(Ledger(database_url)) as other:
        other.tills.redemptions.redeem("r1", scan("c2", "hair", amount_minor=450_00))
        other.officers.offers.change_offer("care", rules=Rules(merchants=("opera",)), **OFF)

    time.sleep(FRESH_SECONDS)
    after = validated(forgetful)

    assert [named(one) for one in before.held] == ["care", "hair"]
    assert [named(one) for one in after.held] == ["hair", "care"]
    assert [one.given_minor for one in after.held if hasattr(one, "given_minor")] == [90_00, 0]


def test_what_was_not_committed_is_found_nowhere(ledger: Ledger) -> None:
    before = judged(ledger)
    ledger.query(lambda _states, _now: ledger.writer.states.forget())

    assert judged(ledger) == before


def test_a_refusal_keeps_no_frame_alive(ledger: Ledger) -> None:
    publish(ledger, "elsewhere", merchants=("opera",))

    (refused,) = [one.refusal for one in validated(ledger).options if one.refusal]

    assert refused.__traceback__ is None
