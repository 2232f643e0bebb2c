"""A till validates, redeems, reverses and repeats requests."""

from contextlib import closing

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.benefits.terms import Ceilings, Rules
from ledger.merchants.till_sequence import Told
from ledger.offers.offer import Offer
from ledger.redemptions.refusal import Refused
from ledger.services.redemptions import redemption_answered
from ledger.write.request import Answer
from tests.support.ledger_fixture import event_count, replaced_past_its_day, scan


def test_a_validation_records_nothing_and_promises_what_is_then_given(ledger: Ledger) -> None:
    before = event_count(ledger)
    options = ledger.tills.redemptions.validation(scan("c1")).options

    best = options[0]
    assert isinstance(best.held, Offer)
    assert (best.held.offer_id, best.line and best.line.covered_minor) == ("hair", 10_00)
    assert event_count(ledger) == before
    assert ledger.tills.redemptions.redeem("r1", scan("c1", "hair")).made.lines == (best.line,)


def test_a_validation_shows_the_members_grants_too(ledger: Ledger) -> None:
    ledger.officers.offers.make_grant(
        "c1", grant_id="g1", title="", kind="free_service", terms={"times": 1}
    )

    assert len(ledger.tills.redemptions.validation(scan("c1")).options) == 3
    assert len(ledger.tills.redemptions.validation(scan("c2")).options) == 2


def test_a_validation_says_no_where_the_card_is_dead(ledger: Ledger) -> None:
    ledger.officers.cards.block_card("c1")
    with pytest.raises(errors.CardBlocked):
        ledger.tills.redemptions.validation(scan("c1"))


def test_who_stood_at_the_till_is_kept_of_a_redemption_and_of_its_reversal(ledger: Ledger) -> None:
    made = ledger.tills.redemptions.redeem("r1", scan("c1", cashier_id="zhou")).made
    undone = ledger.tills.redemptions.reverse(
        "r1", merchant_id="rose", reason="other", by="till-t1", cashier_id="wu"
    ).undone

    assert made.cashier_id == "zhou"
    assert undone is not None
    assert undone.cashier_id == "wu"


def test_a_code_that_redeemed_is_no_longer_valid(ledger: Ledger) -> None:
    ledger.tills.redemptions.redeem("r1", scan("c1", code_id="s1"))

    with pytest.raises(errors.CodeAlreadyUsed):
        ledger.tills.redemptions.validation(scan("c1", code_id="s1"))
    with pytest.raises(errors.CodeAlreadyUsed):
        ledger.tills.redemptions.redeem("r2", scan("c1", code_id="s1"))
    assert ledger.tills.redemptions.redeem("r1", scan("c1", code_id="s1")).replayed


def test_a_code_refused_may_be_shown_again(ledger: Ledger) -> None:
    with pytest.raises(errors.OfferUnknown):
        ledger.tills.redemptions.redeem("r1", scan("c1", "lost", code_id="s1"))

    assert ledger.tills.redemptions.redeem("r2", scan("c1", code_id="s1"))


def test_plastic_is_read_by_its_printed_code(ledger: Ledger) -> None:
    ledger.officers.cards.print_code("c1", code_hash="first")
    assert ledger.tills.redemptions.redeem("r1", scan("", code_hash="first")).made.card_id == "c1"
    ledger.officers.cards.print_code("c1", code_hash="second")

    with pytest.raises(errors.CodeSuperseded):
        ledger.tills.redemptions.redeem("r2", scan("", code_hash="first"))
    with pytest.raises(errors.CardUnknown):
        ledger.tills.redemptions.redeem("r3", scan("", code_hash="forged"))
    assert ledger.tills.redemptions.redeem("r4", scan("", code_hash="second"))


def test_every_refusal_at_a_till_is_kept_with_its_reason(ledger: Ledger) -> None:
    ledger.officers.cards.block_card("c1")
    with pytest.raises(errors.CardBlocked):
        ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))

    kept, told = (fact.event for fact in ledger.facts(event_count(ledger) - 2, 2))
    assert isinstance(told, Told)
    assert (told.till_id, told.cards) == ("t1", ("c1",))
    assert isinstance(kept, Refused)
    assert (kept.reason, kept.card_id, kept.choices) == ("card_blocked", "c1", ("hair",))
    assert (kept.merchant_id, kept.outlet_id, kept.till_id) == ("rose", "gulou", "t1")
    assert kept.day == kept.at.astimezone(ledger.zone).date()


def test_a_till_that_may_not_scan_leaves_no_trace(ledger: Ledger) -> None:
    ledger.officers.merchants.revoke_till("rose", till_id="t1")
    before = event_count(ledger)

    with pytest.raises(errors.TillRevoked):
        ledger.tills.redemptions.redeem("r1", scan("c1"))
    assert event_count(ledger) == before


