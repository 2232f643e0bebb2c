import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ledger.errors import CodeSuperseded
from ledger.services.scan import Scan
from pos_gateway.codes import Printed, Session, printed_code_hash, read
from pos_gateway.codes.printed import read_printed
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.cli_runner import Cli
from tests.support.pdf_reader import painted
from tests.support.rosters import CHINESE, identity_number, write_csv, write_xlsx

NAMES = ("王小明", "李红梅", "赵建国", "陈桂兰")
GOOD = [
    (NAMES[0], "13800138000", identity_number(1), "鼓楼", "公交", "劳模", "2030-12-31"),
    (NAMES[1], "", identity_number(2), "果园", "", "", ""),
]
BAD = [
    (NAMES[2], "12345", identity_number(3), "鼓楼", "", "", ""),
    (NAMES[3], "", identity_number(1), "鼓楼", "", "", ""),
]


@pytest.fixture
def roster(tmp_path: Path) -> str:
    return str(write_csv(tmp_path / "roster.csv", CHINESE, *GOOD, *BAD, encoding="gb18030"))


def lines(report: Path) -> list[dict[str, str]]:
    with report.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_roster_is_tried_then_issued_then_issued_no_more(
    cli: Cli, roster: str, tmp_path: Path
) -> None:
    cli.sign_in()
    head = cli.head()
    dry = cli.told("cards", "import", roster, "--dry-run")
    assert cli.head() == head

    first = cli.told("cards", "import", roster, "--report", str(tmp_path / "first.csv"))
    head = cli.head()
    second = cli.told("cards", "import", roster, "--report", str(tmp_path / "second.csv"))

    assert dry == {"issued": 2, "already_issued": 0, "refused": 2, "dry_run": True}
    assert first == dry | {"dry_run": False}
    assert second == {"issued": 0, "already_issued": 2, "refused": 2, "dry_run": False}
    assert cli.head() == head
    before, after = lines(tmp_path / "first.csv"), lines(tmp_path / "second.csv")
    assert [one["card_id"] for one in before] == [one["card_id"] for one in after]
    assert [(one["row"], one["outcome"], one["reason"]) for one in before] == [
        ("2", "issued", ""),
        ("3", "issued", ""),
        ("4", "refused", "phone: not_a_mobile_number"),
        ("5", "refused", "identity_number: repeated (as in row 2)"),
    ]


