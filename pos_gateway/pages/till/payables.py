"""Payables on a till: the amount the union owes the merchant, and its statements."""

from functools import partial
from typing import Any

from flask import Response

from ledger.errors import StatementUnknown
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.pages.till import TillViews
from pos_gateway.web.listing import Listed, Lists
from pos_gateway.web.views import page
from projections.payables import owed_totals, payables
from projections.statement_lines import StatementLine, statement_lines
from projections.statements import StatementRow, statement, statements


def lines_of(connection: Any, found: StatementRow) -> Listed[StatementLine]:
    """Return the lines of a statement for its page."""
    query = partial(statement_lines, connection, found)
    return Lists().numbered("after", query, argument="after", field="reservation")


class OwedPages(TillViews):
    """A till's pages of the merchant's payables and statements."""

    @page("till-owed", "/till/owed", Policy.TILL)
    def listed(self, asking: TillIdentity) -> Response:
        """Show the amounts that funds owe the merchant, and its statements, the latest first."""
        lists = Lists()
        with self._services.views.reading() as connection:
            which: dict[str, Any] = {"connection": connection, "merchant_id": asking.merchant_id}
            owed = lists.keyed("owed", payables, 2, **which)
            found = lists.numbered("before", statements, **which)
            (sums,) = owed_totals(**which)
        return self._show("owed", asking, owed=owed, sums=sums, statements=found)

    @page("till-statement", "/till/statements/<statement_id>", Policy.TILL)
    def statement(self, statement_id: str, asking: TillIdentity) -> Response:
        """Show one statement of the till's merchant with its lines; else StatementUnknown."""
        with self._services.views.reading() as connection:
            found = statement(connection, statement_id)
            if found is None or found.merchant_id != asking.merchant_id:
                raise StatementUnknown
            lines = lines_of(connection, found)
        return self._show("statement", asking, found=found, lines=lines)
