"""The library's own ProjectionRunner on our log, one event a commit, as designed."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from ledger.application import Ledger
from ledger.event import Fact, topic_of
from projections.engine.changes import Add, Change
from projections.engine.database import Projection
from projections.engine.runner import event_classes

START_SECONDS_MAX = 30.0
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_SQLITE = sqlite.dialect()


def library_rate(
    log_url: str, file_path: str, projection: Projection, seconds: float, *, after: int
) -> float:
    """Return the events per second that the library's runner projects, after position `after`.

    It runs for `seconds` and keeps its table in the SQLite file `file_path`.
    """
    taken: list[float] = []
    runner = ProjectionRunner(
        application_class=_Followed,
        projection_class=_projection_class(projection, taken),
        view_class=_view_class(projection, after),
        env={
            "LOG_URL": log_url,
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": file_path,
        },
    )
    give_up = time.monotonic() + START_SECONDS_MAX
    with runner:
        while not taken and time.monotonic() < give_up:
            runner.run_forever(timeout=0.01)
        runner.run_forever(timeout=seconds)
    runner.app.close()
    return (len(taken) - 1) / (taken[-1] - taken[0])


class _Followed(Ledger):
    def __init__(self, env: Any) -> None:
        super().__init__(env["LOG_URL"])


def _projection_class(projection: Projection, taken: list[float]) -> Any:
    classes = event_classes(projection.project)

    class Following(LibraryProjection[Any]):
        name = "following"

        def process_event(self, domain_event: Any, tracking: Tracking) -> None:
            stream, version, event = domain_event
            number, topic = tracking.notification_id, topic_of(event)
            fact = Fact(number, stream, version, topic, _AT, event, "")
            changes = projection.project(event, fact) if isinstance(event, classes) else ()
            self.view.take(changes, tracking)
            taken.append(time.perf_counter())

    return Following


def _view_class(projection: Projection, after: int) -> Any:
    table = projection.table
    keys = table.primary_key.columns.keys()

    class View(SQLiteTrackingRecorder):
        def construct_create_table_statements(self) -> list[str]:
            return [
                *super().construct_create_table_statements(),
                str(CreateTable(table, if_not_exists=True).compile(dialect=_SQLITE)),
            ]

        def max_tracking_id(self, application_name: str) -> int:
            return super().max_tracking_id(application_name) or after

        def take(self, changes: Iterable[Change], tracking: Tracking) -> None:
            with self.datastore.transaction(commit=True) as cursor:
                for change in changes:
                    cursor.execute(*_upsert(table.name, keys, change))
                self._insert_tracking(cursor, tracking)

    return View


def _upsert(table: str, keys: list[str], change: Change) -> tuple[str, list[Any]]:
    """Return the SQL and parameters of one change, made by hand to leave SQLAlchemy's cost out."""
    columns: Any = change.amounts if isinstance(change, Add) else change.values
    adds = isinstance(change, Add)
    sets = ", ".join(f"{name} = {f'{name} + ' * adds}excluded.{name}" for name in columns)
    names = [*keys, *columns]
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    )
    return statement, [*change.key, *columns.values()]
