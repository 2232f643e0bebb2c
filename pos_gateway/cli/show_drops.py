"""The command `hongka show drop`: sales, members, attendance and suppliers of a drop."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import click

from ledger.errors import DropUnknown
from pos_gateway.auth.policies import Policy
from pos_gateway.cli import session
from pos_gateway.cli.asking import IDENTIFIER, example, with_services
from pos_gateway.cli.tables import FORMAT, limited, show_record, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import Services
from pos_gateway.web.small_cell_suppression import withheld
from projections.attendance import attendance
from projections.claims import claims
from projections.drops import drop as drop_of
from projections.engine.pages import every, held
from projections.engine.question import as_dict
from projections.engine.totals import Total
from projections.sell_through import Second, sell_through, sold_out_after
from projections.slots import slots
from projections.suppliers import suppliers
from projections.turned_away import turned_away
from projections.waiting_list import WaitingList, Waits, waiting, waiting_list

Rows = Iterator[dict[str, Any]]

_CLAIMS = ("claims", "releases", "places")
_CAME = ("tickets", "people_expected", "people_admitted", "tickets_used", "no_shows")
_OF_A_SECOND = Second._fields[1:]

_ONLY_EXACT = "waits"
_OF_SMALL_GROUPS = {"branches": "branch", "groups": "group"}


class DropPart(NamedTuple):
    """A part of a drop's figures, as rows with `columns`; `about` describes it in the help.

    `rows` takes a connection to the views, a drop id and the present instant; it yields dicts.
    """

    about: str
    rows: Callable[[Any, str, datetime], Rows]
    columns: tuple[str, ...]


def _sessions(connection: Any, drop_id: str, at: datetime) -> Rows:
    by = ("item_id", "session_id")
    came = _by(_every(partial(attendance, at=at), connection, drop_id, *by), *by)
    taken = _by(_every(claims, connection, drop_id, *by), *by)
    seconds = {one[:2]: one.seconds for one in sold_out_after(connection, drop_id)}
    for slot in slots(connection, drop_id):
        key = (slot.item_id, slot.session_id)
        yield {
            "item_id": slot.item_id,
            "session_id": slot.session_id,
            "starts_at": slot.starts_at,
            "capacity": slot.capacity,
            "places": taken[key]["places"] if key in taken else 0,
            "sold_out_after_seconds": seconds[key],
            **{name: came[key][name] if key in came else 0 for name in _CAME},
        }


def _branches(connection: Any, drop_id: str, at: datetime) -> Rows:
    came = _by(_every(partial(attendance, at=at), connection, drop_id, "branch"), "branch")
    for row in _every(claims, connection, drop_id, "branch"):
        yield row | came[row["branch"],]


def _groups(connection: Any, drop_id: str, _at: datetime) -> Rows:
    for row in _every(claims, connection, drop_id, "group"):
        yield row | {"tickets": row["claims"] - row["releases"]}


def _waits(connection: Any, drop_id: str, at: datetime) -> Rows:
    asks = partial(waiting, drop_id=drop_id, at=at)
    return map(as_dict, every(asks, held(connection), lambda last: {"after": last.number}))


def _turned_away(connection: Any, drop_id: str, _at: datetime) -> Rows:
    for row in _every(turned_away, connection, drop_id, "second", "reason"):
        yield {"at": row["second"], "reason": row["reason"], "turned_away": row["turned_away"]}


def _sales(connection: Any, drop_id: str, _at: datetime) -> Rows:
    asks = partial(sell_through, drop_id=drop_id)
    for row in every(asks, held(connection), lambda last: {"after": last[:3]}):
        yield {"at": row.second, **dict(zip(_OF_A_SECOND, row[1:], strict=True))}


PARTS: Mapping[str, DropPart] = {
    "sessions": DropPart(
        "how soon each was sold out, who was expected, who came",
        _sessions,
        (
            *("item_id", "session_id", "starts_at", "capacity", "places"),
            *("sold_out_after_seconds", *_CAME),
        ),
    ),
    "branches": DropPart(
        "claims and attendance by branch", _branches, ("branch", *_CLAIMS, *_CAME)
    ),
    "groups": DropPart(
        "claims by group; a member counts in each of theirs",
        _groups,
        ("group", *_CLAIMS, "tickets"),
    ),
    "waiting": DropPart(
        "how many waited, were offered places and took them up",
        lambda views, drop_id, at: map(as_dict, waiting_list(views, drop_id, at=at)),
        WaitingList._fields,
    ),
    "waits": DropPart("who waits now, by member id; with --exact", _waits, Waits._fields),
    "suppliers": DropPart(
        "what the places bring to those who supply them",
        lambda views, drop_id, _: _every(suppliers, views, drop_id, "item_id", "supplier_id"),
        (
            *("item_id", "supplier_id", "places_kept", "places_used"),
            *("kept_income_minor", "used_income_minor"),
        ),
    ),
    "turned_away": DropPart(
        "how many were told no in which second, and why",
        _turned_away,
        ("at", "reason", "turned_away"),
    ),
    "sales": DropPart("what was taken in which second", _sales, ("at", *_OF_A_SECOND)),
}
"""All parts by name, in the order in which they are shown."""


def _every(
    query: Callable[..., list[Total]], connection: Any, drop_id: str, *by: str
) -> Iterator[Total]:
    """Yield the sums that `query` gives for a drop, grouped by the columns `by`, page by page."""

    def following(last: Total) -> dict[str, Any]:
        return {"after": [last[name] for name in by]}

    return every(partial(query, by=by), held(connection), following, drop_id=drop_id)


def _by(rows: Iterator[Total], *names: str) -> dict[tuple[str, ...], Total]:
    return {tuple(row[name] for name in names): row for row in rows}


_HELP = "\n".join(
    [
        "What became of a drop, part by part:",
        "\n\b",
        *(f"{name:12} {part.about}" for name, part in PARTS.items()),
        "",
        "Figures of branches and groups with fewer than five tickets are told as <5, and those of",
        "another as withheld where they would give these away; officers say --exact.",
    ]
)


@click.command(
    help=_HELP,
    short_help="What became of a drop, part by part.",
    epilog=example(
        "hongka show drop may-day",
        "hongka show drop may-day --part sales --format csv",
        "hongka show drop may-day --part waits --exact",
    ),
)
@click.argument("drop_id", metavar="DROP", type=IDENTIFIER)
@click.option("--part", type=click.Choice([*PARTS]), help="Only this part; CSV needs one.")
@click.option("--exact", is_flag=True, help="For officers: small groups too, and who waits.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    help="How many lines of a part.",
)
@FORMAT
@with_services
def drop(
    services: Services, *, drop_id: str, part: str | None, exact: bool, limit: int, form: str
) -> None:
    """Show a drop and a part (None: all); `exact`: small groups and ids of waiting members too."""
    if part is None and form == "csv":
        raise click.UsageError("A CSV has one part: name it with --part.")
    if part == _ONLY_EXACT and not exact:
        raise click.UsageError("Who waits is for officers: add --exact.")
    if exact:
        session.check_may(services, Policy.SEE_MEMBERS)
    bring_up_to_date(services)
    at = services.ledger.time()
    chosen = [part] if part else [one for one in PARTS if exact or one != _ONLY_EXACT]
    with services.views.reading() as connection:
        found = drop_of(connection, drop_id, at=at)
        if found is None:
            raise DropUnknown
        told = {}
        for one in chosen:
            rows = PARTS[one].rows(connection, drop_id, at)
            if one in _OF_SMALL_GROUPS and not exact:
                rows = iter(withheld(list(rows), _OF_SMALL_GROUPS[one]))
            told[one] = list(limited(rows, limit))
    if part is not None:
        show_rows(told[part], form=form, columns=PARTS[part].columns)
    elif form == "json":
        show_record({**found._asdict(), **told}, form=form)
    else:
        show_record(found._asdict(), form=form)
        for one, lines in told.items():
            click.echo(f"\n{one.replace('_', ' ').capitalize()}")
            show_rows(lines, form=form, columns=PARTS[one].columns)
