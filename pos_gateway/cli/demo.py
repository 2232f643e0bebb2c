"""Load the Miyun demonstration, with what to try; play the drops of record on temporary ledgers."""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import click
import msgspec

from ledger.drops.claim import ticket_id
from pos_gateway.app.listen import check_free
from pos_gateway.cli.asking import example
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.serve import settings_with
from pos_gateway.cli.tables import FORMAT, show_rows
from pos_gateway.demonstration import drawn_path, load
from pos_gateway.demonstration.drops import SESSION, plans
from pos_gateway.demonstration.giving import drop_id_of
from pos_gateway.demonstration.market import TRIED
from pos_gateway.demonstration.plan import Plan
from pos_gateway.demonstration.scenarios import (
    double_ninth,
    may_day,
    new_year,
    seasonal_care,
    spring_festival,
)
from pos_gateway.demonstration.scenarios.figures import Figures
from pos_gateway.demonstration.scenarios.stage import Stage
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


# One stage each, but Spring Festival's draw continues May Day's stage, whose no-shows count.
PLAYED: tuple[tuple[ModuleType, ...], ...] = (
    (new_year,),
    (may_day, spring_festival),
    (seasonal_care,),
    (double_ninth,),
)

_COLUMNS = ("drop_id", *Figures.__struct_fields__)


@click.command(epilog=example("hongka scenarios", "hongka scenarios --format json"))
@FORMAT
def scenarios(*, form: str) -> None:
    """Play the drops of record, from New Year 2019 on, and show what comes out.

    Nothing is left behind. Members, suppliers' names and prices are made up; what was given, to how
    many and when, is as the press told it.
    """
    rows = []
    with Bar("playing the drops of record", total=sum(map(len, PLAYED))) as bar:
        for stage in PLAYED:
            for row in _played(stage):
                rows.append(row)
                bar.advance()
    show_rows(rows, form=form, columns=_COLUMNS)


def _played(modules: Sequence[ModuleType]) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory(prefix="hongka-scenario-") as folder:
        url = f"sqlite:///{Path(folder)}/log.db"
        with closing(Stage(url, at=modules[0].BEGINS)) as stage:
            for module in modules:
                figures: Figures = module.play(stage)
                income_minor = sum(figures.income_minor.values())
                told = msgspec.structs.asdict(figures) | {"income_minor": income_minor}
                yield {"drop_id": module.DROP, **told}
