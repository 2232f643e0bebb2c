"""The commands on offers: publish, change, suspend, resume, end; show the kinds and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import click
import msgspec

from ledger.benefits import registered_kinds
from ledger.benefits.fields import Field, fields_of
from ledger.benefits.terms import Ceilings, Funding, Hours, Limits, Rules, Stacking
from pos_gateway.cli.asking import IDENTIFIER, Run, example, officer
from pos_gateway.cli.benefit_terms import read_terms, terms_options
from pos_gateway.cli.tables import FORMAT, show_record, show_rows


@click.group()
def offers() -> None:
    """Publish offers, change them, put them on hold, end them."""


@officer(
    "hongka offers publish haircut.json",
    "hongka offers publish --id eight --title 八折 --kind percent_off \\",
    """  --terms '{"basis_points": 2000}' --rules '{"limits": {"per_day": 1}}'""",
    of=offers,
)
@terms_options
@click.option("--programme", type=IDENTIFIER, help="The programme that gives it.")
def publish(
    run: Run, *, file: Path | None, choice_id: str | None, programme: str | None, **typed: Any
) -> None:
    """Open a discount (优惠) to every eligible card.

    FILE is JSON: {"id", "title", "kind", "terms": {…}, "rules": {…}, "programme"}. Options
    override its fields, or replace FILE. hongka offers kinds and hongka offers rules show the
    terms and the rules.
    """
    read = read_terms(file, id=choice_id, programme=programme, **typed)
    event = run.officers.offers.publish_offer(
        read.id, programme=read.programme, **read.particulars, **run.asking
    )
    run.say(event, f"Offer {read.id} is published.", offer_id=read.id)


@officer(
    "hongka offers change haircut.json --title 八五折 --terms '{\"basis_points\": 1500}'", of=offers
)
@terms_options
def change(run: Run, *, file: Path | None, choice_id: str | None, **typed: Any) -> None:
    """Give an offer other terms from now on; all of them, as in publish."""
    read = read_terms(file, id=choice_id, **typed)
    event = run.officers.offers.change_offer(read.id, **read.particulars, **run.asking)
    run.say(event, f"Offer {read.id} has new terms.", offer_id=read.id)


@officer("hongka offers suspend eight", of=offers)
@click.argument("offer_id", type=IDENTIFIER)
def suspend(run: Run, *, offer_id: str) -> None:
    """Put an offer on hold."""
    event = run.officers.offers.suspend_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} is on hold.", offer_id=offer_id)


@officer("hongka offers resume eight", of=offers)
@click.argument("offer_id", type=IDENTIFIER)
def resume(run: Run, *, offer_id: str) -> None:
    """Open an offer that is on hold again."""
    event = run.officers.offers.resume_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} is open again.", offer_id=offer_id)


@officer("hongka offers end eight --yes", of=offers)
@click.argument("offer_id", type=IDENTIFIER)
@click.confirmation_option(prompt="An ended offer never opens again. End it?")
def end(run: Run, *, offer_id: str) -> None:
    """End an offer for good."""
    event = run.officers.offers.end_offer(offer_id, **run.asking)
    run.say(event, f"Offer {offer_id} has ended.", offer_id=offer_id)


@offers.command(epilog=example("hongka offers kinds", "hongka offers kinds percent_off"))
@click.argument("kind", required=False)
@FORMAT
def kinds(*, kind: str | None, form: str) -> None:
    """Show the kinds of benefit; of one KIND, its fields, its JSON Schema and an example.

    A till gives a kind offline only where its terms are told in numbers.
    """
    known = registered_kinds()
    if kind is None:
        rows = [
            {
                "kind": name,
                "title": f"{cls.TITLE.zh} {cls.TITLE.en}",
                "reads": cls.example().describe().zh,
                "terms": msgspec.to_builtins(cls.example()),
                "offline": "yes" if cls.example().offline() else "not given offline",
            }
            for name, cls in known.items()
        ]
        show_rows(rows, form=form, columns=("kind", "title", "terms", "reads", "offline"))
        return
    if kind not in known:
        raise click.UsageError(f"There is no kind {kind!r}; there are {', '.join(known)}.")
    cls = known[kind]
    example = cls.example()
    show_record(
        {
            "kind": kind,
            "title": msgspec.to_builtins(cls.TITLE),
            "fields": dict(_fields(fields_of(cls))),
            "schema": msgspec.json.schema(cls),
            "example": msgspec.to_builtins(example),
            "reads": msgspec.to_builtins(example.describe()),
            "offline": msgspec.to_builtins(example.offline() or "not given offline"),
        },
        form="json" if form == "table" else form,
    )


def _fields(fields: Iterable[Field], within: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each field, such as `steps[].threshold_minor`, with its description."""
    for one in fields:
        path = f"{within}{one.name}{'[]' if one.many else ''}"
        yield path, f"{one.words.zh} {one.words.en}"
        yield from _fields(one.parts, f"{path}.")


EXAMPLE = Rules(
    groups=("劳模",),
    branches=("鼓楼街道总工会",),
    merchants=("xiufa",),
    outlets=("gulou",),
    categories=("beauty-hair",),
    first_day=date(2026, 5, 1),
    last_day=date(2026, 12, 31),
    weekdays=(1, 2, 3, 4, 5),
    hours=(Hours(opens=time(9), closes=time(17, 30)),),
    blackout_days=(date(2026, 10, 1),),
    limits=Limits(per_day=1, per_week=2, per_month=4, per_term=20),
    ceilings=Ceilings(
        per_purchase_minor=50_00,
        per_member_minor=500_00,
        per_offer_minor=20_000_00,
        per_fund_minor=100_000_00,
    ),
    stacking=Stacking(exclusive=True, order=10),
    funding=Funding(union_basis_points=6_000, fund_id="card-2026"),
)
"""Every rule; an offer names only those it needs."""

READS = {
    "groups": "限这些群体 / only these groups",
    "branches": "限这些基层工会的会员 / only members of these branches",
    "merchants": "限这些商户 / only at these merchants",
    "outlets": "限这些门店 / only at these outlets",
    "categories": "限这些消费类别 / only these categories",
    "first_day": "首日（含） / the first day, inside",
    "last_day": "末日（含） / the last day, inside",
    "weekdays": "限星期几，1为星期一 / only these weekdays, 1 is Monday",
    "hours": "限这些时段 / only in these hours",
    "blackout_days": "不可用的日子 / never on these days",
    "limits": "每位会员最多用几次 / how often one member may use it",
    "ceilings": "最多减多少，单位为分 / how much it may take off, in fen",
    "stacking": "可否与其他优惠同享，先用哪项 / whether it combines, and which has its turn first",
    "funding": "工会承担万分之几、由哪笔资金出，其余由商户承担"
    " / the union's part in 1/10000 and its fund; the merchant gives the rest",
}


@offers.command(epilog=example("hongka offers rules"))
@FORMAT
def rules(*, form: str) -> None:
    """Show the rules all kinds share: members, places, times, limits, amounts, payers.

    --rules takes a JSON object of them: '{"weekdays": [1, 2], "limits": {"per_day": 1}}'. A missing
    rule means no restriction.
    """
    shown = msgspec.to_builtins(EXAMPLE)
    rows = [
        {"rule": name, "example": msgspec.json.encode(shown[name]).decode(), "reads": reads}
        for name, reads in READS.items()
    ]
    show_rows(rows, form=form, columns=("rule", "example", "reads"))
