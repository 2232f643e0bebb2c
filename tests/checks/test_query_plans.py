"""No query of a page reads the whole of a table that grows with every redemption."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from ledger.staff import OFFICES
from pos_gateway.auth.policies import Policy
from pos_gateway.pages.officer.figures import SUBJECTS
from projections import (
    history,
    late,
    purchases,
    redemptions,
    refusals,
    statement_lines,
    ticket_uses,
    usage,
)
from projections.engine.database import Views
from tests.support.app_all_roles import AllRolesApp, all_roles_app
from tests.support.endpoint_table import PAGES, Address

__all__ = ["all_roles_app"]

GROWING = {
    one.NAME
    for one in (
        *(history, late, purchases, redemptions, refusals),
        *(statement_lines, ticket_uses, usage),
    )
}
OFFICERS = list(OFFICES)
FIGURES = [
    Address(Policy.SEE_FIGURES, "GET", f"/desk/figures/{name}?by={by}")
    for name, subject in SUBJECTS.items()
    for by in subject.groups
]
SHOWN = [one for one in PAGES if one.method == "GET" and one.policy != Policy.PUBLIC] + FIGURES


@contextmanager
def plans_of(views: Views) -> Iterator[list[str]]:
    """Yield a list; at the end, it holds the plan of each query that was sent meanwhile."""
    asked: dict[str, Any] = {}
    plans: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked[statement] = parameters

    event.listen(views._readers, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(views._readers, "before_cursor_execute", note)
    with views.reading() as connection:
        for statement, parameters in asked.items():
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row.detail for row in found]


def scanned(plans: list[str]) -> set[str]:
    """Return the growing tables that are read from end to end."""
    return GROWING & {name for plan in plans for name in re.findall(r"SCAN (\w+)", plan)}


@pytest.mark.parametrize("address", SHOWN, ids=lambda one: one.asked)
def test_no_page_reads_a_growing_table_from_end_to_end(
    all_roles_app: AllRolesApp, address: Address
) -> None:
    of_desk = address.path.startswith("/desk")
    secret = all_roles_app.staff(*OFFICERS) if of_desk else all_roles_app.let_in(address)
    with plans_of(all_roles_app.services.views) as plans:
        assert all_roles_app.open(address, secret).status_code < 500

    assert not scanned(plans), (
        f"{address.asked}: give the table an index that this query descends; it is read as {plans}"
    )


def test_a_query_without_an_index_would_be_found(all_roles_app: AllRolesApp) -> None:
    views = all_roles_app.services.views
    with plans_of(views) as plans, views.reading() as connection:
        redemptions.redemptions(connection, outlet_id="main")

    assert scanned(plans) == {redemptions.NAME}


def test_a_merchants_day_descends_an_index(all_roles_app: AllRolesApp) -> None:
    views, day = all_roles_app.services.views, all_roles_app.services.ledger.day(all_roles_app.now)
    for query in (redemptions.redemptions, late.late_redemptions, ticket_uses.ticket_uses):
        with plans_of(views) as plans, views.reading() as connection:
            query(connection, merchant_id="bakery", first_day=day, last_day=day)

        assert "merchant_id=? AND day=?" in plans[0]
        assert len(plans) == 1, "no sorting"