def test_a_merchant_of_one_category_sells_in_it(ledger: Ledger) -> None:
    ledger.officers.merchants.sign_merchant("mill", name="Mill", categories=("food",))
    ledger.officers.merchants.open_outlet("mill", outlet_id="gulou", name="")
    ledger.officers.merchants.pair_till("mill", till_id="t9", outlet_id="gulou", key_hash="k")

    made = ledger.tills.redemptions.redeem("r1", scan("c1", merchant_id="mill", till_id="t9")).made

    assert made.category == "food"


def test_a_recorded_answer_is_given_without_the_code(ledger: Ledger) -> None:
    asked = scan("c1", "hair", asked=b"asked")
    assert ledger.tills.redemptions.answered("r1", b"asked") is None
    made = ledger.tills.redemptions.redeem("r1", asked).made
    with pytest.raises(errors.OfferUnknown):
        ledger.tills.redemptions.redeem("r2", scan("c1", "lost", asked=b"asked"))

    again = ledger.tills.redemptions.answered("r1", b"asked")
    assert again is not None
    assert (again.made, again.replayed) == (made, True)
    with pytest.raises(errors.OfferUnknown):
        ledger.tills.redemptions.answered("r2", b"asked")
    with pytest.raises(errors.RequestReused):
        ledger.tills.redemptions.answered("r1", b"something else")


def test_what_is_no_redemption_answers_none() -> None:
    with pytest.raises(errors.RequestReused):
        redemption_answered(Answer(None))


def test_a_redemption_is_undone_once_and_answered_again(ledger: Ledger) -> None:
    made = ledger.tills.redemptions.redeem("r1", scan("c1", "care", "hair")).made
    first = ledger.tills.redemptions.reverse("r1", merchant_id="rose", reason="wrong", by="till-t1")
    before = event_count(ledger)
    again = ledger.tills.redemptions.reverse("r1", merchant_id=None, reason="late", by="officer-1")

    assert (first.made, first.replayed, again.replayed) == (made, False, True)
    assert again.undone == first.undone == ledger.tills.redemptions.find("r1").undone
    assert event_count(ledger) == before
    assert ledger.fund("care").available_minor == 60_00
    assert ledger.offer("hair").given_minor == 0


@pytest.mark.parametrize("redemption_id", ["never", "refused"])
def test_what_was_not_redeemed_is_unknown(ledger: Ledger, redemption_id: str) -> None:
    with pytest.raises(errors.OfferUnknown):
        ledger.tills.redemptions.redeem("refused", scan("c1", "lost"))

    with pytest.raises(errors.RedemptionUnknown):
        ledger.tills.redemptions.find(redemption_id)
    with pytest.raises(errors.RedemptionUnknown):
        ledger.tills.redemptions.reverse(redemption_id, merchant_id=None, reason="", by="officer-1")


def test_a_ceiling_set_after_a_redemption_is_not_widened_by_undoing_it(ledger: Ledger) -> None:
    ledger.officers.offers.change_offer(
        "hair", title="", kind="percent_off", terms={"basis_points": 2_000}
    )
    ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))
    ceiling = Rules(ceilings=Ceilings(per_offer_minor=15_00))
    ledger.officers.offers.change_offer(
        "hair", title="", kind="percent_off", terms={"basis_points": 2_000}, rules=ceiling
    )
    ledger.tills.redemptions.reverse("r1", merchant_id=None, reason="", by="officer-1")

    given = [
        ledger.tills.redemptions.redeem(
            f"again-{number}", scan("c1", "hair")
        ).made.merchant_share_minor
        for number in range(2)
    ]
    assert given == [10_00, 5_00]


def test_a_till_is_known_where_it_was_paired_and_elsewhere(
    ledger: Ledger, database_url: str
) -> None:
    with closing(Ledger(database_url)) as other:
        assert other.live_till("rose", "t1").outlet_id == "gulou"
        with pytest.raises(errors.TillUnknown):
            other.live_till("rose", "t2")
        ledger.officers.merchants.pair_till("rose", till_id="t2", outlet_id="gulou", key_hash="k")

        assert other.live_till("rose", "t2").key_hash == "k"


def test_a_till_of_an_unknown_merchant_is_unknown(ledger: Ledger) -> None:
    with pytest.raises(errors.TillUnknown):
        ledger.live_till("nobody", "t1")


def test_a_card_past_its_last_day_is_refused_by_the_clock_of_the_rules(ledger: Ledger) -> None:
    replaced_past_its_day(ledger, "c9")

    with pytest.raises(errors.CardExpired):
        ledger.tills.redemptions.redeem("r1", scan("c9"))
