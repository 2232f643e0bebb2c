"""Offline risk is a budget: what a till was told, what a card costs, what an officer decides."""

from datetime import timedelta

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.benefits.terms import Limits, Rules
from ledger.control.proposal import Proposed
from ledger.merchants.till import FloorLimits
from ledger.redemptions.events import ContestDecided, Contested, Redeemed
from ledger.services import controlled, redemptions
from ledger.services.officers import contests
from tests.support.ledger_fixture import CARE, scan
from tests.support.ledger_offline import DAY, HOUR, LedgerTill
from tests.support.ledger_settlement import CLERK, REVIEWER, draw_up_statement

MINUTE = timedelta(minutes=1)
PLASTIC = {"card_id": "", "code_hash": "ab" * 16}


def because(event: Redeemed | Contested) -> str:
    """Return the row of the liability table; empty if the rules accept the redemption."""
    return str(event.because) if isinstance(event, Contested) else ""


def lose(till: LedgerTill, card_id: str = "c1") -> None:
    """Print the card, then block it a minute after the till's sync."""
    till.ledger.officers.cards.print_code(card_id, code_hash=PLASTIC["code_hash"])
    till.later(HOUR)
    till.synced_at = till.now
    till.later(MINUTE)
    till.ledger.officers.cards.block_card(card_id)
    till.later(MINUTE)


def refuse_live(till: LedgerTill, **shown: str) -> None:
    """Try to redeem the lost card online, in vain."""
    with pytest.raises(errors.CardBlocked):
        till.ledger.tills.redemptions.redeem("live", scan(**{"card_id": "c1"} | shown))
    till.later(MINUTE)


@pytest.mark.parametrize("shown", [{}, PLASTIC])
@pytest.mark.parametrize("given", [{}, PLASTIC])
def test_once_told_that_a_card_is_dead_a_till_bears_what_it_gives(
    till: LedgerTill, shown: dict[str, str], given: dict[str, str]
) -> None:
    lose(till)
    before, after_sync = till.report("r0", **given), till.synced_at
    refuse_live(till, **shown)
    elsewhere = till.report("r2", **given, till_id="t2", number=1)

    told = till.bring(before, till.report("r1", **given, synced_at=after_sync), elsewhere)

    assert [because(one) for one in told] == ["within_limits", "could_have_known", "within_limits"]


def test_asking_again_does_not_undo_what_a_till_was_told(till: LedgerTill) -> None:
    lose(till)
    refuse_live(till)
    given = till.report("r1")
    till.later(MINUTE)
    with pytest.raises(errors.CardBlocked):
        till.ledger.tills.redemptions.redeem("live-2", scan(card_id="c1"))
    till.later(MINUTE)

    assert because(*till.bring(given)) == "could_have_known"


def test_a_refused_validation_tells_as_a_refused_redemption_does(till: LedgerTill) -> None:
    lose(till)
    till.ledger.tills.redemptions.count_refused(
        "rose", "gulou", "t1", at=till.now, counts={f"card_blocked code-{PLASTIC['code_hash']}": 2}
    )
    till.later(MINUTE)

    assert because(*till.bring(till.report())) == "could_have_known"


def test_a_card_that_lives_again_was_no_lie(till: LedgerTill) -> None:
    lose(till)
    refuse_live(till)
    till.ledger.officers.cards.unblock_card("c1")
    till.later(MINUTE)

    assert because(*till.bring(till.report())) == ""


def test_an_invented_time_before_the_refusal_helps_for_a_day_and_no_longer(
    till: LedgerTill,
) -> None:
    lose(till)
    invented = till.now - MINUTE
    refuse_live(till)
    soon = till.report("r1", scanned_at=invented)
    late = till.report("r2", scanned_at=invented)

    (within,) = till.bring(soon)
    till.later(DAY)

    assert (because(within), because(*till.bring(late))) == ("within_limits", "could_have_known")


def test_blocked_plastic_is_known_from_the_next_sync_on(till: LedgerTill) -> None:
    lose(till)
    unknown = till.report("r1", **PLASTIC)
    till.synced_at = till.now

    told = till.bring(unknown, till.report("r2", **PLASTIC))

    assert [because(one) for one in told] == ["within_limits", "could_have_known"]


def test_a_lost_card_costs_the_union_so_much_a_day_at_all_tills_together(till: LedgerTill) -> None:
    limits = FloorLimits(card_minor=20_00)
    for till_id in ("t1", "t2"):
        till.ledger.officers.merchants.limit_till("rose", till_id=till_id, limits=limits)
    lose(till)
    reports = [till.report(f"r{n}", till_id=f"t{1 + n % 2}", number=n) for n in range(1, 5)]

    told = [because(one) for one in till.bring(*reports)]
    till.later(DAY)
    till.synced_at -= 2 * DAY
    again = till.report("r9", scanned_at=till.now - DAY)

    assert told == ["within_limits", "within_limits", "over_budget", "over_budget"]
    assert till.ledger.fund("care").held_minor["rose"] == 14_00
    assert because(*till.bring(again)) == "over_limits"


def test_what_is_contested_counts_against_the_offer_though_the_card_is_dead(
    till: LedgerTill,
) -> None:
    rules = Rules(limits=Limits(per_day=1), funding=CARE.funding)
    till.ledger.officers.offers.change_offer(
        "care", title="补贴", kind="amount_off", terms={"amount_minor": 7_00}, rules=rules
    )
    lose(till)

    told = till.bring(till.report("r1"), till.report("r2"))

    assert [because(one) for one in told] == ["within_limits", "over_budget"]
    assert not till.ledger.state("redemption-m1").uses


