"""Play the drops of record on temporary ledgers, and show the outcome of each."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import click
import msgspec

from pos_gateway.cli.asking import example
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.tables import FORMAT, show_rows
from pos_gateway.demonstration.scenarios import (
    double_ninth,
    may_day,
    new_year,
    seasonal_care,
    spring_festival,
)
from pos_gateway.demonstration.scenarios.figures import Figures
from pos_gateway.demonstration.scenarios.stage import Stage

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
