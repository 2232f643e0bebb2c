"""Events are frozen, stored by topic, loaded unchanged, and have no field for a person."""

import re

import msgspec
import pytest

from ledger.event import Event, UnknownTopic, decode, encode, topic, topic_of, topic_words, topics
from ledger.members import card
from ledger.write.streams import CATEGORIES

ISSUED = card.Issued(card_id="c1", member_id="m1")

# No field holds a person. Businesses, places, funds and titles of offers are public.
PERSONAL = re.compile(r"name|phone|mobile|identity|address|birth|account|email|photo|sex|age$")
PUBLIC = {"merchant.signed", "merchant.outlet_opened", "merchant.outlet_changed", "fund.opened"}


def test_a_fact_is_stored_as_text_a_person_can_read() -> None:
    stored = '{"card_id":"c1","member_id":"m1","last_day":null,"replaces":null}'

    assert encode(ISSUED) == stored
    assert topic_of(ISSUED) == "card.issued"
    assert decode("card.issued", stored) == ISSUED
    assert decode("card.issued", stored.encode()) == ISSUED


def test_a_topic_is_taken_once() -> None:
    with pytest.raises(ValueError, match="taken by Issued"):
        topic("card.issued", "发卡", "Card issued")(card.Blocked)

    assert topics()["card.issued"] is card.Issued
    assert topic_of(card.Blocked(card_id="c1")) == "card.blocked"


def test_a_topic_of_a_newer_program_is_not_guessed() -> None:
    with pytest.raises(UnknownTopic, match="activity"):
        decode("activity.opened", "{}")


def test_the_registry_is_not_changed_through_its_copy() -> None:
    topics().clear()

    assert topics()


def test_a_field_of_a_newer_program_is_passed_over() -> None:
    assert decode("card.blocked", '{"card_id":"c1","why":"lost"}') == card.Blocked(card_id="c1")


def test_a_value_of_another_type_is_not_loaded() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode("fund.contributed", '{"fund_id":"f","source":"s","amount_minor":1.0}')


def test_a_fact_is_never_changed() -> None:
    with pytest.raises(AttributeError):
        ISSUED.card_id = "c2"  # type: ignore[misc]  # that is the test


def test_the_bare_shape_has_no_stream() -> None:
    with pytest.raises(AttributeError):
        _ = Event().stream


@pytest.mark.parametrize("name", sorted(topics()))
def test_every_topic_is_of_a_category_that_can_be_folded(name: str) -> None:
    cls = topics()[name]
    assert name.partition(".")[0] in {*CATEGORIES, "code"}, (
        f"the topic {name!r} of {cls.__module__}.{cls.__name__} begins with no category of"
        f" streams: begin it with one of {', '.join(CATEGORIES)}, or give a module CATEGORY,"
        " INITIAL and evolve"
    )
    assert cls.__doc__, f"{cls.__module__}.{cls.__name__} needs a docstring"
    assert cls.__struct_config__.frozen, f"declare {cls.__name__} with frozen=True, kw_only=True"


def test_an_officer_reads_every_topic_in_both_languages() -> None:
    assert topic_words()["card.issued"] == ("发卡", "Card issued")
    assert topic_words().keys() == topics().keys()
    for name, words in topic_words().items():
        assert all(words), f"{topics()[name].__module__}: @topic({name!r}, …) needs zh and en"


@pytest.mark.parametrize("name", sorted(topics()))
def test_no_fact_has_a_field_for_a_person(name: str) -> None:
    personal = {field for field in topics()[name].__struct_fields__ if PERSONAL.search(field)}

    assert personal == ({"name"} if name in PUBLIC else set()), (
        f"{name} has fields that may name a person: {sorted(personal)}; keep the values in the"
        " vault and record an opaque id. If the name is public, add the topic to PUBLIC in"
        " tests/ledger/test_event.py"
    )


@pytest.mark.parametrize("field", ["holder_name", "phone", "identity_number", "bank_account"])
def test_a_field_for_a_person_would_be_found(field: str) -> None:
    assert PERSONAL.search(field)
