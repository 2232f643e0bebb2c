"""Counted attempts are found by their end."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add the index by which expired attempts are deleted without reading the others."""
    connection.exec_driver_sql("CREATE INDEX door_try_by_end ON door_try (ends_at)")
