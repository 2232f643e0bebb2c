"""Programmes of record, each played on its own ledger at the time when it took place.

The scenarios reproduce the published facts: goods, numbers and dates. Members, suppliers' names,
prices and lottery numbers are made up.
"""
