"""Every view keeps the leaf of its last fact, and is built anew when the log is another one."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add the column; it is empty until a view reads on."""
    text = "text" if connection.dialect.name == "sqlite" else 'text COLLATE "C"'
    connection.exec_driver_sql(f"ALTER TABLE progress ADD COLUMN leaf {text}")
