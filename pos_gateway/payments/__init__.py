"""Payments to merchants: ids of statements, bank accounts and the bank file."""

import secrets
from datetime import date


def new_statement_id(day: date) -> str:
    """Return a random id for a new statement, which begins with the day: `20261121-1a2b3c4d5e`."""
    return f"{day:%Y%m%d}-{secrets.token_hex(5)}"
