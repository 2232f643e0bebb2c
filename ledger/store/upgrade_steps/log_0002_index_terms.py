"""The terms of an offer are found without reading its redemptions; a long log takes minutes."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add an index of the facts of offers that are no redemptions."""
    connection.exec_driver_sql(
        "CREATE INDEX facts_of_terms ON facts (stream, version)"
        " WHERE stream >= 'offer-' AND stream < 'offer.' AND topic <> 'offer.given'"
    )
