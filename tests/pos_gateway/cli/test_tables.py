import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest
from rich.cells import cell_len

from pos_gateway.cli.tables import BLOCK_ROWS, limited, show_record, show_rows
from tests.support.cli_runner import Cli


def test_tables_have_the_time_of_the_zone_and_files_have_utc(cli: Cli) -> None:
    cli.environment["HONGKA_ZONE"] = "Asia/Shanghai"
    cli.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")

    at = datetime.fromisoformat(cli.rows("show", "log")[0]["at"])

    assert at.utcoffset() == timedelta(0)
    assert f"{at + timedelta(hours=8):%Y-%m-%d %H:%M}" in cli.run("show", "log").stdout
    assert f"{at:%Y-%m-%dT%H:%M}" in cli.run("show", "log", "--format", "csv").stdout


def test_of_one_thing_the_table_has_yuan_and_the_csv_fen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = {"price_minor": 68_00, "last_used_at": "2026-11-21T16:04:21Z"}

    show_record(seen, form="table")
    table = capsys.readouterr().out
    show_record(seen, form="csv")

    assert re.search(r"price +68\.00\n", table)
    assert "2026-11-22 00:04:21" in table
    assert capsys.readouterr().out == (
        "\ufefffield,value\nprice_minor,6800\nlast_used_at,2026-11-21T16:04:21Z\n"
    )


def test_numbers_are_aligned_to_the_right_also_where_some_are_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        {"drop": "may-day", "sold_out_after": None, "note": None},
        {"drop": "june", "sold_out_after": 7, "note": None},
        {"drop": "july", "sold_out_after": 1_234, "note": None},
    ]

    show_rows(rows, form="table", columns=("drop", "sold_out_after", "note"))

    lines = capsys.readouterr().out.splitlines()
    ends = {
        line.index(text) + len(text)
        for line in lines
        for text in ("sold out after", " 7", "1234")
        if text in line
    }
    assert len(ends) == 1


def test_on_a_narrow_terminal_an_id_stays_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    long = "很长的一段说明" * 6

    show_rows(
        [{"offer_id": "rose-fifth-free", "title": long, "reads": long, "fund": long}],
        form="table",
        columns=("offer_id", "title", "reads", "fund"),
    )

    shown = capsys.readouterr().out
    assert "rose-fifth-free" in shown
    assert max(map(cell_len, re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines())) <= 60


MANY = 2 * BLOCK_ROWS + 7


def many(until: int = MANY) -> Iterator[dict[str, object]]:
    """Yield rows; fail at the row `until`, as a reader of a pipe goes away."""
    for number in range(MANY):
        if number == until:
            raise BrokenPipeError
        yield {
            "card_id": f"c-{number}",
            "note": 'a "b"\n]' if number == 1_500 else "-",
            "n": number,
        }


@pytest.mark.parametrize("count", [0, 1, BLOCK_ROWS, MANY])
def test_rows_in_blocks_are_the_json_of_all_rows(
    capsys: pytest.CaptureFixture[str], count: int
) -> None:
    rows = [*many()][:count]

    show_rows(iter(rows), form="json", columns=("card_id",))

    assert capsys.readouterr().out == f"{msgspec.json.format(msgspec.json.encode(rows)).decode()}\n"


def test_rows_in_blocks_are_one_csv_and_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(many(), form="csv", columns=("card_id", "n"))
    listed = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    show_rows(many(), form="table", columns=("card_id", "n"))
    table = capsys.readouterr().out

    assert [one["n"] for one in listed] == [str(one) for one in range(MANY)]
    assert [int(line.split()[1]) for line in table.splitlines() if "c-" in line] == [*range(MANY)]
    assert table.count("card id") == 1


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_block_is_written_before_the_next_is_read(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    with pytest.raises(BrokenPipeError):
        show_rows(many(until=BLOCK_ROWS + 1), form=form, columns=("card_id", "n"))

    assert capsys.readouterr().out.count("c-") == BLOCK_ROWS


def test_rows_beyond_a_limit_are_said_to_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [len([*limited(many(), limit)]) for limit in (MANY - 1, MANY, None)]

    assert shown == [MANY - 1, MANY, MANY]
    assert capsys.readouterr().err.count(f"There are more than {MANY - 1}") == 1
