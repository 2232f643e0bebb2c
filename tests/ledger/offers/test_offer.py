"""An offer: published, changed, on hold, ended; and its total, counted if it has a ceiling."""

from functools import partial
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.benefits import Words
from ledger.benefits.kinds.percent_off import PercentOff
from ledger.benefits.terms import Ceilings, Funding, Limits, Rules
from ledger.event import Event
from ledger.offers import offer
from tests.support.given_when_then import Given, Verb, each_time, sentences
from tests.support.sample_kind import sample_registered

CEILING = Rules(ceilings=Ceilings(per_offer_minor=100_00))
PARTICULARS: dict[str, Any] = {
    "title": "八折理发",
    "kind": "percent_off",
    "terms": {"basis_points": 2_000},
    "rules": CEILING,
}
CHEAPER: dict[str, Any] = PARTICULARS | {"terms": {"basis_points": 3_000}}
PUBLISHED = offer.Published(offer_id="hair", programme="service-card", **PARTICULARS)
CHANGED = offer.Changed(offer_id="hair", **CHEAPER)
UNLIMITED = offer.Changed(offer_id="hair", **PARTICULARS | {"rules": Rules()})
SUSPENDED = offer.Suspended(offer_id="hair")
RESUMED = offer.Resumed(offer_id="hair")
ENDED = offer.Ended(offer_id="hair")
DRAWN = {"redemption_id": "r1", "covered_minor": 20_00, "union_share_minor": 5_00}
GIVEN = offer.Given(offer_id="hair", redemption_id="r1", covered_minor=20_00, union_share_minor=500)
GIVEN_BACK = offer.Given(
    offer_id="hair", redemption_id="r1", covered_minor=-20_00, union_share_minor=-500
)
PUBLISH = {"offer_id": "hair", "programme": "service-card"}


def open_now(state: offer.Offer) -> list[Event]:
    offer.check_open(state)
    return []


publish = partial(offer.publish, **PUBLISH, **PARTICULARS)
change = partial(offer.change, **CHEAPER)
give = partial(offer.give, **DRAWN)
ON_HOLD, COUNTED = [PUBLISHED, SUSPENDED], [PUBLISHED, GIVEN, UNLIMITED]
OF_FUND = Rules(
    ceilings=Ceilings(per_fund_minor=100), funding=Funding(union_basis_points=1, fund_id="care")
)
CAPPED = offer.Published(offer_id="hair", **PARTICULARS | {"rules": OF_FUND})

test_an_offer = sentences(
    "offer",
    {
        "is published": ([], publish, [PUBLISHED]),
        "is open at once": ([PUBLISHED], open_now, []),
        "is changed": ([PUBLISHED], change, [CHANGED]),
        "is put on hold": ([PUBLISHED], offer.suspend, [SUSPENDED]),
        "is not used on hold": (ON_HOLD, open_now, errors.OfferSuspended),
        "is opened again": (ON_HOLD, offer.resume, [RESUMED]),
        "is used again": ([*ON_HOLD, RESUMED], open_now, []),
        "ends": ([PUBLISHED], offer.end, [ENDED]),
        "ends on hold": (ON_HOLD, offer.end, [ENDED]),
        "counts what it gives to its ceiling": ([PUBLISHED], give, each_time(GIVEN)),
        "counts to a ceiling of the fund": ([CAPPED], give, each_time(GIVEN)),
        "counts nothing without a ceiling": ([PUBLISHED, UNLIMITED], give, []),
        "gives back what was counted whatever its terms now": (
            COUNTED,
            partial(offer.take_back, **DRAWN),
            each_time(GIVEN_BACK),
        ),
    },
)


@pytest.mark.parametrize("verb", [change, offer.suspend, offer.resume, offer.end, open_now])
def test_an_offer_never_published_or_over_is_refused(verb: Verb) -> None:
    Given("offer").when(verb).then_refused(errors.OfferUnknown)
    if verb is not offer.end:
        Given("offer", PUBLISHED, ENDED).when(verb).then_refused(errors.OfferEnded)


def test_what_is_given_adds_up_and_comes_back() -> None:
    assert Given("offer", PUBLISHED, GIVEN, GIVEN).state.given_minor == 40_00
    assert Given("offer", *COUNTED, GIVEN_BACK).state.given_minor == 0


