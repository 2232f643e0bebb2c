"""Rehearsals: the opening minute of a drop, played on a copy through real gateways."""