def test_neither_report_nor_terminal_says_who_a_row_is_about(
    cli: Cli, roster: str, tmp_path: Path
) -> None:
    result = cli.run("cards", "import", roster, "--report", str(tmp_path / "report.csv"))

    told = result.output + (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "Row 4: phone: not_a_mobile_number 手机号应为11位手机号码" in told
    assert "身份证号重复（与第2行相同）" in told
    for field in (field for row in (*GOOD, *BAD) for field in row[:3] if field):
        assert field not in told


def test_a_later_roster_tells_fields_that_differ_and_is_taken_over_where_asked(
    cli: Cli, roster: str, tmp_path: Path
) -> None:
    # Given members of a roster, of whom one changed phone, employer and last day
    cli.run("cards", "import", roster)
    name, _, number, branch, *_ = GOOD[0]
    changed = (name, "13911112222", number, branch, "二厂", "劳模", "2031-12-31")
    later = str(write_csv(tmp_path / "later.csv", CHINESE, changed))
    report = str(tmp_path / "report.csv")
    # When the later roster is imported, at first without a word to take it over
    told = cli.run("cards", "import", later, "--report", report).output
    asked = ("--correct", "--renew")
    assert cli.told("cards", "import", later, *asked)["issued"] == 1
    # Then the fields are named, no value is told, and the officer's options take them over
    (line,) = lines(Path(report))
    assert "Members with a card whose data differs: 1." in told
    assert line["reason"] == "differs: employer, phone, last_day"
    assert not any(text in told + str(line) for text in changed[:5])
    with cli.services() as services:
        (member_id,) = services.vault.find(identity_number=number)
        member = services.ledger.member(member_id)
        assert member.employer == "二厂"
        assert str(services.ledger.card(member.card_id).last_day) == "2031-12-31"


def test_refused_rows_and_an_empty_roster_are_written_as_rosters(
    cli: Cli, roster: str, tmp_path: Path
) -> None:
    to_mend, empty = tmp_path / "to-mend.xlsx", tmp_path / "empty.xlsx"
    cli.run("cards", "import", roster, "--to-mend", str(to_mend))
    cli.run("cards", "sample", str(empty))

    again = cli.told("cards", "import", str(to_mend))

    assert (again["issued"], again["already_issued"], again["refused"]) == (0, 1, 1)
    assert to_mend.stat().st_mode & 0o077 == 0
    assert cli.told("cards", "import", str(empty))["refused"] == 0


def test_a_spreadsheet_is_as_good_as_csv(cli: Cli, tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "roster.xlsx", CHINESE, *GOOD)

    assert cli.told("cards", "import", str(file))["issued"] == 2


def test_a_file_that_breaks_off_issues_nothing(cli: Cli, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "roster.csv", CHINESE, *GOOD)
    with file.open("a") as broken:
        broken.write('"never closed')
    cli.sign_in()
    head = cli.head()

    assert "roster_unreadable" in cli.refusal("cards", "import", str(file))
    assert cli.head() == head


@pytest.mark.parametrize("odd", "\0\1\u202e")
def test_a_terminal_takes_no_control_and_no_invisible_mark(cli: Cli, odd: str) -> None:
    cli.sign_in()
    head = cli.head()

    opened = cli.refusal("funds", "open", "f9", "--programme", "s1", "--name", f"文{odd}化")

    assert "input_invalid" in opened
    assert cli.head() == head


def test_a_printed_card_is_read_and_the_print_before_it_is_dead(
    cli: Cli, roster: str, tmp_path: Path
) -> None:
    cli.run("cards", "import", roster, "--report", str(tmp_path / "report.csv"))
    card_id = lines(tmp_path / "report.csv")[0]["card_id"]
    out = tmp_path / "out"

    numbers = []
    for _ in range(2):
        cli.run("cards", "print", card_id, "--out", str(out))
        (text,) = zxing(Image.open(out / f"{card_id}.png"))
        with cli.services() as services:
            printed = read(text, services.keys, now=services.clock())
        assert isinstance(printed, Printed)
        numbers.append(printed.number)

    old, new = map(printed_code_hash, numbers)
    with cli.services() as services:
        assert services.ledger.card(card_id).code_hash == new
        services.ledger.officers.merchants.sign_merchant("m", name="店", by="officer-a")
        services.ledger.officers.merchants.open_outlet("m", outlet_id="o", name="店")
        services.ledger.officers.merchants.pair_till("m", till_id="t", outlet_id="o", key_hash="k")
        scan = Scan(merchant_id="m", outlet_id="o", till_id="t", amount_minor=1, code_hash=old)
        with pytest.raises(CodeSuperseded):
            services.ledger.tills.redemptions.validation(scan)
    (file,) = out.iterdir()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("flag", ["--pdf", "--sheet"])
def test_a_sheet_holds_the_cards_of_a_report(
    cli: Cli, roster: str, tmp_path: Path, flag: str
) -> None:
    report, out = tmp_path / "report.csv", tmp_path / "out"
    cli.run("cards", "import", roster, "--report", str(report))

    told = cli.told("cards", "print", "--issued-in", str(report), "--out", str(out), flag)

    assert len(told["cards"]) == 2
    (sheet,) = out.iterdir()
    content = sheet.read_bytes()
    assert content.startswith(b"%PDF")
    (page,) = painted(content)
    with cli.services() as services:
        numbers = {read_printed(text).number for text in zxing(page)}
        hashes = {services.ledger.card(card_id).code_hash for card_id in told["cards"]}
    assert set(map(printed_code_hash, numbers)) == hashes


def test_no_dead_card_is_printed(cli: Cli, roster: str, tmp_path: Path) -> None:
    report, out = tmp_path / "report.csv", tmp_path / "out"
    cli.run("cards", "import", roster, "--report", str(report))
    card_id = lines(report)[0]["card_id"]
    cli.run("cards", "block", card_id)

    assert "card_blocked" in cli.refusal("cards", "print", card_id, "--out", str(out))
    assert list(out.iterdir()) == []
    cli.run("cards", "print", "--out", str(out), code=2)


def test_a_code_is_made_as_a_phone_would(cli: Cli, roster: str, tmp_path: Path) -> None:
    report, picture = tmp_path / "report.csv", tmp_path / "code.png"
    cli.run("cards", "import", roster, "--report", str(report))
    card_id = lines(report)[0]["card_id"]

    text, *drawing = cli.run(
        "cards", "code", card_id, "--qr", "--png", str(picture)
    ).stdout.splitlines()

    assert zxing(Image.open(picture)) == [text]
    assert zxing(rasterised(drawing)) == [text]
    with cli.services() as services:
        session = read(text, services.keys, now=services.clock())
    assert isinstance(session, Session)
    assert session.card_id == card_id
    assert "card_unknown" in cli.refusal("cards", "code", "f" * 24)


def rasterised(drawing: list[str]) -> Image.Image:
    """Return the picture on a dark terminal, where full blocks are light."""
    halves = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}
    width = len(drawing[0])
    image = Image.new("L", (width, 2 * len(drawing)))
    for down, line in enumerate(drawing):
        for across, mark in enumerate(line):
            for half, light in enumerate(halves[mark]):
                image.putpixel((across, 2 * down + half), light)
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


def test_progress_is_shown_to_whoever_watches_and_to_nobody_else(cli: Cli, roster: str) -> None:
    command = [sys.executable, "-c", "from pos_gateway.cli import main; main()"]
    command += ["cards", "import", roster]
    cli.sign_in()
    environment = os.environ | cli.environment
    watched = environment | {"TTY_COMPATIBLE": "1", "COLUMNS": "100"}

    bars = [
        re.search("Issuing.*4/4", run.stderr) is not None
        for run in (
            subprocess.run(command, env=one, capture_output=True, text=True, check=True)
            for one in (watched, environment)
        )
    ]

    assert bars == [True, False]