def test_an_offer_says_what_its_kind_takes_off() -> None:
    assert Given("offer", PUBLISHED).state.benefit == PercentOff(basis_points=2_000)


@pytest.mark.parametrize(
    "other",
    [
        {"title": "七折理发"},
        {"terms": {"basis_points": 3_000}},
        {"terms": {"basis_points": 2_000, "worth_max": 50_00}},
        {"rules": Rules()},
        {"programme": "another"},
    ],
)
def test_an_offer_id_is_not_given_twice(other: dict[str, Any]) -> None:
    Given("offer", PUBLISHED).when(publish, **other).then_refused(errors.OfferAlreadyPublished)


SPELLINGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("amount_off", {"amount_minor": 20_00}, {"amount_minor": 20_00, "threshold_minor": 0}),
    (
        "free_service",
        {"times": 2, "service": {"zh": "理发", "en": "haircut"}},
        {"service": Words("理发", "haircut"), "worth_max_minor": None, "times": 2},
    ),
]
"""A kind, and the same terms in two spellings: one leaves defaults out, one spells them out."""


@pytest.mark.parametrize(("kind", "stored", "given"), SPELLINGS)
def test_the_same_terms_in_another_spelling_change_nothing(
    kind: str, stored: dict[str, Any], given: dict[str, Any]
) -> None:
    for known, other in ((stored, given), (given, stored)):
        named = {"kind": kind, "title": "", "rules": CEILING}
        published = Given("offer", offer.Published(offer_id="hair", terms=known, **named))

        published.when(offer.publish, offer_id="hair", terms=other, **named).then()
        published.when(offer.change, terms=other, **named).then()


def test_a_tuple_and_a_list_are_the_same_terms() -> None:
    with sample_registered() as sample:
        stored = {"steps": [{"threshold_minor": 100_00, "basis_points": 1_000}]}
        named = {"kind": sample.KIND, "title": "", "rules": Rules()}
        published = Given("offer", offer.Published(offer_id="hair", terms=stored, **named))

        spelled = stored | {"steps": tuple(stored["steps"]), "lucky": ()}

        published.when(offer.publish, offer_id="hair", terms=spelled, **named).then()
        published.when(offer.change, terms=spelled, **named).then()


def test_rules_in_another_spelling_change_nothing() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(PUBLISHED), type=offer.Published)
    spelled = Rules(
        groups=(), limits=Limits(per_day=None), ceilings=Ceilings(per_offer_minor=100_00)
    )

    Given("offer", stored).when(offer.change, **PARTICULARS | {"rules": spelled}).then()


def test_terms_of_a_kind_that_only_a_newer_program_knows_are_compared_as_stored() -> None:
    named = {"kind": "moonlight", "title": "", "rules": Rules()}
    published = Given("offer", offer.Published(offer_id="moon", terms={"lux": 1}, **named))

    published.when(offer.publish, offer_id="moon", terms={"lux": 1}, **named).then()
    published.when(offer.publish, offer_id="moon", terms={"lux": 2}, **named).then_refused(
        errors.OfferAlreadyPublished
    )


@pytest.mark.parametrize("verb", [offer.publish, offer.change])
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"terms": {"basis_points": 0}}, "basis_points"),
        ({"rules": Rules(funding=Funding(fund_id="care"))}, "fund_id"),
    ],
)
def test_terms_that_cannot_be_are_not_published(
    verb: Verb, wrong: dict[str, Any], field: str
) -> None:
    named = PUBLISH if verb is offer.publish else {}
    given = Given("offer", *([] if verb is offer.publish else [PUBLISHED]))

    with pytest.raises(errors.TermsInvalid) as refused:
        verb(given.state, **named, **PARTICULARS | wrong)

    assert refused.value.particulars["field"] == field


def test_a_change_keeps_what_was_given_and_whether_it_is_on_hold() -> None:
    state = Given("offer", PUBLISHED, GIVEN, SUSPENDED, CHANGED).state

    assert state.terms == {"basis_points": 3_000}
    assert (state.given_minor, state.given_by_union_minor) == (20_00, 5_00)
    assert state.status is offer.Status.SUSPENDED
    assert state.programme == "service-card"
