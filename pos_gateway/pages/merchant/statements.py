"""Statements for the paid merchant: read, print and download them."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from flask import Response

from ledger.errors import StatementUnknown
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import INCIDENT_REASONS
from pos_gateway.pages.merchant import MerchantViews
from pos_gateway.pages.till.today import lines_of
from pos_gateway.web.csv_text import CSV_TYPE, MARK, csv_text
from pos_gateway.web.formatting import money
from pos_gateway.web.listing import Lists
from pos_gateway.web.page_route import download
from pos_gateway.web.templating import options, t
from pos_gateway.web.views import page
from projections.engine.pages import every
from projections.incidents import incidents
from projections.payables import owed_totals
from projections.statement_lines import StatementLine, statement_lines
from projections.statements import StatementRow, statement, statements

LINES_MAX = 500
"""The lines of the file that are sent at once."""


class StatementPages(MerchantViews):
    """The owner's pages of statements and incidents; StatementUnknown for another merchant's."""

    @page("shop-statements", "/shop/statements", Policy.OWNER)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the amounts owed, due and paid, the statements, the latest first, and incidents."""
        lists = Lists()
        with self._services.views.reading() as connection:
            which: dict[str, Any] = {"connection": connection, "merchant_id": asking.merchant_id}
            found = lists.numbered("before", statements, **which)
            reported = lists.numbered("incidents_before", incidents, **which)
            (owed,) = owed_totals(**which)
        return self._show(
            "statements.html", asking, owed=owed, statements=found, incidents=reported
        )

    @page("shop-statement", "/shop/statements/<statement_id>", Policy.OWNER)
    def statement(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Show one statement of the merchant with its lines."""
        found = self._found(statement_id, asking)
        with self._services.views.reading() as connection:
            lines = lines_of(connection, found)
        return self._show("statement.html", asking, found=found, lines=lines)

    @page("shop-statement-lines", "/shop/statements/<statement_id>/lines.csv", Policy.OWNER)
    def file(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Return all lines of a statement as a CSV download, in the language of the page."""
        found = self._found(statement_id, asking)
        heads = [
            t("日期", "Day"),
            t("核销编号", "Redemption"),
            t("门店", "Outlet"),
            t("收银端", "Till"),
            t("消费（元）", "Price (yuan)"),
            t("工会应付（元）", "Owed by the union (yuan)"),
            t("撤销日期", "Undone on"),
            t("差错（元）", "Incident (yuan)"),
            t("差错原因", "Why"),
        ]
        reasons = dict(options(INCIDENT_REASONS))  # now: while it is sent there is no request
        return download(self._written(found, heads, reasons), f"{statement_id}.csv", CSV_TYPE)

    def _found(self, statement_id: str, asking: StaffIdentity) -> StatementRow:
        with self._services.views.reading() as connection:
            found = statement(connection, statement_id)
        if found is None or found.merchant_id != asking.merchant_id:
            raise StatementUnknown
        return found

    def _written(
        self, found: StatementRow, heads: list[str], reasons: dict[str, str]
    ) -> Iterator[bytes]:
        """Yield the CSV in pieces; first the heads, after a UTF-8 mark."""
        yield (MARK + csv_text([heads])).encode()
        lines = every(
            partial(statement_lines, statement=found),
            self._services.views.reading,
            lambda last: {"after": last.reservation},
        )
        while piece := [*islice(lines, LINES_MAX)]:
            yield csv_text(_cells(line, reasons) for line in piece).encode()


def _cells(line: StatementLine, reasons: dict[str, str]) -> list[str]:
    return [
        line.day,
        line.redemption_id,
        line.outlet_id,
        line.till_id,
        money(line.price_minor),
        money(line.counted_minor),
        line.reversed_day or "",
        money(line.incident_minor) if line.incident_minor is not None else "",
        reasons.get(line.incident_reason or "", line.incident_reason or ""),
    ]
