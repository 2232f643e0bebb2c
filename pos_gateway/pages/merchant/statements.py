"""Statements for the paid merchant: read, print and download them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from ledger.errors import StatementUnknown
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import INCIDENT_REASONS, RETURN_REASONS, STATEMENT_STATUSES
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.web.csv_text import CSV_TYPE, MARKED, csv_text
from pos_gateway.web.formatting import money
from pos_gateway.web.page_route import asked_number, download, first_of
from pos_gateway.web.templating import said, t
from pos_gateway.web.views import Views, page, pages_of
from projections.incidents import incidents
from projections.payables import payables
from projections.statement_lines import StatementLine, statement_lines
from projections.statements import StatementRow, statement, statements

ROWS_MAX = 50
LINES_MAX = 500
"""The most lines of one page; the file has all of them."""


class StatementPages(Views[Services]):
    """The owner's pages of statements and incidents; StatementUnknown for another merchant's."""

    @page("shop-statements", "/shop/statements", Policy.OWNER)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the amounts owed, due and paid, the statements, the latest first, and incidents."""
        merchant_id = asking.merchant_id
        before = asked_number("before")
        with self._services.views.reading() as connection:
            found = statements(
                connection, merchant_id=merchant_id, before=before, rows_max=ROWS_MAX + 1
            )
            owed = payables(connection, merchant_id=merchant_id)
            reported = incidents(connection, merchant_id=merchant_id, rows_max=ROWS_MAX)
        shown, last = first_of(found, ROWS_MAX)
        return show(
            self._services,
            "statements.html",
            asking,
            owed_minor=sum(one.owed_minor for one in owed),
            due_minor=sum(one.due_minor for one in owed),
            paid_minor=sum(one.paid_minor for one in owed),
            statements=shown,
            older=last.position if last else None,
            incidents=reported,
            statuses=STATEMENT_STATUSES,
            incident_reasons=INCIDENT_REASONS,
        )

    @page("shop-statement", "/shop/statements/<statement_id>", Policy.OWNER)
    def statement(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Show one statement of the merchant with its lines, LINES_MAX a page."""
        found = self._found(statement_id, asking)
        lines = self._lines(found, after=asked_number("after") or 0, rows_max=LINES_MAX + 1)
        shown, last = first_of(lines, LINES_MAX)
        return show(
            self._services,
            "statement.html",
            asking,
            found=found,
            lines=shown,
            more=last.reservation if last else None,
            statuses=STATEMENT_STATUSES,
            return_reasons=RETURN_REASONS,
            incident_reasons=INCIDENT_REASONS,
        )

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
        reasons: dict[str, str] = {
            reason: said(words) for reason, words in INCIDENT_REASONS.items()
        }
        return download(self._written(found, heads, reasons), f"{statement_id}.csv", CSV_TYPE)

    def _found(self, statement_id: str, asking: StaffIdentity) -> StatementRow:
        with self._services.views.reading() as connection:
            found = statement(connection, statement_id)
        if found is None or found.merchant_id != asking.merchant_id:
            raise StatementUnknown
        return found

    def _lines(self, found: StatementRow, *, after: int, rows_max: int) -> list[StatementLine]:
        with self._services.views.reading() as connection:
            return statement_lines(connection, found, after=after, rows_max=rows_max)

    def _written(
        self, found: StatementRow, heads: list[str], reasons: dict[str, str]
    ) -> Iterator[bytes]:
        """Yield the CSV in pieces of LINES_MAX lines; first the heads, after a UTF-8 mark."""
        yield csv_text([heads]).encode(MARKED)
        after = 0
        while lines := self._lines(found, after=after, rows_max=LINES_MAX):
            after = lines[-1].reservation
            yield csv_text(_cells(line, reasons) for line in lines).encode()


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


pages = pages_of(StatementPages)
