"""The rules all kinds share, for officers: an example and its meaning."""

from __future__ import annotations

from datetime import date, time

import click
import msgspec

from ledger.benefits.terms import Ceilings, Funding, Hours, Limits, Rules, Stacking
from pos_gateway.cli.asking import example
from pos_gateway.cli.tables import FORMAT, show_rows

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


@click.command(epilog=example("hongka offers rules"))
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
