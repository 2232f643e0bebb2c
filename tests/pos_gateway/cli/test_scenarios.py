"""The recorded drops at the terminal."""

import json
from importlib import import_module

import pytest
from click.testing import CliRunner

from pos_gateway.cli import main
from pos_gateway.demonstration.scenarios import double_ninth, new_year


def test_what_comes_out_of_the_drops_of_record_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    command = import_module("pos_gateway.cli.demo")
    monkeypatch.setattr(command, "PLAYED", ((new_year,), (double_ninth,)))

    ran = CliRunner().invoke(main, ["scenarios", "--format", "json"])

    goods, pillows = json.loads(ran.stdout)
    assert (goods["drop_id"], goods["tickets"], goods["income_minor"]) == (
        *("new-year-2019", 500, 27_680_00),
    )
    assert (pillows["drop_id"], pillows["tickets"]) == ("double-ninth-2019", 200)
