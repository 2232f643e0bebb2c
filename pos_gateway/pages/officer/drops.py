"""Drops: create, rehearse, watch, close and draw them."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from flask import Response, request

from ledger.benefits.tickets import ticket_kinds
from ledger.drops import Drop
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import Plan
from ledger.errors import DropUnknown, HongkaError, InputInvalid
from pos_gateway.api.drops_schema import drop_body
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import OfficerViews, drop_form, form_parsing
from pos_gateway.pages.officer.rehearsals import MEMBERS_MAX, SECONDS_MAX, Rehearsals
from pos_gateway.services import Services
from pos_gateway.web.listing import Lists
from pos_gateway.web.page_route import download, submit
from pos_gateway.web.templating import options, said
from pos_gateway.web.views import FORM, POST, page
from projections.sell_through import sold_out_after
from projections.turned_away import turned_away


class DropPages(OfficerViews):
    """The officers' pages of drops; POST forms show a refusal on the page that sent them."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._rehearsals = Rehearsals(services.settings)

    @page("desk-drops", "/desk/drops", Policy.SEE_DROPS)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the announced drops, the latest opening time first."""
        now = self._now()
        found = [(one, one.plan) for one in self._services.ledger.drops() if one.plan]
        found.sort(key=lambda pair: pair[1].opens_at, reverse=True)
        drops = Lists().part("from", found)
        return self._show(
            "drops.html", asking, drops=drops.of([drop_body(*pair, now) for pair in drops.rows])
        )

    @page("desk-drop-new", "/desk/drops/new", Policy.KEEP_DROPS, FORM)
    def new(self, asking: StaffIdentity) -> Response:
        """Show the form of a new drop; sent, announce the drop, or show it with another row."""
        zone = self._services.settings.zone
        if request.method == "GET":
            values = drop_form.example(self._services.clock(), zone)
            return self._form(asking, values, drop_form.rows_of(None))
        if request.form.get("deed") != "announce":
            return self._typed_form(asking)
        return submit(
            lambda: self._services.ledger.officers.drops.announce_drop(
                form_parsing.identifier("drop_id"),
                plan=drop_form.typed_plan(None, zone),
                by=asking.by,
            ),
            lambda error: self._typed_form(asking, error),
            f"/desk/drops/{form_parsing.typed_id('drop_id')}",
        )

    @page("desk-drop-plan", "/desk/drops/<drop_id>/plan", Policy.KEEP_DROPS, FORM)
    def change(self, drop_id: str, asking: StaffIdentity) -> Response:
        """Show the form of a drop's terms; sent, change them, or show it with another row.

        From the opening on, a reason is needed, which is public. DropUnknown if never announced.
        """
        zone, (state, plan) = self._services.settings.zone, self._drop(drop_id)
        if request.method == "GET":
            values = drop_form.shown(plan, zone)
            return self._form(asking, values, drop_form.rows_of(plan), state=state)
        if request.form.get("deed") != "announce":
            return self._typed_form(asking, state=state)
        drops, by = self._services.ledger.officers.drops, asking.by

        def give_terms() -> object:
            changed = drop_form.typed_plan(plan, zone)
            if self._now() < plan.opens_at:
                return drops.change_drop(drop_id, plan=changed, by=by)
            reason = form_parsing.text("reason")
            return drops.amend_drop(drop_id, plan=changed, reason=reason, by=by)

        return submit(
            give_terms,
            lambda error: self._typed_form(asking, error, state),
            f"/desk/drops/{drop_id}",
        )

    @page("desk-drop", "/desk/drops/<drop_id>", Policy.SEE_DROPS)
    def drop(
        self, drop_id: str, asking: StaffIdentity, error: HongkaError | None = None
    ) -> Response:
        """Show one drop, a cancelled one too, with the `error` of a sent form.

        A request with HX-Request, which the page sends every two seconds, gets its live part alone.
        """
        state = self._services.ledger.drop(drop_id)
        if state.plan is None:
            raise DropUnknown
        plan = state.plan
        with self._services.views.reading() as connection:
            sold_out = sold_out_after(connection, drop_id)
            (refused,) = turned_away(connection, drop_id=drop_id)
        part = bool(request.headers.get("HX-Request")) and error is None
        return self._show(
            "drop_live.html" if part else "drop.html",
            asking,
            error=error,
            drop=drop_body(state, plan, self._now()),
            sold_out=sold_out,
            refused=refused["turned_away"],
            state=state,
            rehearsing=self._rehearsals.running,
            rehearsed=self._rehearsals.outcome(drop_id),
            members_max=MEMBERS_MAX,
            seconds_max=SECONDS_MAX,
        )

    @page("desk-drop-do", "/desk/drops/<drop_id>", Policy.KEEP_DROPS, POST)
    def do(self, drop_id: str, asking: StaffIdentity) -> Response:
        """Close, cancel, freeze, seed, draw or rehearse a drop: the field `deed` tells which."""
        officers, by = self._services.ledger.officers, asking.by

        def reason() -> str:
            return form_parsing.text("reason")

        deeds: dict[str, Callable[[], object]] = {
            "close": lambda: officers.drops.close_drop(drop_id, reason=reason(), by=by),
            "cancel": lambda: officers.drops.cancel_drop(drop_id, reason=reason(), by=by),
            "freeze": lambda: officers.draws.freeze_entries(drop_id, by=by),
            "seed": lambda: officers.draws.fix_seed(drop_id, numbers=_numbers(), by=by),
            "draw": lambda: list(officers.draws.award(drop_id, by=by)),
            "rehearse": lambda: self._rehearse(drop_id),
        }
        return submit(deeds, lambda error: self.drop(drop_id, asking, error))

    @page("desk-drop-draw", "/desk/drops/<drop_id>/draw", Policy.SEE_DROPS)
    def published(self, drop_id: str, asking: StaffIdentity) -> Response:
        """Return the public data of an awarded draw as a JSON download; it names no member."""
        del asking
        content = msgspec.json.encode(self._services.ledger.officers.draws.published_draw(drop_id))
        return download(content, f"{drop_id}.json", "application/json")

    @page("desk-drop-picture", "/desk/drops/<drop_id>/picture", Policy.SEE_DROPS)
    def picture(self, drop_id: str, asking: StaffIdentity) -> Response:
        """Return the chart of the drop's last rehearsal as PNG; DropUnknown without one."""
        del asking
        path = self._rehearsals.picture(drop_id)
        if not path.exists():
            raise DropUnknown
        return Response(path.read_bytes(), content_type="image/png")

    def _rehearse(self, drop_id: str) -> None:
        self._drop(drop_id)
        self._rehearsals.start(
            drop_id,
            members=max(1, form_parsing.number("members", MEMBERS_MAX)),
            seconds=max(1, form_parsing.number("for_seconds", SECONDS_MAX)),
        )

    def _typed_form(
        self, asking: StaffIdentity, error: HongkaError | None = None, state: Drop | None = None
    ) -> Response:
        """Show the sent form again as typed, with the `error` if any; `state` None is a new drop.

        Invalid numbers of rows show one row; without an `error` they raise InputInvalid.
        """
        try:
            rows = drop_form.typed_rows()
        except InputInvalid:
            if error is None:
                raise
            rows = drop_form.rows_of(None)
        return self._form(asking, request.form.to_dict(), rows, error, state)

    def _form(
        self,
        asking: StaffIdentity,
        values: dict[str, str],
        rows: drop_form.Rows,
        error: HongkaError | None = None,
        state: Drop | None = None,
    ) -> Response:
        merchants = self._services.ledger.merchants()
        field = str(error.particulars.get("field", "")) if error else ""
        place, what = drop_form.mistake(field, values)
        return self._show(
            "drop_form.html",
            asking,
            status=422 if error else 200,
            error=error,
            values=values,
            rows=rows,
            state=state,
            opened=state is not None and self._now() >= known_plan(state).opens_at,
            kinds=options({name: one.TITLE for name, one in ticket_kinds().items()}),
            merchants=[(one.merchant_id, one.name) for one in merchants],
            wrong=place,
            what=said(what) if what else None,
        )

    def _drop(self, drop_id: str) -> tuple[Drop, Plan]:
        state = self._services.ledger.drop(drop_id)
        return state, known_plan(state)

    def _now(self) -> datetime:
        return self._services.ledger.time()


def _numbers() -> list[list[int]]:
    """Parse whole numbers of a draw's sources, one source a line: `3 11 14`; or InputInvalid."""
    lines = request.form.get("numbers", "").splitlines()
    try:
        return [[int(one) for one in line.split()] for line in lines if line.strip()]
    except ValueError:
        raise InputInvalid(field="numbers") from None
