"""The pages of offers: a list, and a form with a live preview of the amount taken off."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from flask import Response, request

from ledger.benefits import Words, published_kinds, registered_kinds
from ledger.benefits.fields import Field
from ledger.benefits.terms import Rules
from ledger.errors import HongkaError, OfferUnknown
from ledger.offers.offer import Offer, Status
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import CATEGORIES
from pos_gateway.pages.officer import OfficerViews, form_parsing, offer_form
from pos_gateway.pages.officer.offer_terms import ROWS, Typed, shown_terms, typed_terms
from pos_gateway.pages.officer.warnings import rules_warnings
from pos_gateway.web.listing import PAGE_ROWS, Lists, sought
from pos_gateway.web.page_route import submit, told
from pos_gateway.web.templating import options, said, t, word
from pos_gateway.web.views import FORM, POST, page
from projections.choice_uses import uses_of

DAYS = 7
LIKE = "merchants_like"
"""The field of the text that a merchant must have in its name or id to be offered for a tick."""

_NOON = time(12)


class OfferPages(OfficerViews):
    """The officers' pages of offers; a refused form shows its error on the page."""

    @page("desk-offers", "/desk/offers", Policy.SEE_OFFERS)
    def listed(self, asking: StaffIdentity) -> Response:
        """Show the offers with their numbers of uses, open ones first."""
        found = sought(self._services.ledger.offers(), lambda one: (one.title, one.offer_id))
        found.sort(key=lambda one: (one.status != "open", one.title, one.offer_id))
        offers = Lists().part("from", found)
        with self._services.views.reading() as connection:
            uses = uses_of(connection, [one.offer_id for one in offers.rows])
        return self._show("offers.html", asking, offers=offers, described=described, uses=uses)

    @page("desk-offer-new", "/desk/offers/new", Policy.KEEP_OFFERS, FORM)
    def new(self, asking: StaffIdentity) -> Response:
        """Show the form of a new offer; sent, publish the offer, or add or remove a row.

        A refused offer shows the form again as typed.
        """
        if request.method == "GET":
            kind = request.args.get("kind", next(iter(published_kinds())))
            fields = offer_form.kind_fields(kind)
            return self._form(asking, {"kind": kind}, shown_terms(fields, {}), Rules())
        if _is_unfinished():
            return self._typed_form(asking, Rules())
        publish = self._services.ledger.officers.offers.publish_offer
        return submit(
            lambda: publish(form_parsing.identifier("offer_id"), **_asked(Rules()), by=asking.by),
            lambda error: self._typed_form(asking, Rules(), error),
            f"/desk/offers/{form_parsing.typed_id('offer_id')}",
        )

    @page("desk-offer", "/desk/offers/<offer_id>", Policy.SEE_OFFERS)
    def offer(
        self, offer_id: str, asking: StaffIdentity, error: HongkaError | None = None
    ) -> Response:
        """Show one offer in its form, with the `error` of a sent form; OfferUnknown without one."""
        state = self._offer(offer_id)
        terms = shown_terms(offer_form.kind_fields(state.kind), msgspec.to_builtins(state.terms))
        over = state.status == Status.ENDED
        warnings = [] if over else rules_warnings(self._services, state.rules)
        values = offer_form.shown(state)
        return self._form(asking, values, terms, state.rules, error, state, warnings)

    @page("desk-offer-change", "/desk/offers/<offer_id>", Policy.KEEP_OFFERS, POST)
    def change(self, offer_id: str, asking: StaffIdentity) -> Response:
        """Change, suspend, resume or end an offer, by the field `deed`; or add or remove a row."""
        state, offers = self._offer(offer_id), self._services.ledger.officers.offers
        if _is_unfinished():
            return self._typed_form(asking, state.rules, state=state)
        deeds: dict[str, Callable[[], object]] = {
            "suspend": lambda: offers.suspend_offer(offer_id, by=asking.by),
            "resume": lambda: offers.resume_offer(offer_id, by=asking.by),
            "end": lambda: offers.end_offer(offer_id, by=asking.by),
            "change": lambda: offers.change_offer(offer_id, **_asked(state.rules), by=asking.by),
        }

        def refused(error: HongkaError) -> Response:
            if request.form.get("deed") != "change":
                return self.offer(offer_id, asking, error)
            return self._typed_form(asking, state.rules, error, state)

        return submit(deeds, refused)

    @page("desk-offer-preview", "/desk/offers/preview", Policy.KEEP_OFFERS, POST)
    def preview(self, asking: StaffIdentity) -> Response:
        """Show the discount of the typed offer on a sample purchase, or why there is none."""
        shown: dict[str, Any] = {}
        try:
            kind, terms = offer_form.typed_kind()
            price_minor = form_parsing.minor("try_yuan")
            weekday = form_parsing.number("try_weekday", DAYS)
            at = self._next(weekday)
            rules = offer_form.typed_rules(Rules())
            option = self._services.ledger.officers.previews.preview_offer(
                kind=kind, terms=terms, rules=rules, price_minor=price_minor, at=at
            )
            shown = {
                "price_minor": price_minor,
                "weekday": weekday,
                "line": option.line,
                "warnings": rules_warnings(self._services, rules),
                "refusal": told(option.refusal) if option.refusal else None,
            }
        except HongkaError as error:
            shown = {"problem": told(error), "wrong": error.particulars.get("field")}
        return self._show("offer_preview.html", asking, **shown)

    def _typed_form(
        self,
        asking: StaffIdentity,
        before: Rules,
        error: HongkaError | None = None,
        state: Offer | None = None,
    ) -> Response:
        """Show the sent form again as typed; if its rules are invalid, with those of `before`."""
        values = request.form.to_dict()
        terms = typed_terms(offer_form.kind_fields(values.get("kind", "")), values)
        try:
            rules = offer_form.typed_rules(before)
        except HongkaError:
            typed = {one: tuple(request.form.getlist(one)) for one in ("merchants", "categories")}
            rules = msgspec.structs.replace(before, **typed)
        return self._form(asking, values, terms, rules, error, state)

    def _form(
        self,
        asking: StaffIdentity,
        values: dict[str, str],
        terms: Typed,
        rules: Rules,
        error: HongkaError | None = None,
        state: Offer | None = None,
        warnings: Sequence[Words] = (),
    ) -> Response:
        kinds = published_kinds()
        merchants, more = self._merchants(rules)
        funds = self._services.ledger.funds()
        return self._show(
            "offer.html",
            asking,
            status=422 if error else 200,
            state=state,
            address=f"/desk/offers/{state.offer_id if state else 'new'}",
            values=values,
            rules=rules,
            warnings=warnings,
            kinds=options({name: one.TITLE for name, one in kinds.items()}),
            fields=offer_form.kind_fields(values["kind"]),
            terms=terms,
            choices_of=_choices,
            added=values.get(ROWS, "").removeprefix("add:"),
            offline=kinds[values["kind"]].example().offline() is not None,
            merchants=merchants,
            categories=[
                (one, word("merchant_categories", one))
                for one in dict.fromkeys((*CATEGORIES, *rules.categories))
            ],
            more_merchants=more,
            found_merchants=values.get(ROWS) == "find",
            funds=[("", t("无（全由商户让利）", "none (the merchant gives it all)"))]
            + [(one.fund_id, one.name) for one in funds],
            problem=told(error) if error else None,
            wrong=error.particulars.get("field") if error else None,
        )

    def _merchants(self, rules: Rules) -> tuple[list[tuple[str, str]], int]:
        """Return ids and names of the merchants to tick, and how many others there are.

        Those of the rules come first, those not signed among them by their id alone, then PAGE_ROWS
        at most with the typed text in name or id.
        """
        like = request.form.get(LIKE, "").strip().casefold()
        named = dict.fromkeys(rules.merchants)
        ticked: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        for one in sorted(self._services.ledger.merchants(), key=lambda one: one.name):
            pair = (one.merchant_id, one.name)
            if one.merchant_id in named:
                ticked.append(pair)
                del named[one.merchant_id]
            elif like in f"{one.name}\n{one.merchant_id}".casefold():
                others.append(pair)
        ticked += [(one, t("{id}（未签约）", "{id} (not signed)", id=one)) for one in named]
        return ticked + others[:PAGE_ROWS], max(0, len(others) - PAGE_ROWS)

    def _offer(self, offer_id: str) -> Offer:
        state = self._services.ledger.offer(offer_id)
        if not state.offer_id:
            raise OfferUnknown
        return state

    def _next(self, weekday: int) -> datetime:
        """Return noon in the rules' zone on the next such weekday (1 is Monday), today included."""
        today = self._services.clock().astimezone(self._services.settings.zone)
        day = today.date() + timedelta(days=(weekday - today.isoweekday()) % DAYS)
        return datetime.combine(day, _NOON, tzinfo=self._services.settings.zone)


def _asked(before: Rules) -> dict[str, Any]:
    """Return title, kind, terms and rules of the sent form; other rules are those of `before`."""
    kind, terms = offer_form.typed_kind()
    rules = offer_form.typed_rules(before)
    return {"title": form_parsing.text("title"), "kind": kind, "terms": terms, "rules": rules}


def _is_unfinished() -> bool:
    """Return whether the form was sent to change its rows, or to find merchants by another text."""
    form = request.form
    return ROWS in form or form.get(LIKE, "") != form.get("merchants_liked", "")


def _choices(field: Field) -> list[tuple[str, str]]:
    named = [(value, said(words)) for value, words in field.choices.items()]
    return [("", t("请选择", "Choose one")), *named]


def described(state: Offer) -> str:
    """Return the terms of an offer in words; its kind, where that is not registered any more."""
    return said(state.benefit.describe()) if state.kind in registered_kinds() else state.kind
