"""A made-up log of visits to shops, and a projection of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import MetaData, Table, select

from ledger.event import Event, Fact
from projections.engine.changes import Add, Change, Put
from projections.engine.database import Project, Projection, Views
from projections.engine.rebuild import Staged
from projections.engine.runner import Read
from projections.engine.schema import counter, key, text

AT = datetime(2019, 5, 1, tzinfo=UTC)
SHOPS = ["honey", "mill", "garden"]
Opened = Callable[..., Views]


class Visited(Event, frozen=True, kw_only=True):
    shop: str
    card: str = "c1"


class Unreadable(Event, frozen=True, kw_only=True):
    pass


def made_up_log(*events: Event) -> list[Fact]:
    return [
        Fact(n, "made-up", n, "made.up", AT, event, "system") for n, event in enumerate(events, 1)
    ]


def reader(facts: Sequence[Fact]) -> Read:
    return lambda after, limit: facts[after : after + limit]


def project_visit(event: Visited, _fact: Fact) -> Iterator[Change]:
    yield Add((event.shop,), {"visits": 1})
    yield Put((event.shop,), {"last_card": event.card})


def project_or_fail(event: Visited | Unreadable, fact: Fact) -> Iterator[Change]:
    if isinstance(event, Unreadable):
        raise LookupError("made-up")  # noqa: TRY004 - it is nobody's type that is wrong
    yield from project_visit(event, fact)


def project_wrong_column(event: Visited | Unreadable, fact: Fact) -> Iterator[Change]:
    if isinstance(event, Unreadable):
        yield Put(("mill",), {"no_such_column": 1})
    else:
        yield from project_visit(event, fact)


def staged_projection(name: str, project: Project = project_visit) -> Staged:
    table = Table(name, MetaData(), key("shop"), counter("visits"), text("last_card", index=True))
    return Staged(name, table, project)


VISITS = staged_projection("visits_1")
MANY = made_up_log(*[Visited(shop=SHOPS[n % 3], card=f"c{n % 7}") for n in range(1_000)])
COUNTED = Counter(SHOPS[n % 3] for n in range(1_000))


def view_factory(database_url: str) -> Iterator[Opened]:
    """Yield a factory of views, of VISITS by default, and close them all at the end."""
    there: list[Views] = []

    def open_views(*projections: Projection) -> Views:
        there.append(Views(database_url, projections or [VISITS]))
        return there[-1]

    yield open_views
    for one in there:
        one.close()


def rows(there: Views, projection: Projection = VISITS) -> list[tuple[object, ...]]:
    with there.reading() as connection:
        table = projection.table
        return [tuple(row) for row in connection.execute(select(table).order_by(table.c.shop))]


def visit_counts(there: Views, projection: Projection = VISITS) -> dict[object, object]:
    return {row[0]: row[1] for row in rows(there, projection)}