def contested(till: LedgerTill, *names: str) -> None:
    """Bring one contested redemption of the lost card for each name."""
    lose(till)
    told = till.bring(*(till.report(name) for name in names))
    assert {because(one) for one in told} == {"within_limits"}


def decide(ledger: Ledger, redemption_id: str, *, accept: bool) -> object:
    """Decide a contest as the reviewer."""
    return ledger.officers.contests.decide(redemption_id, accept=accept, by=REVIEWER)


def test_nothing_is_owed_before_an_officer_accepts_and_no_statement_lists_it(
    till: LedgerTill,
) -> None:
    contested(till, "r1", "r2")
    with pytest.raises(errors.NothingOwed):
        draw_up_statement(till.ledger)

    decide(till.ledger, "r1", accept=True)
    fund = till.ledger.fund("care")

    assert (fund.owed_minor["rose"], fund.held_minor["rose"]) == (7_00, 7_00)
    assert fund.available_minor == 60_00 - 14_00


def test_a_contest_accepted_while_a_statement_is_open_goes_on_the_next(till: LedgerTill) -> None:
    till.ledger.tills.redemptions.redeem("live", scan("c2", "care"))
    contested(till, "r1", "r2")
    draw_up_statement(till.ledger, "s-1")
    decide(till.ledger, "r1", accept=True)
    till.ledger.officers.statements.approve_statement("s-1", by=REVIEWER)
    till.ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=REVIEWER)
    with pytest.raises(errors.AlreadyPaid):
        till.ledger.tills.redemptions.reverse("live", merchant_id=None, reason="other", by=CLERK)

    draw_up_statement(till.ledger, "s-2")
    decide(till.ledger, "r2", accept=False)

    drawn_up = till.ledger.statement("s-2").drawn_up
    assert drawn_up is not None
    assert (drawn_up.first, drawn_up.through, drawn_up.due_minor) == (2, 2, 7_00)
    with pytest.raises(errors.BeingPaid):
        till.ledger.tills.redemptions.reverse("r1", merchant_id=None, reason="other", by=CLERK)


@pytest.mark.parametrize("accept", [None, True, False])
def test_whatever_was_decided_it_is_found_and_reversed_as_it_stands(
    till: LedgerTill,
    accept: bool | None,  # noqa: FBT001 - decided how, if at all
) -> None:
    contested(till, "r1")
    if accept is not None:
        decide(till.ledger, "r1", accept=accept)
    share_minor = 0 if accept is False else 7_00

    found = till.ledger.tills.redemptions.find("r1")
    till.ledger.tills.redemptions.reverse("r1", merchant_id="rose", reason="other", by="till-t1")

    fund = till.ledger.fund("care")
    assert found.made.union_share_minor == share_minor
    assert (fund.available_minor, fund.held_minor["rose"]) == (60_00, 0)
    with pytest.raises(errors.NothingToDecide):
        decide(till.ledger, "r1", accept=True)


def test_it_is_decided_once_and_by_an_officer(till: LedgerTill) -> None:
    contested(till, "r1")
    decide(till.ledger, "r1", accept=True)
    head = till.ledger.head()

    assert decide(till.ledger, "r1", accept=True) is None
    with pytest.raises(errors.NothingToDecide):
        decide(till.ledger, "r1", accept=False)
    with pytest.raises(errors.RedemptionUnknown):
        decide(till.ledger, "nothing", accept=True)
    for by in ("till-t1", "officer-nobody"):
        with pytest.raises(errors.OfficerNeeded):
            till.ledger.officers.contests.decide("r1", accept=True, by=by)
    assert till.ledger.head() == head


def test_nobody_decides_in_their_own_case_or_alone_above_the_threshold(till: LedgerTill) -> None:
    # Given contests of a member who is an officer, above the threshold of the fund
    contested(till, "r1", "r2")
    officers = till.ledger.officers
    officers.statements.set_threshold("care", amount_minor=6_99)
    officers.staff.appoint_staff("own", roles=["reviewer"])
    officers.staff.tie_staff("own", member_id="m1")
    # Then they decide neither way, and another accepts with a second person alone
    for accept in (True, False):
        with pytest.raises(errors.NotIndependent) as refused:
            officers.contests.decide("r1", accept=accept, by="officer-own")
        assert refused.value.particulars == {"problem": "own_case", "of": "officer-own"}
    event = decide(till.ledger, "r1", accept=True)
    assert isinstance(event, Proposed)
    assert not till.ledger.fund("care").owed_minor.get("rose")
    with pytest.raises(errors.NotIndependent):
        officers.proposals.confirm(event.proposal_id, by="officer-own")
    officers.proposals.confirm(event.proposal_id, by="officer-zhao")
    assert till.ledger.fund("care").owed_minor["rose"] == 7_00
    assert isinstance(decide(till.ledger, "r2", accept=False), ContestDecided)


def test_a_till_that_is_told_nothing_is_noticed(
    till: LedgerTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redemptions, "tell", lambda *_: [])

    with pytest.raises(AssertionError):
        test_once_told_that_a_card_is_dead_a_till_bears_what_it_gives(till, {}, {})


def test_a_decision_that_is_open_to_anybody_is_noticed(
    till: LedgerTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controlled, "check_officer", lambda *_: None)

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_it_is_decided_once_and_by_an_officer(till)


def test_a_decision_in_ones_own_case_is_noticed(
    till: LedgerTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contests, "check_not_own_case", lambda *_who, **_when: None)

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_nobody_decides_in_their_own_case_or_alone_above_the_threshold(till)
