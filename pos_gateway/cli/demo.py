"""Load the Miyun demonstration, and print addresses, keys and codes to try."""

import sys
import tomllib
from contextlib import closing
from pathlib import Path

import click
import msgspec

from ledger.drops.claim import ticket_id
from pos_gateway.app.listen import check_free
from pos_gateway.cli.asking import example
from pos_gateway.cli.serve import settings_with
from pos_gateway.demonstration import drawn_path, load
from pos_gateway.demonstration.drops import SESSION, plans
from pos_gateway.demonstration.giving import drop_id_of
from pos_gateway.demonstration.market import TRIED
from pos_gateway.demonstration.plan import Plan
from pos_gateway.demonstration.staffing import REVIEWER
from pos_gateway.demonstration.story import OFFER_AT
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from projections.engine.runner import catch_up

_TEXTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@click.command(epilog=example("hongka demo --serve --port 8000"))
@click.option("--serve", "serving", is_flag=True, help="Serve the gateway on it.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port.  [default: 8000]")
def demo(*, serving: bool, port: int | None) -> None:
    """Load the Miyun demonstration, once, and print addresses, keys and codes to try it."""
    settings = settings_with(host=None, port=port, workers=None)
    settings = msgspec.structs.replace(settings, demonstration=True)
    if serving:
        for address in settings.listening:
            check_free(*address)
    with closing(Services(settings)) as services:
        if services.ledger.read_clock().unconfirmed:
            services.ledger.confirm_clock()
        plan = load(services)
        catch_up(services.views, services.ledger.facts)
    click.echo(_shown(plan, settings, serving=serving))
    if serving:
        from pos_gateway.app.server import serve as serve_gateway

        serve_gateway(settings)


def _shown(plan: Plan, settings: Settings, *, serving: bool) -> str:
    till = next(till for till in plan.tills if till.merchant_id == TRIED)
    officer = next(one for one in plan.officers if f"officer-{one.staff_id}" == REVIEWER)
    filled = {
        "officer": officer.staff_id,
        "password": officer.password,
        "var": settings.var,
        "address": f"http://{settings.host}:{settings.port}",
        "health": f"http://{settings.health_host}:{settings.health_port}",
        "origin": settings.origin,
        "key": till.key,
        "card_id": plan.card_id,
        "code": plan.printed_code,
        "offer_id": OFFER_AT[till.merchant_id],
        "where": ", in another terminal" if serving else ", once hongka serve runs",
        "hongka": f"HONGKA_VAR={settings.var} {sys.argv[0]}",
    }
    if not plan.member_keys:  # an earlier version loaded no drops
        return _TEXTS["shown"].format(**filled, members="")
    key = plan.member_keys[0]
    film = drop_id_of(plan.name, "film")
    filled |= {
        "keys": "\n                  ".join(plan.member_keys),
        "drawn": drawn_path(settings.var),
        "member_key": key,
        "film": film,
        "session": SESSION,
        "ticket": ticket_id(film, key.split(".", 2)[1], "try-1"),
        "garden": drop_id_of(plan.name, "garden"),
        "opens_at": plans(plan.begun)["garden"].opens_at.astimezone(settings.zone),
    }
    filled["members"] = _TEXTS["members"].format(**filled)
    return (_TEXTS["shown"] + _TEXTS["drops"]).format(**filled)
