"""Programmes of record, played on a ledger of their own at the time when they took place.

What the press told of them is in the scenarios: what was given, to how many, when. Members, names
of suppliers, prices and the numbers of a lottery are made up.
"""
