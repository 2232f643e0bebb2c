"""The log gets a tree, by which every change is found; a minute for ten million facts."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.store.tree import grown

_PAGE = 10_000


def upgrade(connection: Connection) -> Iterator[float]:
    """Add the frontier of the tree, its tiles and signed heads; yield the shares of the work."""
    sql = connection.exec_driver_sql
    number, text, octets, none, strict, mark = (
        ("INTEGER", "TEXT", "BLOB", "x''", "STRICT", "?")
        if connection.dialect.name == "sqlite"
        else ("bigint", 'text COLLATE "C"', "bytea", "''", "", "%s")
    )
    sql(f"ALTER TABLE head ADD COLUMN frontier {octets} NOT NULL DEFAULT {none}")
    sql(f"CREATE TABLE tile (number {number} PRIMARY KEY, leaves {octets} NOT NULL) {strict}")
    sql(
        f"CREATE TABLE signed_head (size {number} PRIMARY KEY, at {text} NOT NULL,"
        f" checkpoint {text} NOT NULL, frontier {octets} NOT NULL) {strict}"
    )
    last, frontier = sql("SELECT position FROM head").scalar_one(), b""
    page = f"SELECT leaf FROM facts WHERE position > {mark} ORDER BY position LIMIT {_PAGE}"  # noqa: S608
    for after in range(0, last, _PAGE):
        frontier = grown(frontier, after, map(bytes, sql(page, (after,)).scalars()))
        yield _PAGE / last
    sql(f"UPDATE head SET frontier = {mark}", (frontier,))  # noqa: S608
