"""Funds and settlement: contributions, debts, statements and their payment, and incidents."""

import secrets
from collections.abc import Callable
from functools import partial

from flask import Response, request

from ledger import funds
from ledger.errors import HongkaError, StatementUnknown
from ledger.merchants import merchant
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import INCIDENT_REASONS, RETURN_REASONS, STATEMENT_STATUSES
from pos_gateway.pages.officer import OfficerViews, form_parsing
from pos_gateway.pages.officer.figures import words_of_reason
from pos_gateway.payments import new_statement_id
from pos_gateway.payments.bank_accounts import bank_accounts, keep_bank_account, masked
from pos_gateway.payments.bank_file import Form, bank_file
from pos_gateway.web.csv_text import CSV_TYPE
from pos_gateway.web.json_body import check_id
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.page_route import chosen, download, submit
from pos_gateway.web.views import POST, page
from projections.incidents import incidents
from projections.late import late_redemptions
from projections.payables import is_owed, payables
from projections.statement_lines import statement_lines
from projections.statements import funds_to_pay, statement, statements, unsettled

ONE = "/desk/statements/<statement_id>"


class StatementPages(OfficerViews):
    """The officers' pages of settlement; a refusal is shown as `error` on the page of its form."""

    @page("desk-statements", "/desk/statements", Policy.SEE_SETTLEMENTS)
    def listed(self, asking: StaffIdentity, error: HongkaError | None = None) -> Response:
        """Show contests that wait, debts without an open statement, statements and incidents.

        `status` in the URL limits the statements to one of STATEMENT_STATUSES.
        """
        lists = Lists("/desk/statements")
        status = request.args.get("status", "")
        status = status if status in STATEMENT_STATUSES else ""
        with self._services.views.reading() as connection:
            ready = lists.keyed(
                "owed", payables, 2, connection=connection, where=[is_owed(), unsettled()]
            )
            found = lists.numbered(
                "before", statements, connection=connection, status=status or None
            )
            waiting = lists.numbered(
                "waiting_before", late_redemptions, connection=connection, review="waiting"
            )
            reported = lists.numbered("incidents_before", incidents, connection=connection)
            to_pay = funds_to_pay(connection)
        return self._show(
            "statements.html",
            asking,
            error=error,
            ready=ready,
            statements=found,
            incidents=reported,
            waiting=waiting,
            reasons={one.reason: words_of_reason(one.reason) for one in waiting.rows},
            names=self._services.ledger.merchant_names(
                {one.merchant_id for each in (ready, found, reported, waiting) for one in each.rows}
            ),
            to_pay=to_pay,
            only=status,
        )

    @page("desk-statement-draw-up", "/desk/statements/drawn-up", Policy.DRAW_UP_STATEMENTS, POST)
    def draw_up(self, asking: StaffIdentity) -> Response:
        """Draw up a statement for each ticked pair of merchant and fund, up to a refused one."""
        day = self._services.ledger.day(self._services.clock())
        draw_up = self._services.ledger.officers.statements.draw_up_statement

        def draw_up_all() -> None:
            for ticked in request.form.getlist("owed"):
                merchant_id, _, fund_id = ticked.partition(" ")
                check_id("merchant_id", merchant_id)
                check_id("fund_id", fund_id)
                one = new_statement_id(day)
                draw_up(one, fund_id=fund_id, merchant_id=merchant_id, by=asking.by)

        return self._on_list(asking, draw_up_all)

    @page("desk-statement", ONE, Policy.SEE_SETTLEMENTS)
    def statement(
        self, statement_id: str, asking: StaffIdentity, error: HongkaError | None = None
    ) -> Response:
        """Show one statement, its lines, the account it is paid to, and who acted.

        The caller reads which rule excludes them. An unknown statement is StatementUnknown.
        """
        with self._services.views.reading() as connection:
            found = statement(connection, statement_id)
            if found is None:
                raise StatementUnknown
            lines = Lists(f"/desk/statements/{statement_id}").numbered(
                "after",
                partial(statement_lines, connection, found),
                argument="after",
                field="reservation",
            )
        ledger, payee = self._services.ledger, merchant.stream(found.merchant_id)
        account = bank_accounts(self._services, [payee]).get(payee)
        others = {found.drawn_up_by, found.first_approved_by, found.second_approved_by}
        rule_beside = ledger.officers.proposals.rule_between
        rules = {one: rule_beside(one, asking.by) for one in others if one and one != asking.by}
        return self._show(
            "statement.html",
            asking,
            error=error,
            found=found,
            account=account and masked(account),
            payee=ledger.bank_account(payee),
            rules={one: rule for one, rule in rules.items() if rule},
            lines=lines,
            names=ledger.merchant_names([found.merchant_id]),
            outlets=ledger.merchant(found.merchant_id).outlets,
        )

    @page("desk-statement-approve", f"{ONE}/approval", Policy.APPROVE_STATEMENTS, POST)
    def approve(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Approve a statement that another officer drew up; one's own is refused."""
        approve = self._services.ledger.officers.statements.approve_statement
        return self._on_one(statement_id, asking, lambda: approve(statement_id, by=asking.by))

    @page("desk-statement-return", f"{ONE}/return", Policy.APPROVE_STATEMENTS, POST)
    def send_back(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Return a statement to its author, unapproved, with a reason from a closed list."""
        return self._on_one(
            statement_id,
            asking,
            lambda: self._services.ledger.officers.statements.return_statement(
                statement_id, reason=form_parsing.one_of("reason", RETURN_REASONS), by=asking.by
            ),
        )

    @page("desk-statement-pay", f"{ONE}/payment", Policy.PAY_STATEMENTS, POST)
    def pay(self, statement_id: str, asking: StaffIdentity) -> Response:
        """Record that the bank paid a statement, with the bank's reference."""
        reference = request.form.get("reference", "").strip()
        return self._on_one(
            statement_id,
            asking,
            lambda: self._services.ledger.officers.statements.mark_statement_paid(
                statement_id, reference=reference, by=asking.by
            ),
        )

    @page("desk-statement-bank-file", "/desk/statements/bank-file", Policy.PAY_STATEMENTS, POST)
    def file(self, asking: StaffIdentity) -> Response:
        """Return a bank file that pays every approved statement of a fund: CSV, or pain.001 XML."""
        form: Form = "csv" if request.form.get("form") == "csv" else "pain"
        try:
            made = bank_file(
                self._services,
                request.form.get("fund_id", ""),
                form=form,
                at=self._services.clock(),
            )
        except HongkaError as error:
            return self.listed(asking, error)
        kind = CSV_TYPE if form == "csv" else "application/xml"
        return download(made.content, made.name, kind)

    @page("desk-statement-incident", "/desk/statements/incident", Policy.REPORT_INCIDENTS, POST)
    def incident(self, asking: StaffIdentity) -> Response:
        """Report that a merchant was paid the typed amount too much for a redemption."""
        return self._on_list(
            asking,
            lambda: self._services.ledger.officers.statements.report_incident(
                form_parsing.own_id("redemption_id"),
                amount_minor=form_parsing.minor("yuan"),
                reason=form_parsing.one_of("reason", INCIDENT_REASONS),
                by=asking.by,
            ),
        )

    @page("desk-contest", "/desk/statements/contest", Policy.APPROVE_STATEMENTS, POST)
    def decide(self, asking: StaffIdentity) -> Response:
        """Accept a contested redemption that waits, or decline it; the field `deed` tells which."""
        return self._on_list(
            asking,
            lambda: self._services.ledger.officers.contests.decide(
                form_parsing.own_id("redemption_id"),
                accept=form_parsing.one_of("deed", ("accept", "decline")) == "accept",
                by=asking.by,
            ),
        )

    def _on_list(self, asking: StaffIdentity, action: Callable[[], object]) -> Response:
        there = "/desk/statements"
        return submit(action, lambda error: self.listed(asking, error), there, self._see_after)

    def _on_one(
        self, statement_id: str, asking: StaffIdentity, action: Callable[[], object]
    ) -> Response:
        there, go = f"/desk/statements/{statement_id}", self._see_after
        return submit(action, lambda error: self.statement(statement_id, asking, error), there, go)


class FundPages(OfficerViews):
    """The officers' pages of funds; a refused form shows its error on the page."""

    @page("desk-funds", "/desk/funds", Policy.SEE_FUNDS)
    def listed(self, asking: StaffIdentity, error: HongkaError | None = None) -> Response:
        """Show every fund with its balance, the merchants that it owes, and a form's `error`."""
        lists = Lists()
        with self._services.views.reading() as connection:
            owed = lists.keyed("owed", payables, 2, connection=connection, where=[is_owed()])
        return self._show(
            "funds.html",
            asking,
            error=error,
            funds=lists.part("funds", self._services.ledger.funds(), most=CARD_ROWS),
            owed=owed,
            request_id=secrets.token_hex(8),
            names=self._services.ledger.merchant_names({one.merchant_id for one in owed.rows}),
        )

    @page("desk-funds-change", "/desk/funds", Policy.KEEP_FUNDS, POST)
    def change(self, asking: StaffIdentity) -> Response:
        """Open a fund, record a contribution, or set a fund's bank account or approval threshold.

        The form field `deed` tells which. One form, sent again, records its contribution once.
        """
        officers = self._services.ledger.officers
        deeds: dict[str, Callable[[str, str], object]] = {
            "open": lambda fund_id, by: officers.offers.open_fund(
                fund_id,
                programme=form_parsing.identifier("programme"),
                name=form_parsing.text("name"),
                by=by,
            ),
            "contribute": lambda fund_id, by: officers.offers.contribute(
                fund_id,
                source=form_parsing.text("source"),
                amount_minor=form_parsing.minor("yuan"),
                by=by,
                request_id=f"desk/{asking.staff_id}/{form_parsing.own_id('request')}",
            ),
            "account": lambda fund_id, by: keep_bank_account(
                self._services, funds.stream(fund_id), form_parsing.bank_account(), by=by
            ),
            "threshold": lambda fund_id, by: officers.statements.set_threshold(
                fund_id, amount_minor=form_parsing.minor("yuan"), by=by
            ),
        }
        return submit(
            lambda: chosen(deeds)(form_parsing.identifier("fund_id"), asking.by),
            lambda error: self.listed(asking, error),
            "/desk/funds",
            self._see_after,
        )
