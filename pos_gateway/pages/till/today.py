"""A till's counter and its day, to be undone; the amount the union owes, and its statements."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import Response, request

from ledger.benefits.tickets import is_handed_over
from ledger.drops.ticket_use import UNDO_WITHIN
from ledger.errors import HongkaError, RedemptionUnknown, StatementUnknown, UseUnknown
from pos_gateway.api.ticket_uses import used
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.i18n.words import REVERSAL_REASONS
from pos_gateway.pages.officer.form_parsing import one_of
from pos_gateway.pages.till import TillViews
from pos_gateway.web.listing import Listed, Lists
from pos_gateway.web.page_route import submit
from pos_gateway.web.views import FORM, page
from projections.late import LateRow, late_among
from projections.payables import owed_totals, payables
from projections.redemptions import RedemptionRow, redemptions, shown_once, spending, undone_among
from projections.statement_lines import StatementLine, statement_lines
from projections.statements import StatementRow, statement, statements


class Entry(NamedTuple):
    """A redemption in a list, or a reversal of an earlier day's one.

    `undone` if it was reversed; `late` is its offline report, None if it was made online; `titles`
    are those of its offers.
    """

    line: RedemptionRow
    undone: bool
    late: LateRow | None
    titles: tuple[str, ...] = ()

    @property
    def off_minor(self) -> int:
        """The discount in minor units, merchant share and union share; negative in a reversal."""
        return self.line.merchant_share_minor + self.line.union_share_minor


def entries_of(connection: Any, lines: Listed[RedemptionRow], merchant_id: str) -> Listed[Entry]:
    """Return the entries of some lines of a merchant, without titles."""
    undone = undone_among(connection, lines.rows, merchant_id=merchant_id)
    late = late_among(connection, lines.rows)
    return lines.of(
        [
            Entry(
                line=one,
                undone=one.redemptions > 0 and one.redemption_id in undone,
                late=late.get(one.redemption_id),
            )
            for one in lines.rows
        ]
    )


class TodayPages(TillViews):
    """A till's counter, and the pages of its day; what another merchant made is unknown."""

    @page("till-counter", "/till/", Policy.TILL)
    def counter(self, asking: TillIdentity) -> Response:
        """Show the page where a till scans codes and redeems; scripts fill it, even offline."""
        return self._show("counter", asking)

    @page("till-today", "/till/today", Policy.TILL)
    def listed(self, asking: TillIdentity) -> Response:
        """Show today's redemptions and ticket uses of this till; `?of=merchant`: of all tills.

        The sums are those of the whole day.
        """
        day = self._services.ledger.day(self._services.clock())
        whole = request.args.get("of") == "merchant"
        which: dict[str, Any] = {
            "merchant_id": asking.merchant_id,
            "till_id": None if whole else asking.till_id,
            "first_day": day,
            "last_day": day,
        }
        lists = Lists()
        with self._services.views.reading() as connection:
            lines = lists.numbered(
                "before", redemptions, connection=connection, where=[shown_once()], **which
            )
            entries = entries_of(connection, lines, asking.merchant_id)
            (sums,) = spending(connection, **which)
        return self._show(
            "today",
            asking,
            entries=entries.of(self._titled(entries.rows)),
            sums=sums,
            tickets=used(self._services, lists, **which),
            whole=whole,
            day=day,
        )

    @page("till-redemption", "/till/redemptions/<redemption_id>", Policy.TILL, FORM)
    def redemption(
        self, redemption_id: str, asking: TillIdentity, error: HongkaError | None = None
    ) -> Response:
        """Show one redemption of the merchant; its form, offered on the same day, reverses it.

        The `error` is that of a refused form.
        """
        found = self._services.ledger.tills.redemptions.find(redemption_id)
        if found.made.merchant_id != asking.merchant_id:
            raise RedemptionUnknown
        if request.method == "POST" and error is None:
            return submit(
                lambda: self._services.ledger.tills.redemptions.reverse(
                    redemption_id,
                    merchant_id=asking.merchant_id,
                    reason=one_of("reason", REVERSAL_REASONS),
                    by=asking.by,
                    cashier_id=asking.cashier_id,
                ),
                lambda error: self.redemption(redemption_id, asking, error),
            )
        made = found.made
        choices = {line.choice_id for line in made.lines}
        titles = self._services.ledger.choice_titles(made.member_id, choices)
        today = self._services.ledger.day(self._services.clock())
        return self._show(
            "redemption",
            asking,
            error=error,
            found=found,
            titles=[titles[line.choice_id] for line in made.lines],
            is_today=made.day == today,
        )

    @page("till-use", "/till/uses/<use_id>", Policy.TILL, FORM)
    def use(self, use_id: str, asking: TillIdentity, error: HongkaError | None = None) -> Response:
        """Show one ticket use of the merchant; a form undoes it within an hour, at that outlet.

        The `error` is that of a refused form.
        """
        found = self._services.ledger.tills.ticket_use.find(use_id)
        if found.used.merchant_id != asking.merchant_id:
            raise UseUnknown
        if request.method == "POST" and error is None:
            return submit(
                lambda: self._services.ledger.tills.ticket_use.undo_use(use_id, **asking.place),
                lambda error: self.use(use_id, asking, error),
            )
        is_here = found.used.outlet_id == asking.outlet_id
        is_fresh = self._services.clock() - found.used.at <= UNDO_WITHIN
        return self._show(
            "use",
            asking,
            error=error,
            found=found,
            is_goods=is_handed_over(found.held.kind),
            may_undo=is_here and is_fresh and not found.undone,
        )

    def _titled(self, entries: Sequence[Entry]) -> list[Entry]:
        # Only titles of offers: the list does not name a member's own grant.
        choices = {choice for one in entries for choice in one.line.choices.split()}
        titles = self._services.ledger.offer_titles(choices)
        return [
            one._replace(titles=tuple(filter(None, map(titles.get, one.line.choices.split()))))
            for one in entries
        ]


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
