from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, MetaData, Table, delete, select

from projections.engine.changes import Add, Change, Put, apply, fold
from projections.engine.database import Views
from projections.engine.schema import counter, key, number, text

VISITS = Table(
    "visits_1",
    MetaData(),
    key("shop"),
    key("day"),
    counter("visits"),
    counter("price_minor"),
    text("last_card"),
    number("last_till"),
)

KEYS = some.tuples(some.sampled_from(["honey", "mill"]), some.sampled_from(["1", "2", "3"]))
ADDS = some.builds(
    Add, KEYS, some.dictionaries(some.sampled_from(["visits", "price_minor"]), some.integers(-9, 9))
)
PUTS = some.builds(
    Put,
    KEYS,
    some.one_of(
        some.fixed_dictionaries({"last_card": some.none() | some.sampled_from(["c1", "c2"])}),
        some.fixed_dictionaries({"last_till": some.integers(0, 3), "last_card": some.just("c3")}),
    ),
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    views = Views(database_url, [])
    with views.writing() as connection:
        VISITS.create(connection)
        yield connection
    views.close()


def rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(select(VISITS).order_by(*VISITS.primary_key))]


def test_counters_add_up_and_the_later_value_holds() -> None:
    folded = fold(
        [
            Add(("mill", "1"), {"visits": 1, "price_minor": 500}),
            Put(("mill", "1"), {"last_card": "c1", "last_till": 1}),
            Add(("mill", "1"), {"visits": 1}),
            Put(("mill", "1"), {"last_card": "c2"}),
        ]
    )

    assert folded.added == {("mill", "1"): {"visits": 2, "price_minor": 500}}
    assert folded.put == {("mill", "1"): {"last_card": "c2", "last_till": 1}}


def test_folding_leaves_the_changes_as_they_were() -> None:
    first = Add(("mill", "1"), {"visits": 1})

    fold([first, Add(("mill", "1"), {"visits": 1})])

    assert first.amounts == {"visits": 1}


def test_a_missing_row_begins_at_zero_and_empty(connection: Connection) -> None:
    apply(connection, VISITS, fold([Add(("mill", "1"), {"visits": 1})]))
    apply(connection, VISITS, fold([Put(("honey", "1"), {"last_till": 2})]))

    assert rows(connection) == [("honey", "1", 0, 0, None, 2), ("mill", "1", 1, 0, None, None)]


def test_a_put_leaves_the_other_columns(connection: Connection) -> None:
    at_first: list[Change] = [
        Add(("mill", "1"), {"visits": 1}),
        Put(("mill", "1"), {"last_card": "c1", "last_till": 1}),
    ]

    apply(connection, VISITS, fold(at_first))
    apply(connection, VISITS, fold([Put(("mill", "1"), {"last_card": None})]))

    assert rows(connection) == [("mill", "1", 1, 0, None, 1)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=some.lists(ADDS | PUTS, max_size=20), middle=some.integers(0, 20))
def test_a_page_at_once_gives_what_its_changes_give_one_by_one(
    connection: Connection, changes: list[Change], middle: int
) -> None:
    connection.execute(delete(VISITS))
    for one in changes:
        apply(connection, VISITS, fold([one]))
    one_by_one = rows(connection)

    connection.execute(delete(VISITS))
    for page in (changes[:middle], changes[middle:]):
        apply(connection, VISITS, fold(page))

    assert rows(connection) == one_by_one


def test_nothing_folded_writes_nothing(connection: Connection) -> None:
    apply(connection, VISITS, fold([]))

    assert rows(connection) == []


@pytest.mark.parametrize(
    "wrong",
    [
        Put(("mill", "1"), {"visits": 1}),
        Put(("mill", "1"), {"shop": "other"}),
        Put(("mill", "1"), {"no_such_column": 1}),
        Add(("mill", "1"), {"last_till": 1}),
    ],
)
def test_a_counter_is_only_added_to_and_a_value_only_put(
    connection: Connection, wrong: Change
) -> None:
    with pytest.raises(ValueError, match="not"):
        apply(connection, VISITS, fold([wrong]))


def test_what_is_neither_add_nor_put_is_refused() -> None:
    with pytest.raises(TypeError):
        fold([(("mill", "1"), {"visits": 1})])  # type: ignore[list-item]  # the fault to be found
