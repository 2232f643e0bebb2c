"""Payables on a till: the amount the union owes the merchant, and its statements."""

from __future__ import annotations

from flask import Response

from ledger.errors import StatementUnknown
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.i18n.words import STATEMENT_STATUSES
from pos_gateway.pages.till import show
from pos_gateway.services import Services
from pos_gateway.web.views import Views, page, pages_of
from projections.payables import payables
from projections.statement_lines import statement_lines
from projections.statements import statement, statements

STATEMENTS_MAX = 50
LINES_MAX = 1_000


class OwedPages(Views[Services]):
    """A till's pages of the merchant's payables and statements."""

    @page("till-owed", "/till/owed", Policy.TILL)
    def listed(self, asking: TillIdentity) -> Response:
        """Show the amounts that funds owe the merchant, and its statements, the latest first."""
        with self._services.views.reading() as connection:
            owed = payables(connection, merchant_id=asking.merchant_id)
            found = statements(connection, merchant_id=asking.merchant_id, rows_max=STATEMENTS_MAX)
        return show(
            self._services,
            "owed",
            asking,
            owed=owed,
            owed_minor=sum(one.owed_minor for one in owed),
            paid_minor=sum(one.paid_minor for one in owed),
            statements=found,
            statuses=STATEMENT_STATUSES,
        )

    @page("till-statement", "/till/statements/<statement_id>", Policy.TILL)
    def statement(self, statement_id: str, asking: TillIdentity) -> Response:
        """Show one statement of the till's merchant with its lines; else StatementUnknown."""
        with self._services.views.reading() as connection:
            found = statement(connection, statement_id)
            if found is None or found.merchant_id != asking.merchant_id:
                raise StatementUnknown
            lines = statement_lines(connection, found, rows_max=LINES_MAX)
        return show(
            self._services,
            "statement",
            asking,
            found=found,
            lines=lines,
            statuses=STATEMENT_STATUSES,
        )


pages = pages_of(OwedPages)
