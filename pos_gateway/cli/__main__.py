"""`python -m pos_gateway.cli`: the command `hongka`."""

from __future__ import annotations

from pos_gateway.cli import main

main(prog_name="hongka")
