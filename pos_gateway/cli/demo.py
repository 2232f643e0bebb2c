"""The Miyun demonstration, loaded and shown: what to call, and with which key and code."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from pos_gateway.address import check_free
from pos_gateway.cli.asking import example
from pos_gateway.cli.serve import settings_with
from pos_gateway.demonstration import load
from pos_gateway.demonstration.market import TRIED
from pos_gateway.demonstration.plan import Plan
from pos_gateway.demonstration.story import OFFER_AT
from pos_gateway.house import House
from pos_gateway.serve import serve as serve_gateway
from pos_gateway.settings import Settings
from projections.runner import catch_up

_TRY = """\
The demonstration of Miyun's little red card is loaded in {var}.

  pages           {address}/  {address}/api/v1/
  health, gauges  {address}/readyz  {address}/metrics
  a till's key    {key}
  a card          {card_id}
  printed on it   {code}

Try it{where}:

  KEY={key}
  CODE={code}
  curl -s {address}/api/v1/validations -H "Authorization: Bearer $KEY" \\
    -H "Content-Type: application/json" -d '{{"code":"'$CODE'","amount_minor":6800}}'
  curl -s -X PUT {address}/api/v1/redemptions/try-1 -H "Authorization: Bearer $KEY" \\
    -H "Content-Type: application/json" \\
    -d '{{"code":"'$CODE'","amount_minor":6800,"choices":["{offer_id}"]}}'
  {hongka} show card {card_id}
  {hongka} show usage
  {hongka} show payables
"""


@click.command(epilog=example("hongka demo --serve --port 8000"))
@click.option("--serve", "serving", is_flag=True, help="Serve the gateway on it.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port.  [default: 8000]")
def demo(*, serving: bool, port: int | None) -> None:
    """Load the Miyun demonstration, once, and show how to try it."""
    settings = settings_with(host=None, port=port, workers=None)
    if serving:
        check_free(settings.host, settings.port)
    with closing(House(settings)) as house:
        plan = load(house)
        catch_up(house.views, house.ledger.facts)
    click.echo(_shown(plan, settings, serving=serving))
    if serving:
        serve_gateway(settings)


def _shown(plan: Plan, settings: Settings, *, serving: bool) -> str:
    till = next(till for till in plan.tills if till.merchant_id == TRIED)
    return _TRY.format(
        var=settings.var,
        address=f"http://{settings.host}:{settings.port}",
        key=till.key,
        card_id=plan.card_id,
        code=plan.printed_code,
        offer_id=OFFER_AT[till.merchant_id],
        where=", in another terminal" if serving else ", once hongka serve runs",
        hongka=f"HONGKA_VAR={settings.var} {sys.argv[0]}",
    )
