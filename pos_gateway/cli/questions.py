"""Questions as commands: a projection declares them, this makes their options and shows rows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click

from pos_gateway.cli.asking import DAY, example, with_services
from pos_gateway.cli.tables import FORMAT, limited, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import Services
from projections.engine.question import Filter, Listing, Question, Sums, option_name
from projections.engine.registry import QUESTIONS


def question_command(path: str) -> click.Command:
    """Build the command of a declared question; `path` is its words, such as `show usage`."""
    question: Any = QUESTIONS[path]

    @with_services
    def ask(
        services: Services,
        *,
        form: str,
        first_day: date | None = None,
        last_day: date | None = None,
        by: list[str] | None = None,
        limit: int | None = None,
        **typed: Any,
    ) -> None:
        asked = question.asked(typed, first_day, last_day)
        bring_up_to_date(services)
        if isinstance(question, Sums):
            columns = [*(by or ()), *question.counters]
            rows: Iterator[Any] = question.rows(services.views.reading, by or (), **asked)
        else:
            columns = question.shown
            if question.as_of:
                asked["at"] = services.ledger.time()
            rows = limited(question.rows(services.views.reading, **asked), limit)
        show_rows(rows, form=form, columns=columns)

    return FORMAT(
        click.Command(
            path.rpartition(" ")[2],
            callback=ask,
            params=[*_parameters(question)],
            help=question.about.en,
            epilog=example(*(f"hongka {path} {typed}".strip() for typed in question.examples)),
        )
    )


def show_questions() -> Iterator[click.Command]:
    """Yield a command for each declared question whose words begin with `show`."""
    return (question_command(path) for path in QUESTIONS if path.startswith("show "))


def _parameters(question: Question) -> Iterator[click.Parameter]:
    if isinstance(question, Sums):
        yield _by(question)
    if question.by_days:
        yield click.Option(["--from", "first_day"], type=DAY, help="The first day, inside.")
        yield click.Option(["--to", "last_day"], type=DAY, help="The last day, inside.")
    yield from map(_option, question.options)
    if isinstance(question, Listing) and question.limit is not None:
        yield click.Option(
            ["--limit"],
            type=click.IntRange(1),
            default=question.limit,
            show_default=True,
            help="How many lines.",
        )


def _option(one: Filter) -> click.Option:
    default: dict[str, Any] = {} if one.default is None else {"default": one.default}
    kind = click.Choice(one.choices) if one.choices else None
    name = one.name.replace("_", "-")
    return click.Option(
        [f"--{name}", one.name], help=one.help, is_flag=one.flag, type=kind, **default
    )


def _by(question: Sums) -> click.Option:
    groups = question.groups

    def columns(_ctx: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
        typed = dict.fromkeys(one.strip() for one in value.split(",") if one.strip())
        for one in typed:
            if one not in groups:
                raise click.UsageError(
                    f"There is no {one!r} to sum by; there are {', '.join(groups)}."
                )
        return [groups[one] for one in typed]

    return click.Option(
        ["--by"],
        default=",".join(map(option_name, question.by)),
        show_default=True,
        callback=columns,
        help=f"Summed by which of {', '.join(groups)}; several with commas, none for all in one.",
    )
