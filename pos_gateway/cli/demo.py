"""Load the Miyun demonstration, and print addresses, keys and codes to try."""

from __future__ import annotations

import sys
from contextlib import closing

import click
import msgspec

from ledger.drops.claim import ticket_id
from pos_gateway.app.listen import check_free
from pos_gateway.app.server import serve as serve_gateway
from pos_gateway.cli.asking import example
from pos_gateway.cli.serve import settings_with
from pos_gateway.demonstration import drawn_path, load
from pos_gateway.demonstration.drops import SESSION, plans
from pos_gateway.demonstration.giving import drop_id_of
from pos_gateway.demonstration.market import TRIED
from pos_gateway.demonstration.plan import Plan
from pos_gateway.demonstration.story import OFFER_AT
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from projections.engine.runner import catch_up

_TRY = """\
The demonstration of Miyun's little red card is loaded in {var}.

  pages           {origin}/
  who to be       {origin}/demonstration
  health, gauges  {address}/readyz  {address}/metrics
  a till's key    {key}
  a card          {card_id}
  printed on it   {code}
{members}
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

_MEMBERS = """\
  members' keys   {keys}
                  The first member's is the card above; the second may act for the first.
  drops           {address}/api/v1/drops
  a draw, to check with scripts/verify_draw
                  {drawn}
"""

_TRY_DROPS = """\

A ticket claimed and shown, and a drop that opens at {opens_at:%H:%M:%S}:

  MEMBER={key}
  curl -s {address}/api/v1/drops
  curl -s -X PUT {address}/api/v1/drops/{film}/claims/try-1 -H "Authorization: Bearer $MEMBER" \\
    -H "Content-Type: application/json" -d '{{"item":"film","session":"{session}","party":2}}'
  curl -s {address}/api/v1/tickets -H "Authorization: Bearer $MEMBER"
  curl -s -X PUT {address}/api/v1/uses/try-1 -H "Authorization: Bearer $KEY" \\
    -H "Content-Type: application/json" \\
    -d '{{"code":"'$CODE'","ticket":"{ticket}","people":1}}'
  curl -s -X PUT {address}/api/v1/drops/{garden}/claims/try-2 -H "Authorization: Bearer $MEMBER" \\
    -H "Content-Type: application/json" -d '{{"item":"garden","session":"saturday","party":3}}'
  {hongka} drops list
"""


@click.command(epilog=example("hongka demo --serve --port 8000"))
@click.option("--serve", "serving", is_flag=True, help="Serve the gateway on it.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port.  [default: 8000]")
def demo(*, serving: bool, port: int | None) -> None:
    """Load the Miyun demonstration, once, and show how to try it."""
    settings = settings_with(host=None, port=port, workers=None)
    settings = msgspec.structs.replace(settings, demonstration=True)
    if serving:
        check_free(settings.host, settings.port)
    with closing(Services(settings)) as services:
        plan = load(services)
        catch_up(services.views, services.ledger.facts)
    click.echo(_shown(plan, settings, serving=serving))
    if serving:
        serve_gateway(settings)


def _shown(plan: Plan, settings: Settings, *, serving: bool) -> str:
    till = next(till for till in plan.tills if till.merchant_id == TRIED)
    address = f"http://{settings.host}:{settings.port}"
    hongka = f"HONGKA_VAR={settings.var} {sys.argv[0]}"
    members = drops = ""
    if plan.member_keys:  # an earlier version loaded no drops
        keys = "\n                  ".join(plan.member_keys)
        members = _MEMBERS.format(keys=keys, address=address, drawn=drawn_path(settings.var))
        drops = _shown_drops(plan, settings, address=address, hongka=hongka)
    shown = _TRY.format(
        var=settings.var,
        address=address,
        origin=settings.origin,
        key=till.key,
        card_id=plan.card_id,
        code=plan.printed_code,
        members=members,
        offer_id=OFFER_AT[till.merchant_id],
        where=", in another terminal" if serving else ", once hongka serve runs",
        hongka=hongka,
    )
    return shown + drops


def _shown_drops(plan: Plan, settings: Settings, *, address: str, hongka: str) -> str:
    key = plan.member_keys[0]
    _, member_id, _ = key.split(".", 2)
    film = drop_id_of(plan.name, "film")
    return _TRY_DROPS.format(
        key=key,
        address=address,
        hongka=hongka,
        film=film,
        session=SESSION,
        ticket=ticket_id(film, member_id, "try-1"),
        garden=drop_id_of(plan.name, "garden"),
        opens_at=plans(plan.begun)["garden"].opens_at.astimezone(settings.zone),
    )
