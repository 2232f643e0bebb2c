"""Foreign files are read within bounds of memory, time, output and number, and leave no trace."""

import subprocess
import sys
import threading
import zipfile
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.errors import Busy
from pos_gateway import boxed
from tests.support.rosters import CHINESE, changed, identity_number
from tests.support.source_tree import ROOT

MEBIBYTE = 2**20
MEASURED = """
import resource, sys, time
from pathlib import Path
from pos_gateway.roster import RosterUnreadable
from tests.support.rosters import read_roster
started = time.monotonic()
try:
    told = sum(not row.problems for row in read_roster(Path(sys.argv[1])))
except RosterUnreadable as refused:
    told = refused.particulars["problem"]
print(told, time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
PLANTED = """
import sys, types
from pos_gateway.boxed.child import main
planted = types.ModuleType("pos_gateway.boxed.planted")
exec(%r, planted.__dict__)
sys.modules[planted.__name__] = planted
main()
"""


class Measured(NamedTuple):
    told: str
    seconds: float
    bytes_most: int


def measured(path: Path) -> Measured:
    """Read a roster in a process of its own, and measure the child that this starts."""
    program = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    told, seconds, kilobytes = done.stdout.split()
    assert done.stderr == ""
    return Measured(told, float(seconds), int(kilobytes) * 1024)


def with_strings(path: Path, strings: bytes, part: str = "sharedStrings.xml") -> Path:
    """Return a spreadsheet with these shared strings and, in each row, seven of them in turn."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    cells = [b'<c t="s"><v>%d</v></c>' % number for number in range(strings.count(b"<t>"))]
    rows = [cells[at : at + len(CHINESE)] for at in range(0, len(cells), len(CHINESE))]
    sheet = b"".join(b"<row>%s</row>" % b"".join(row) for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        f'"{spreadsheet}.sheet.main+xml"/><Override PartName="/xl/sheet1.xml" ContentType='
        f'"{spreadsheet}.worksheet+xml"/><Override PartName="/xl/{part}" ContentType='
        f'"{spreadsheet}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships"><Relationship Id="r1" Type="{kind}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/'
        f'package/2006/relationships"><Relationship Id="r1" Type="{kind}/worksheet" '
        f'Target="sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets><sheet name="a" '
        f'sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/sheet1.xml": b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>'
        % (main.encode(), sheet),
        f"xl/{part}": b'<sst xmlns="%s">%s</sst>' % (main.encode(), strings),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def planted(monkeypatch: pytest.MonkeyPatch, reader: str, content: bytes = b"x") -> bytes:
    """Return what a reader with this source makes of a file in the box."""
    program = (sys.executable, "-PB", "-c", PLANTED % reader)
    monkeypatch.setattr(boxed, "_CHILD", program)
    return boxed.read("planted", content)


@pytest.mark.parametrize(
    ("count", "part", "problem"),
    [
        pytest.param(60_000_000, "sharedStrings.xml", "too_large", id="60 million"),
        pytest.param(9_900_000, "sharedStrings.xml", "too_large", id="below the size"),
        pytest.param(9_900_000, "others.xml", "too_costly", id="under another name"),
    ],
)
def test_a_small_spreadsheet_of_millions_of_strings_is_refused_in_time(
    tmp_path: Path, count: int, part: str, problem: str
) -> None:
    # Given a file of a few hundred kilobytes that unpacks to millions of shared strings
    hostile = with_strings(tmp_path / "roster.xlsx", b"<si/>" * count, part)
    assert hostile.stat().st_size < MEBIBYTE
    # When it is read
    read = measured(hostile)
    # Then it is refused with its reason within 256 MB; its processor time is bounded
    assert read.told == problem
    assert read.bytes_most < 256 * MEBIBYTE


def test_an_honest_roster_of_20_000_rows_is_read_within_the_same_limits(tmp_path: Path) -> None:
    # Given a spreadsheet of 20,000 people
    births = (date(1940, 1, 1) + timedelta(days=number) for number in range(20_000))
    numbers = (identity_number(1, born=f"{born:%Y%m%d}") for born in births)
    people = (changed(identity_number=number) for number in numbers)
    texts = chain(CHINESE, *people)
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts).encode()
    # When it is read
    read = measured(with_strings(tmp_path / "roster.xlsx", strings))
    # Then every row is good
    assert read.told == "20000"
    assert read.bytes_most < 256 * MEBIBYTE


def test_a_reader_gets_the_content_and_its_result_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    # When a reader turns a file round, which is in memory only
    result = planted(monkeypatch, "def read(file): yield file.read()[::-1]", b"abc")
    # Then its result is returned
    assert result == b"cba"


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param("def read(file): b'x' * (10**9 + file.tell()); yield b''", id="memory"),
        pytest.param("import time\ndef read(file): time.sleep(60); yield b''", id="time"),
        pytest.param(
            "import os, time\ndef read(file): os.fork(); time.sleep(60); yield b''", id="group"
        ),
        pytest.param("def read(file):\n  while True: yield b'x' * 9_999", id="output"),
        pytest.param("import os\ndef read(file): yield b'x'; os._exit(0)", id="cut short"),
        pytest.param(
            "def read(file):\n  open('/dev/shm/boxed-test', 'wb', 0).write(b'x'); yield b''",
            id="file",
        ),
        pytest.param("import os\ndef read(file): os.write(0, b'x'); yield b''", id="memory file"),
        pytest.param(
            "def read(file): yield b'' * len([open('/dev/null') for _ in 'x' * 99])", id="files"
        ),
        pytest.param("def read(file): raise ValueError('王晓明'); yield", id="crash"),
    ],
)
def test_a_reader_that_leaves_its_bounds_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], reader: str
) -> None:
    # Given a box with little time
    monkeypatch.setattr(boxed, "SECONDS_MAX", 2.0)
    monkeypatch.setattr(boxed, "OUTPUT_BYTES_MAX", 1_000_000)
    # When a reader takes more than it may
    with pytest.raises(boxed.TooCostly):
        planted(monkeypatch, reader)
    # Then it is stopped, and nothing of the file is said
    assert capfd.readouterr() == ("", "")


def test_the_processor_seconds_of_a_reader_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a box with much time by the clock
    monkeypatch.setattr(boxed, "SECONDS_MAX", 100.0)
    short = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    # When a reader computes without end
    with pytest.raises(boxed.TooCostly):
        planted(monkeypatch, f"{short}def read(file):\n  while True: pass")
    # Then the system stops it


def test_those_who_find_no_room_are_told_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given as many readings as the gateway does at once
    monkeypatch.setattr(boxed, "_room", threading.BoundedSemaphore(1))
    monkeypatch.setattr(boxed, "WAIT_SECONDS_MAX", 0.01)
    slow = "import time\ndef read(file): time.sleep(1); yield b''"
    # When another file is to be read
    with boxed._room, pytest.raises(Busy) as refused:
        planted(monkeypatch, slow)
    # Then it is refused for now, and read later
    assert refused.value.particulars == {"retry_after_seconds": 20}
    assert planted(monkeypatch, slow) == b""
