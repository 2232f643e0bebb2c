"""A member's history: the uses of cards and tickets, and the money saved."""

from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from ledger.merchants.merchant import Merchant
from pos_gateway.api.benefits import CategoryBody, category_body
from pos_gateway.auth.policies import MemberIdentity, Policy
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import body_of, read_number
from pos_gateway.web.views import Views, route
from projections.history import HistoryRow, history, savings, undone_of

ENTRIES_MAX = 50
"""The most entries of one page."""

MONTHS_MAX = 120
"""The most months that have sums; the latest are kept."""

_UNDOING = {"redeemed": "reversed", "contested": "reversed", "used": "undone"}


class Named(NamedTuple):
    """The merchants, and the titles of offers, grants and tickets, that a page refers to, by id."""

    merchants: dict[str, Merchant]
    titles: dict[str, str]


class BenefitUsedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The id of an offer, grant or ticket of a history entry, with the title it has now."""

    benefit: str
    title: str


class HistoryEntryBody(msgspec.Struct, frozen=True, kw_only=True):
    """A use of a card or ticket, or the reversal of one, whose amounts and people are negative.

    `position` is its place in the log; `id` is that of the redemption or use, also for a reversal.
    `entry` is redeemed, contested (given offline against the rules; the member keeps it) or
    reversed; for a ticket, used or undone. `undone` says that another entry reverses this use.
    `category` is null where none was named; `people` is 0 for a purchase. Amounts are in minor
    units: the shares add up to the price, and `saved_minor` sums those of merchant and union.
    """

    position: int
    entry: str
    id: str
    undone: bool
    at: datetime
    day: date
    merchant: str
    merchant_name: str
    outlet: str
    outlet_name: str
    category: CategoryBody | None
    benefits: list[BenefitUsedBody]
    people: int
    price_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    saved_minor: int


class SavedBody(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over a member's history; a reversed use is subtracted on the day of its reversal.

    `redemptions` counts purchases and `uses` ticket uses, without those reversed; amounts are in
    minor units.
    """

    redemptions: int
    uses: int
    price_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    saved_minor: int


class MonthBody(SavedBody, frozen=True, kw_only=True):
    """The sums of one `month`, such as 2026-11."""

    month: str


class HistoryBody(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a member's history, the latest entry first.

    `months` (the latest first, 120 at most) and `in_all` sum the whole history, not just the page.
    `next_before` is the `before` of the next page; null on the last.
    """

    entries: list[HistoryEntryBody]
    next_before: int | None
    months: list[MonthBody]
    in_all: SavedBody


class HistoryRoutes(Views[Services]):
    """The routes of a member's history."""

    @route("GET /card/history", Policy.MEMBER)
    @route("GET /card/history/<before>", Policy.MEMBER, name="history_before")
    def history(self, member: MemberIdentity, before: str | None = None) -> Reply[HistoryBody]:
        """Return up to 50 entries, the latest first, over all cards the member ever held.

        `before` is a position of the log, in digits: only earlier entries are returned. None: from
        the latest.
        """
        with self._services.views.reading() as connection:
            lines = history(
                connection,
                member_id=member.member_id,
                before=None if before is None else read_number("before", before),
                rows_max=ENTRIES_MAX + 1,
            )
            (in_all,) = savings(connection, member_id=member.member_id)
            months = savings(connection, ["month"], member_id=member.member_id)
            listed = lines[:ENTRIES_MAX]
            entry_ids = {line.entry_id for line in listed}
            undone = undone_of(connection, member.member_id, entry_ids)
        choices = {choice for line in listed for choice in line.choices.split()}
        named = Named(
            self._services.ledger.find_merchants({line.merchant_id for line in listed}),
            self._services.ledger.choice_titles(member.member_id, choices),
        )
        return Reply(
            HistoryBody(
                entries=[_entry(line, named, undone) for line in listed],
                next_before=listed[-1].position if len(lines) > ENTRIES_MAX else None,
                months=[
                    MonthBody(month=one["month"], **_saved(one))
                    for one in reversed(months[-MONTHS_MAX:])
                ],
                in_all=SavedBody(**_saved(in_all)),
            ),
            tagged=True,
        )


def _entry(line: HistoryRow, named: Named, undone: set[tuple[str, str]]) -> HistoryEntryBody:
    merchant = named.merchants[line.merchant_id]
    return body_of(
        HistoryEntryBody,
        line,
        id=line.entry_id,
        undone=(_UNDOING.get(line.entry), line.entry_id) in undone,
        at=datetime.fromisoformat(line.at),
        day=date.fromisoformat(line.day),
        merchant_name=merchant.name,
        outlet_name=merchant.outlets.get(line.outlet_id, ""),
        category=category_body(line.category) if line.category else None,
        benefits=[
            BenefitUsedBody(benefit=choice, title=named.titles[choice])
            for choice in line.choices.split()
        ],
    )


def _saved(total: dict[str, Any]) -> dict[str, int]:
    saved_minor = total["merchant_share_minor"] + total["union_share_minor"]
    found = {**total, "saved_minor": saved_minor}
    return {field: found[field] for field in SavedBody.__struct_fields__}
