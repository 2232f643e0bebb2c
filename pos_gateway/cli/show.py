"""The command `hongka show`: a command for each question that a projection declares, and more."""

from collections.abc import Iterator

import click
import msgspec

from ledger.benefits.terms import Ceilings
from ledger.errors import CardUnknown, MerchantUnknown
from ledger.event import Fact
from ledger.merchants.till import Till
from ledger.offers.offer import Status
from pos_gateway.cli.asking import group, shows
from pos_gateway.cli.questions import show_questions
from pos_gateway.cli.show_drops import drop
from pos_gateway.cli.tables import BLOCK_ROWS, limited, show_record, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import Services
from projections.cards import card as used_card

FACTS_MAX = 100_000
"""The most facts that one command shows."""

_OFFERS = ("offer_id", "status", "title", "kind", "reads", "fund", "given_minor", "programme")
_EVENTS = ("at", "event", "outcome", "subject", "about", "address")
_FACTS = ("position", "at", "by", "stream", "topic", "event")


show = group("show", *show_questions(), drop)


@shows("hongka show card 3f0a…", of=show)
def card(services: Services, *, card_id: str, form: str) -> None:
    """Show a card, its member's branch, employer and groups, its grants, and its use so far."""
    held = services.ledger.card(card_id)
    if not held.card_id:
        raise CardUnknown
    member = services.ledger.member(held.member_id)
    granted = services.ledger.grants(held.member_id)
    grants = [
        {"grant_id": one.grant_id, "title": one.title, "reads": one.benefit.describe().zh}
        for one in granted.held.values()
        if not one.withdrawn
    ]
    bring_up_to_date(services)
    with services.views.reading() as connection:
        used = used_card(connection, card_id)
    record = {
        "card_id": card_id,
        "status": str(held.status),
        "last_day": held.last_day,
        "printed": held.code_hash is not None,
        "member_id": held.member_id,
        "branch": member.branch,
        "employer": member.employer,
        "groups": member.groups,
        "live_card": member.card_id,
        "grants": grants,
        "purchases": used.purchases if used else 0,
        "price_minor": used.price_minor if used else 0,
        "saved_minor": used.saved_minor if used else 0,
        "last_used_at": used.last_used_at if used else None,
        "last_merchant_id": used.last_merchant_id if used else None,
    }
    show_record(record, form=form)


@shows("hongka show merchant xiufa", of=show)
def merchant(services: Services, *, merchant_id: str, form: str) -> None:
    """Show a merchant with its categories, outlets and tills."""
    signed = services.ledger.merchant(merchant_id)
    if not signed.merchant_id:
        raise MerchantUnknown
    record = {
        "merchant_id": merchant_id,
        "name": signed.name,
        "categories": signed.categories,
        "suspended": signed.suspended,
        "outlets": dict(signed.outlets),
        "places": msgspec.to_builtins(dict(signed.places)),
        "tills": {till.till_id: _till(till) for till in signed.tills.values()},
    }
    show_record(record, form=form)


@shows("hongka show offers --open", of=show)
@click.option("--open", "only_open", is_flag=True, help="Only those that may be had.")
def offers(services: Services, *, only_open: bool, form: str) -> None:
    """Show all offers, or open ones: the terms in words and, under a ceiling, the total so far."""
    rows = (
        {
            "offer_id": one.offer_id,
            "status": str(one.status),
            "title": one.title,
            "kind": one.kind,
            "reads": one.benefit.describe().zh,
            "terms": one.terms,
            "rules": msgspec.to_builtins(one.rules),
            "fund": one.rules.funding.fund_id,
            "given_minor": one.given_minor if _counts(one.rules.ceilings) else None,
            "programme": one.programme,
        }
        for one in services.ledger.offers()
        if one.status is Status.OPEN or not only_open
    )
    show_rows(rows, form=form, columns=_OFFERS)


@shows(
    "hongka show log --stream card-3f0a…",
    "hongka show log --after 0 --limit 1000 --format json",
    of=show,
)
@click.option("--after", type=click.IntRange(0), help="The facts behind this position.")
@click.option("--stream", help="The facts of one stream, such as card-3f0a…")
@click.option(
    "--limit", type=click.IntRange(1, FACTS_MAX), default=20, show_default=True, help="How many."
)
def log(
    services: Services, *, after: int | None, stream: str | None, limit: int, form: str
) -> None:
    """Show facts: the latest, those after a position, or a stream's first (--after is ignored)."""
    if stream is not None:
        facts = services.ledger.facts_of(stream)
    else:
        first = max(0, services.ledger.head() - limit) if after is None else after
        facts = _facts(services, first)
    rows = (
        {name: getattr(fact, name) for name in (*_FACTS, "account")}
        | {"event": msgspec.to_builtins(fact.event)}
        for fact in facts
    )
    show_rows(limited(rows, limit), form=form, columns=_FACTS)


@shows(
    "hongka show security --subject staff-chen",
    "hongka show security --outcome failed --format json",
    of=show,
)
@click.option("--subject", default="", help="Whose: such as staff-chen.")
@click.option("--event", default="", help="Such as sign_in.")
@click.option("--outcome", default="", help="Such as failed or locked_out.")
@click.option(
    "--limit", type=click.IntRange(1, FACTS_MAX), default=100, show_default=True, help="How many."
)
def security(services: Services, *, limit: int, form: str, **wanted: str) -> None:
    """Show the security log, the latest first: sign-ins, refused access, changed credentials."""
    events = services.sign_in.security.events(rows_max=limit + 1, **wanted)
    rows = (one._asdict() for one in events)
    show_rows(limited(rows, limit), form=form, columns=_EVENTS)


def _facts(services: Services, after: int) -> Iterator[Fact]:
    """Yield the facts behind a position."""
    while page := services.ledger.facts(after, BLOCK_ROWS):
        yield from page
        after = page[-1].position


def _counts(ceilings: Ceilings) -> bool:
    """Return whether an offer has a ceiling in all; the ledger totals what it gives only then."""
    return ceilings.per_offer_minor is not None or ceilings.per_fund_minor is not None


def _till(till: Till) -> str:
    return f"{till.outlet_id}, revoked" if till.revoked else till.outlet_id
