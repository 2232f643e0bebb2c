"""Redeeming one choice gives or refuses exactly what the validation showed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ledger import errors
from ledger.application import Ledger
from ledger.offers.grant import Grant
from ledger.redemptions.pricing import Option
from tests.ledger.write.test_writer_containment import write
from tests.support.benefit_terms import EXAMPLES
from tests.support.ledger_fixture import populate, scan
from tests.support.purchase_context import rules

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
RULES: list[dict[str, Any]] = [
    {},
    {"per_day": 1},
    {"per_week": 2},
    {"per_member_minor": 12_00},
    {"per_purchase_minor": 3},
    {"exclusive": True},
    {"union_basis_points": 5_000, "fund_id": "care"},
    {"union_basis_points": 10_000, "fund_id": "care"},
    {"groups": ("model_worker",)},
    {"weekdays": (5,)},
    {"last_day": date(2026, 5, 9)},
]
OFFERS_ONLY = [{"per_offer_minor": 15_00}, RULES[7] | {"per_fund_minor": 9_00}]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Return one ledger for all examples, so that earlier uses count in later ones."""
    path = tmp_path_factory.mktemp("promises")
    with closing(Ledger(f"sqlite:///{path}/log.db", clock=lambda: NOON)) as ledger:
        populate(ledger, available_minor=20_00)
        _offer_everything(ledger)
        yield ledger


def _offer_everything(ledger: Ledger) -> None:
    for turn, (kind, terms) in enumerate(EXAMPLES.items()):
        # A few kinds and rules are enough: with fewer choices, each is used up sooner.
        for number, changed in list(enumerate(RULES + OFFERS_ONLY))[turn % 4 :: 4]:
            named: dict[str, Any] = {"title": "", "kind": kind, "terms": terms}
            named["rules"] = rules(**changed)
            ledger.officers.offers.publish_offer(f"{kind}-{number}", **named)
            if changed not in OFFERS_ONLY:
                ledger.officers.offers.make_grant("c1", grant_id=f"g-{kind}-{number}", **named)
    first = next(iter(EXAMPLES))
    ledger.officers.offers.suspend_offer(f"{first}-0")
    ledger.officers.offers.end_offer(f"{first}-4")
    ledger.officers.offers.withdraw_grant("m1", grant_id=f"g-{first}-0")


def is_kept(ledger: Ledger, option: Option, card_id: str, amount_minor: int) -> bool:
    """Return whether redeeming this choice alone gives or refuses exactly what was shown."""
    asked = scan(card_id, choice_id(option), amount_minor=amount_minor)
    try:
        made = ledger.tills.redemptions.redeem(f"r{ledger.store.max_notification_id()}", asked).made
    except errors.Refusal as refusal:
        shown = option.refusal
        return shown is not None and shown.args == refusal.args
    return made.lines == (option.line,)


def choice_id(option: Option) -> str:
    """Return the id of an option."""
    held = option.held
    return held.grant_id if isinstance(held, Grant) else held.offer_id


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    visits=some.lists(
        some.tuples(
            some.integers(0, 10_000),
            some.sampled_from([1, 3, 5_00, 30_00, 120_00]),
            some.sampled_from(["c1", "c2"]),
        ),
        max_size=25,
    ),
    days=some.integers(0, 1),
)
def test_what_is_shown_is_what_is_given(
    furnished: Ledger, visits: list[tuple[int, int, str]], days: int
) -> None:
    furnished.officers.offers.contribute(
        "care",
        source="district",
        amount_minor=1_00,
        at=max(NOON, _last(furnished)) + timedelta(days=days),
    )
    for pick, amount_minor, card_id in visits:
        options = furnished.tills.redemptions.validation(
            scan(card_id, amount_minor=amount_minor)
        ).options
        assert is_kept(furnished, options[pick % len(options)], card_id, amount_minor)


@pytest.mark.control
def test_a_promise_that_is_not_kept_is_found(ledger: Ledger) -> None:
    for shown in ledger.tills.redemptions.validation(scan("c1")).options:
        used = choice_id(shown)
        assert is_kept(ledger, shown, "c1", 50_00)
        assert not is_kept(ledger, shown, "c1", 1)
        ledger.officers.offers.suspend_offer(used)
        assert not is_kept(ledger, shown, "c1", 50_00)
        refused = next(
            one
            for one in ledger.tills.redemptions.validation(scan("c1")).options
            if choice_id(one) == used
        )
        assert is_kept(ledger, refused, "c1", 50_00)
        ledger.officers.offers.resume_offer(used)
        assert not is_kept(ledger, refused, "c2", 50_00)


def _last(ledger: Ledger) -> datetime:
    found: datetime = ledger.query(lambda _states, now: now)
    return found


def test_a_grant_that_is_called_like_an_offer_is_not_made(ledger: Ledger) -> None:
    with pytest.raises(errors.GrantAlreadyMade):
        ledger.officers.offers.make_grant(
            "c1", grant_id="hair", title="", kind="amount_off", terms={"amount_minor": 1}
        )


def test_an_offer_that_is_called_like_a_grant_is_not_shown_beside_it(ledger: Ledger) -> None:
    named: dict[str, Any] = {"title": "", "kind": "amount_off"}
    ledger.officers.offers.make_grant("c1", grant_id="new", terms={"amount_minor": 1}, **named)
    ledger.officers.offers.publish_offer("new", terms={"amount_minor": 2}, **named)

    shown = [
        one
        for one in ledger.tills.redemptions.validation(scan("c1")).options
        if choice_id(one) == "new" and one.line
    ]
    assert [one.line for one in shown] == list(
        ledger.tills.redemptions.redeem("r1", scan("c1", "new")).made.lines
    )


def test_a_kind_of_a_newer_program_hides_no_other(ledger: Ledger) -> None:
    write(
        ledger,
        "offer-new",
        "offer.published",
        '{"offer_id":"new","title":"","kind":"raffle","terms":{}}',
    )
    options = ledger.tills.redemptions.validation(scan("c1")).options

    assert [one.refusal and one.refusal.reason for one in options] == [None, None, "offer_unknown"]
    with pytest.raises(errors.OfferUnknown):
        ledger.tills.redemptions.redeem("r1", scan("c1", "new"))


def test_a_till_that_may_not_scan_leaves_no_trace_of_a_dead_print(ledger: Ledger) -> None:
    for code_hash in ("first", "second"):
        ledger.officers.cards.print_code("c1", code_hash=code_hash)
    ledger.officers.merchants.revoke_till("rose", till_id="t1")
    before = ledger.store.max_notification_id()

    with pytest.raises(errors.TillRevoked):
        ledger.tills.redemptions.redeem("r1", scan("", code_hash="first"))
    assert ledger.store.max_notification_id() == before
