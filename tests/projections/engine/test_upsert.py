from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, MetaData, Table, select

from projections.engine.database import Views
from projections.engine.schema import counter, key, text
from projections.engine.upsert import ARRAY_ROWS_MAX, Row, upsert, write

VISITS = Table("visits_1", MetaData(), key("shop"), counter("visits"), text("card"), text("till"))
FEW, MANY = 3, ARRAY_ROWS_MAX + 1


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    views = Views(database_url, [])
    with views.writing() as connection:
        VISITS.create(connection)
        yield connection
    views.close()


def rows(connection: Connection) -> list[Row]:
    return [tuple(row) for row in connection.execute(select(VISITS).order_by(VISITS.c.shop))]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_counters_grow_values_are_set_and_missing_rows_made(
    connection: Connection, count: int
) -> None:
    shops = [f"shop-{number:04}" for number in range(count)]

    write(connection, upsert(VISITS, ("card",)), [(shop, 1, "c1") for shop in shops[1:]])
    write(connection, upsert(VISITS, ("till", "card")), [(shop, 2, None, "t1") for shop in shops])
    write(connection, upsert(VISITS, ()), [(shop, 3) for shop in shops])

    assert rows(connection) == [
        (shops[0], 5, None, "t1"),
        *[(shop, 6, None, "t1") for shop in shops[1:]],
    ]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_text_arrives_as_it_is(connection: Connection, count: int) -> None:
    odd = ["a\tb", "a\\b", "\\N", "{a,b}", '"', "剪刀", "", "null", "'; --"]
    written: list[Row] = [(f"shop-{number:04}", 0, odd[number % 9]) for number in range(count * 3)]

    write(connection, upsert(VISITS, ("card",)), written)

    assert [(shop, visits, card) for shop, visits, card, _ in rows(connection)] == written


@pytest.mark.parametrize("put", [("shop",), ("visits",), ("no_such_column",)])
def test_only_plain_values_are_put(put: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not plain values"):
        upsert(VISITS, put)


def test_columns_out_of_their_order_are_refused() -> None:
    muddled = Table("muddled", MetaData(), text("card"), key("shop"), counter("visits"))

    with pytest.raises(ValueError, match="in this order"):
        upsert(muddled, ("card",))
