"""The terms of a drop: valid terms, and contradictions."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from ledger.benefits.terms_check import NAME_LENGTH_MAX, NAMES_MAX
from ledger.drops import terms
from ledger.drops.plan_check import check_plan
from ledger.drops.terms import Audience, Mode, Plan, SeedRule
from ledger.errors import TermsInvalid
from ledger.money import AMOUNT_MAX
from tests.support.example_drop import BEGINS, BY_LOT, ENDS, OPENS, garden, pillow, plan, session
from tests.support.given_when_then import refusing

DRAW = BY_LOT
RULE: SeedRule = DRAW["seed_rule"]
LONG = "长" * (terms.WORDS_LENGTH_MAX + 1)
NAIVE = datetime(2019, 4, 25)  # noqa: DTZ001 - that is the test
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "good",
    [
        plan(),
        plan(garden(session("morning"), session("afternoon")), pillow()),
        plan(title="票" * terms.WORDS_LENGTH_MAX),
        plan(per_member=terms.TICKETS_MAX, per_household=terms.TICKETS_MAX),
        plan(waiting_max=terms.WAITING_MAX, offer_minutes=terms.OFFER_MINUTES_MAX),
        plan(waiting_max=0, offer_minutes=1),
        plan(garden(session(capacity=terms.PLACES_MAX), party_max=terms.PARTY_MAX)),
        plan(garden(session(capacity=0), income_minor=AMOUNT_MAX)),
        plan(returns_until=OPENS),
        plan(garden(session(ends_at=OPENS + terms.LIFE_MAX))),
        plan(audience=Audience(groups=("model_worker",), branches=("b",) * NAMES_MAX)),
        plan(garden(merchants=("rose-garden", "east_gate"))),
        plan(mode=Mode.ALLOTMENT, waiting_max=0),
        plan(**DRAW),
    ],
)
def test_terms_that_agree_are_announced(good: Plan) -> None:
    check_plan(good)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": LONG}, "title"),
        ({"title": "五一\n玫瑰园"}, "title"),
        ({"programme": LONG}, "programme"),
        ({"opens_at": NAIVE}, "opens_at"),
        ({"closes_at": NAIVE}, "closes_at"),
        ({"returns_until": NAIVE}, "returns_until"),
        ({"closes_at": OPENS}, "closes_at"),
        ({"returns_until": OPENS - SECOND}, "returns_until"),
        ({"per_member": 0}, "per_member"),
        ({"per_member": terms.TICKETS_MAX + 1}, "per_member"),
        ({"per_member": True}, "per_member"),
        ({"per_household": 0}, "per_household"),
        ({"per_household": terms.TICKETS_MAX + 1}, "per_household"),
        ({"waiting_max": -1}, "waiting_max"),
        ({"waiting_max": terms.WAITING_MAX + 1}, "waiting_max"),
        ({"offer_minutes": 0}, "offer_minutes"),
        ({"offer_minutes": terms.OFFER_MINUTES_MAX + 1}, "offer_minutes"),
        ({"audience": Audience(groups=("",))}, "groups"),
        ({"audience": Audience(groups=("g",) * (NAMES_MAX + 1))}, "groups"),
        ({"audience": Audience(branches=("b" * (NAME_LENGTH_MAX + 1),))}, "branches"),
        ({"items": ()}, "items"),
        ({"items": tuple(pillow() for _ in range(terms.ITEMS_MAX + 1))}, "items"),
        ({"items": (pillow(), pillow())}, "item_id"),
        ({"seed_rule": RULE}, "seed_rule"),
        ({"mode": Mode.DRAW}, "seed_rule"),
        ({"mode": Mode.ALLOTMENT}, "waiting_max"),
        (DRAW | {"per_member": 2}, "per_member"),
    ],
)
def test_terms_that_contradict_themselves_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        check_plan(msgspec.structs.replace(plan(), **wrong))

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"item_id": ""}, "item_id"),
        ({"item_id": "rose/garden"}, "item_id"),
        ({"item_id": "玫瑰园"}, "item_id"),
        ({"item_id": "g" * 65}, "item_id"),
        ({"item_id": "--"}, "item_id"),
        ({"item_id": "-garden"}, "item_id"),
        ({"title": ""}, "title"),
        ({"supplier_id": "rose garden"}, "supplier_id"),
        ({"kind": "percent_off"}, "kind"),
        ({"kind": "goods"}, "party_max"),
        ({"party_max": 0}, "party_max"),
        ({"party_max": terms.PARTY_MAX + 1}, "party_max"),
        ({"income_minor": -1}, "income_minor"),
        ({"income_minor": AMOUNT_MAX + 1}, "income_minor"),
        ({"sessions": ()}, "sessions"),
        ({"sessions": (session(), session())}, "sessions"),
        ({"merchants": ("m",) * (NAMES_MAX + 1)}, "merchants"),
        ({"merchants": ("rose-garden", "a/b")}, "merchants"),
    ],
)
def test_an_item_that_cannot_be_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        check_plan(plan(msgspec.structs.replace(garden(), **wrong)))

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"session_id": "5/1"}, "session_id"),
        ({"session_id": "_may"}, "session_id"),
        ({"session_id": "may-1\n"}, "session_id"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": terms.PLACES_MAX + 1}, "capacity"),
        ({"starts_at": NAIVE}, "starts_at"),
        ({"ends_at": NAIVE}, "ends_at"),
        ({"ends_at": BEGINS}, "ends_at"),
        ({"starts_at": OPENS - SECOND, "ends_at": OPENS}, "ends_at"),
        ({"ends_at": OPENS + terms.LIFE_MAX + SECOND}, "ends_at"),
    ],
)
def test_a_session_that_cannot_be_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        check_plan(plan(garden(msgspec.structs.replace(session(), **wrong))))

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"statement": ""}, "statement"),
        ({"source": LONG}, "source"),
        ({"day": DRAW["closes_at"].date()}, "day"),
        ({"day": ENDS.date()}, "day"),
    ],
)
def test_what_decides_a_draw_is_named_and_not_known_before_it_closes(
    wrong: dict[str, Any], field: str
) -> None:
    rule = msgspec.structs.replace(RULE, **wrong)

    with pytest.raises(TermsInvalid) as refused:
        check_plan(plan(mode=Mode.DRAW, seed_rule=rule))

    assert refused.value.particulars["field"] == field


def test_all_items_together_have_so_many_sessions() -> None:
    half = tuple(session(f"s{number}") for number in range(terms.SESSIONS_MAX // 2))
    rose, lotus, one_more = (
        msgspec.structs.replace(garden(*sessions), item_id=item_id)
        for item_id, sessions in (("rose", half), ("lotus", half), ("peony", half[:1]))
    )
    check_plan(plan(rose, lotus))

    with refusing(TermsInvalid(field="sessions", most=terms.SESSIONS_MAX)):
        check_plan(plan(rose, lotus, one_more))


@pytest.mark.parametrize(("by_person", "places"), [(True, 3), (False, 1)])
def test_a_ticket_takes_a_place_or_one_for_each_of_its_party(
    by_person: bool,  # noqa: FBT001 - a parameter of the test
    places: int,
) -> None:
    assert garden(by_person=by_person).places(3) == places


def test_slots_are_of_the_terms_they_are_asked_of() -> None:
    before = plan(pillow())
    assert list(before.slots) == ["pillow/hall"]

    after = msgspec.structs.replace(before, items=(garden(),))

    assert list(after.slots) == ["garden/morning"]
    assert msgspec.json.decode(msgspec.json.encode(after), type=Plan) == after
    assert after.slots["garden/morning"][1].ends_at == ENDS
