"""A ledger with officers of every relation, and a request for each act of dual control."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ledger.application import Ledger, Officers
from ledger.benefits.terms import Funding, Rules
from ledger.control.independence import Rule
from ledger.control.table import Act
from ledger.event import Event
from ledger.members.authorization import Principal
from ledger.merchants.till import FloorLimits
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import OfflineDiscount
from ledger.services.claims import ClaimResult
from tests.support.example_drop import claim_request, garden, plan, session
from tests.support.ledger_fixture import CARE, ROSE, populate, scan

AT = datetime(2036, 5, 1, 4, tzinfo=UTC)
"""The time at which acts are asked for."""

ANN, BEN = "officer-ann", "officer-ben"
"""The officer who asks, and an independent reviewer."""

RELATED = {
    "vic": Rule.VOUCHED,
    "boss": Rule.VOUCHED,
    "sam": Rule.SAME_MEMBER,
    "hal": Rule.SAME_HOUSEHOLD,
}
"""The reviewers who are no second person beside ANN: she appointed one, another invited her."""


def furnish(ledger: Ledger) -> None:
    """Appoint officers, and announce a drop to be changed and one that is open by AT."""
    populate(ledger)
    _owe(ledger)
    staff, families = ledger.officers.staff, ledger.officers.families
    roles: dict[str, list[str]] = {"ann": ["clerk"], "aud": ["auditor"], "tre": ["treasurer"]}
    roles |= {one: ["reviewer"] for one in ("ben", "boss", "sam", "hal", "own")}
    staff.appoint_first(roles)
    staff.dismiss_staff("li")
    for staff_id in ("ben", "boss"):
        staff.note_credentials(staff_id, what="passkey")
    agreed = ledger.officers.proposals.agreed
    before = AT - timedelta(days=1)
    agreed(staff.appoint_staff("vic", roles=["reviewer"], by=ANN, at=before), by=BEN, at=before)
    agreed(staff.invite_staff("ann", by="officer-boss", at=before), by=BEN, at=before)
    for member_id in ("m3", "m4"):
        ledger.officers.cards.register_member(member_id, branch="branch-miyun")
    for member_id, household_id in {"m1": "h1", "m3": "h1", "m2": "h2", "m4": "h2"}.items():
        families.change_household(member_id, household_id=household_id)
    for staff_id, member_id in {"ann": "m1", "sam": "m1", "hal": "m3", "own": "m2"}.items():
        staff.tie_staff(staff_id, member_id=member_id)
    for drop_id, opens_at in (("open", AT - timedelta(hours=1)), ("next", AT + timedelta(days=20))):
        ledger.officers.drops.announce_drop(drop_id, plan=a_plan(opens_at), at=before)
    ledger.officers.statements.change_bank_account("fund-care", kept_as="proposal-0", at=before)
    ledger.officers.drops.open_drop("open", at=AT - timedelta(minutes=30))
    taken = (claim_request(drop_id="open"), Principal(member_id="m2"), AT - timedelta(minutes=29))
    assert isinstance(next(ledger.members.claims.claim_many([taken], in_flight=1)), ClaimResult)


def _owe(ledger: Ledger) -> None:
    """Owe the hairdresser money, and let a contest wait that is above the threshold of its fund."""
    offers, cards = ledger.officers.offers, ledger.officers.cards
    ledger.tills.redemptions.redeem("r1", scan("c2", "care"))
    offers.open_fund("gifts", programme="relief", name="Gifts")
    offers.contribute("gifts", source="district", amount_minor=9_00)
    ledger.officers.statements.set_threshold("gifts", amount_minor=6_99)
    terms: dict[str, Any] = {"title": "礼金", "kind": "amount_off", "terms": {"amount_minor": 7_00}}
    rules = Rules(funding=Funding(union_basis_points=10_000, fund_id="gifts"))
    offers.publish_offer("gifts", **terms, rules=rules)
    synced_at = ledger.time()
    cards.block_card("c2")
    given = (OfflineDiscount(choice_id="gifts", merchant_share_minor=0, union_share_minor=7_00),)
    said = OfflineReport(
        redemption_id="late",
        **ROSE,
        amount_minor=50_00,
        given=given,
        series=1,
        number=1,
        scanned_at=ledger.time(),
        synced_at=synced_at,
        card_id="c2",
    )
    ledger.tills.late_redemptions.redeem_late(said)
    cards.unblock_card("c2")


def a_plan(opens_at: datetime, title: str = "五一玫瑰园") -> Any:
    """Return a plan whose places cost the union money."""
    closes_at = opens_at + timedelta(days=20)
    visit = session(starts_at=opens_at, ends_at=closes_at)
    times = {"opens_at": opens_at, "closes_at": closes_at}
    return plan(garden(visit, supplier_id="rose"), title=title, **times)


class Ask(NamedTuple):
    """A request for an act, the topic that follows, and an officer whose own case it is."""

    of: Callable[..., Event | None]
    topic: str
    own: str = ""


def _offer(verb: str, offer_id: str) -> Callable[..., Event | None]:
    terms = {"title": "补贴", "kind": "amount_off", "terms": {"amount_minor": 8_00}}
    return lambda desk, **by: getattr(desk.offers, verb)(offer_id, rules=CARE, **terms, **by)


def _drop(verb: str, drop_id: str, opens_at: datetime, **more: str) -> Callable[..., Event | None]:
    asked = {"plan": a_plan(opens_at, "六一玫瑰园"), **more}
    return lambda desk, **by: getattr(desk.drops, verb)(drop_id, **asked, **by)


def _grant(desk: Officers, **by: Any) -> Event | None:
    terms = {"title": "补贴", "kind": "amount_off", "terms": {"amount_minor": 8_00}}
    return desk.offers.make_grant("c2", grant_id="g1", rules=CARE, **terms, **by)


def _till(desk: Officers, **by: Any) -> Event | None:
    limits = FloorLimits(redemptions=31)
    return desk.merchants.limit_till("rose", till_id="t1", limits=limits, **by)


def _account(desk: Officers, **by: Any) -> Event | None:
    return desk.statements.change_bank_account("merchant-rose", kept_as="proposal-1", **by)


LATER = AT + timedelta(days=20)
ASKS: dict[Act, Ask] = {
    Act.APPOINT: Ask(
        lambda desk, **by: desk.staff.appoint_staff("new", roles=["reviewer"], **by),
        "staff.appointed",
    ),
    Act.CHANGE_ROLES: Ask(
        lambda desk, **by: desk.staff.change_roles("own", roles=["reviewer", "clerk"], **by),
        "staff.roles_changed",
        own="own",
    ),
    Act.INVITE: Ask(
        lambda desk, **by: desk.staff.invite_staff("own", **by), "staff.invited", own="own"
    ),
    Act.DISMISS: Ask(
        lambda desk, **by: desk.staff.dismiss_staff("own", **by), "staff.dismissed", own="own"
    ),
    Act.CHANGE_ACCOUNT: Ask(_account, "bank_account.changed"),
    Act.ERASE_ACCOUNT: Ask(
        lambda desk, **by: desk.statements.erase_bank_account("fund-care", **by),
        "bank_account.erased",
    ),
    Act.CORRECT_MEMBER: Ask(
        lambda desk, **by: desk.corrections.correct_member(
            "m2", fields=("phone",), reason="number_changed", **by
        ),
        "member.corrected",
        own="own",
    ),
    Act.ERASE_MEMBER: Ask(
        lambda desk, **by: desk.corrections.erase_member("m4", reason="left", **by),
        "member.erased",
        own="own",
    ),
    Act.PUBLISH_OFFER: Ask(_offer("publish_offer", "care-2"), "offer.published"),
    Act.CHANGE_OFFER: Ask(_offer("change_offer", "care"), "offer.changed"),
    Act.MAKE_GRANT: Ask(_grant, "grant.made", own="own"),
    Act.ANNOUNCE_DROP: Ask(_drop("announce_drop", "third", LATER), "drop.announced"),
    Act.CHANGE_DROP: Ask(_drop("change_drop", "next", LATER), "drop.changed"),
    Act.AMEND_DROP: Ask(
        _drop("amend_drop", "open", AT - timedelta(hours=1), reason="加场"), "drop.amended"
    ),
    Act.CANCEL_DROP: Ask(
        lambda desk, **by: desk.drops.cancel_drop("open", reason="暴雨", **by), "drop.cancelled"
    ),
    Act.DECIDE_CONTEST: Ask(
        lambda desk, **by: desk.contests.decide("late", accept=True, **by),
        "redemption.contest_decided",
        own="own",
    ),
    Act.PAY_MERCHANT: Ask(
        lambda desk, **by: desk.offers.pay_merchant("care", merchant_id="rose", **by),
        "fund.paid_out",
    ),
    Act.CONTRIBUTE: Ask(
        lambda desk, **by: desk.offers.contribute("care", source="me", amount_minor=5, **by),
        "fund.contributed",
    ),
    Act.SET_THRESHOLD: Ask(
        lambda desk, **by: desk.statements.set_threshold("care", amount_minor=9, **by),
        "fund.threshold_set",
    ),
    Act.LIMIT_TILL: Ask(_till, "merchant.till_limited"),
    Act.MAKE_SHEET: Ask(
        lambda desk, **by: desk.proposals.make_sheet("9c1d", **by), "control.sheet_made"
    ),
}
