"""Run the command `hongka` as `python -m pos_gateway.cli`."""

from pos_gateway.cli import main

main(prog_name="hongka")
