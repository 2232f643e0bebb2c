"""Sheets of cards as PDF, checked with PDFium, pypdf and ZXing."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ledger.errors import InputInvalid
from pos_gateway.codes import make_printed_code
from pos_gateway.printing import card_image
from pos_gateway.printing.card_image import CardFace, FontMissing
from pos_gateway.printing.sheet_pdf import CARDS_MAX, CARDS_PER_PAGE, card_sheet
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.pdf_reader import painted, reader

A4_POINTS = (595.3, 841.9)
HOLDERS = ("张*", "*䶮", "𠮷*", "阿*·買買提", "J. S*", "欧阳*明", "王*", "李*")

TITLES = ("工会会员互助服务卡", "职工之家联名福利卡")


def face(number: int = 0, **changed: Any) -> CardFace:
    particulars: dict[str, Any] = {
        "title_zh": TITLES[number // 2 % 2],
        "title_en": "Union member service card",
        "holder_masked": HOLDERS[number % len(HOLDERS)],
        "number_hint": f"A1B2C{number:03}",
        "code_text": make_printed_code(number.to_bytes(16)),
        "valid_until": date(2031, 12, 31),
    }
    return CardFace(**particulars | changed)


FACES = [face(number) for number in range(12)]


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return card_sheet(FACES)


def test_twelve_cards_take_two_pages_of_a4(sheet: bytes) -> None:
    pages = reader(sheet).pages

    assert len(pages) == 2
    sizes = {tuple(round(float(side), 1) for side in page.mediabox[2:]) for page in pages}
    assert sizes == {A4_POINTS}


def test_every_code_is_read_off_the_painted_sheet(sheet: bytes) -> None:
    codes = [set(zxing(page)) for page in painted(sheet)]

    assert codes[0] == {one.code_text for one in FACES[:10]}
    assert codes[1] == {one.code_text for one in FACES[10:]}


def test_a_code_is_read_as_a_cheap_office_printer_would_print_it(sheet: bytes) -> None:
    page = painted(sheet, dots_per_inch=150)[0]

    assert len(zxing(page)) == CARDS_PER_PAGE


def test_names_and_numbers_can_be_searched_for(sheet: bytes) -> None:
    text = "".join(page.extract_text() for page in reader(sheet).pages).replace("\n", "")

    for one in FACES:
        assert one.holder_masked in text
        assert one.number_hint in text
    assert (text.count(TITLES[0]), text.count(TITLES[1])) == (6, 6)
    assert "有效期至 Valid thru  2031-12-31" in text


def test_what_is_printed_next_has_characters_of_its_own() -> None:
    for number, holder in enumerate(("王*明", "赵*刚")):
        text = reader(card_sheet([face(number, holder_masked=holder)])).pages[0].extract_text()

        assert holder in text
        assert "\0" not in text


def test_no_font_but_a_few_characters_is_in_the_file(sheet: bytes) -> None:
    assert len(sheet) < 80_000


def test_each_card_measures_86_by_54_millimetres() -> None:
    page = np.asarray(painted(card_sheet([face()] * 10), 254)[0].convert("RGB")).astype(int)
    red = (page[:, :, 0] - page[:, :, 1]) > 80  # a tenth of a millimetre a dot

    across = runs(red[np.flatnonzero(red.any(axis=1))[0] + 20])
    down = runs(red[:, np.flatnonzero(red.any(axis=0))[0] + 30])

    assert [length for _, length in across] == pytest.approx([876, 876], abs=2)  # with the bleed
    assert [length for _, length in down] == pytest.approx([560] * 5, abs=2)
    starts = [start for start, _ in down]
    assert np.diff(starts) == pytest.approx([570] * 4, abs=2)


def test_marks_tell_where_to_cut(sheet: bytes) -> None:
    page = np.asarray(painted(sheet, 254)[0].convert("L"))
    red = np.asarray(painted(sheet, 254)[0].convert("RGB")).astype(int)
    first = np.flatnonzero((red[:, :, 0] - red[:, :, 1] > 80).any(axis=1))[0]

    marks = runs(page[first - 40] < 200)
    sides = [start for start, _ in marks]

    assert len(marks) == 4
    assert sides[1] - sides[0] == pytest.approx(856, abs=2)
    assert sides[2] - sides[1] == pytest.approx(30, abs=2)


def runs(dark: Any) -> list[tuple[int, int]]:
    """Return the start and length of each unbroken run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], dark, [False])).astype(int)))
    return [(int(start), int(end - start)) for start, end in edges.reshape(-1, 2)]


def test_no_text_is_drawn_as_boxes(sheet: bytes) -> None:
    page = np.asarray(painted(sheet, 254)[0].convert("RGB")).astype(int)
    cards = [page[top : top + 570, 220:680, 1] > 150 for top in range(70, 2_700, 570)]
    zhang, ji, _, wang, zhang_again = (card[340:420] for card in cards)
    union, services, union_again, *_ = (card[70:150] for card in cards)

    # Missing glyphs are equal boxes: 张*, 𠮷* and 王* would look alike, and so would both titles.
    assert differing(zhang, zhang_again) < 150
    assert differing(union, union_again) < 400
    assert min(differing(zhang, ji), differing(zhang, wang)) > 300
    assert differing(union, services) > 1_500


def differing(one: Any, other: Any) -> int:
    """Return the least number of differing dots within a shift of one dot, a printer's rounding."""
    return int(min((one ^ np.roll(other, shift, axis=0)).sum() for shift in (-1, 0, 1)))


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_fonts_have_every_character(holder: str) -> None:
    parts = card_image.runs("holder_masked", holder)

    assert "".join(run for _, run in parts) == holder
    for family, run in parts:
        assert set(map(ord, run)) <= card_image._characters(family)


def test_two_weights_of_one_font_do_not_take_each_others_place(sheet: bytes) -> None:
    names = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in reader(sheet).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }

    assert {"NotoSansSC-400", "NotoSansSC-700"} <= names


@pytest.mark.parametrize("holder", ["张*\U000323af", "张\n*", "😀"])
def test_what_no_font_has_is_refused_and_not_repeated(holder: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        card_sheet([face(holder_masked=holder)])

    assert refused.value.particulars["problem"] == "no_glyph"
    assert holder not in str(refused.value)


def test_a_title_that_does_not_fit_is_refused() -> None:
    card_sheet([face(title_zh="北京市密云区总工会会员互助")])

    with pytest.raises(InputInvalid) as refused:
        card_sheet([face(title_zh="北京市密云区总工会会员互助" * 2)])

    assert refused.value.particulars == {"field": "title_zh", "problem": "too_long"}


def test_without_a_chinese_font_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_image, "_FAMILIES", ("A font that nobody has",))

    with pytest.raises(FontMissing):
        card_sheet([face()])


def test_a_card_without_an_end_shows_none() -> None:
    text = reader(card_sheet([face(valid_until=None)])).pages[0].extract_text()

    assert "有效期" not in text


@pytest.mark.parametrize("count", [0, CARDS_MAX + 1])
def test_a_file_has_an_end(count: int) -> None:
    with pytest.raises(ValueError, match="cards"):
        card_sheet([face()] * count)


LONGEST = """
import re, sys
from pathlib import Path
from pos_gateway.printing.sheet_pdf import CARDS_MAX, card_sheet
from tests.pos_gateway.printing.test_sheet_pdf import face

sys.stdout.buffer.write(card_sheet([face(number) for number in range(CARDS_MAX)]))
print(re.search("VmHWM:(.+)kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


@pytest.mark.slow
def test_the_longest_file_takes_little_memory() -> None:
    root = Path(__file__).parents[3]
    made = subprocess.run(
        [sys.executable, "-c", LONGEST], cwd=root, capture_output=True, check=True
    )

    assert len(reader(made.stdout).pages) == CARDS_MAX // CARDS_PER_PAGE
    assert len(made.stdout) < 5 * 2**20
    assert int(made.stderr) < 300 * 2**10  # KiB; one card takes almost as much


def test_the_same_cards_make_the_same_file() -> None:
    assert card_sheet(FACES[:1]) == card_sheet(FACES[:1])


def test_a_page_is_white_between_the_cards(sheet: bytes) -> None:
    last: Image.Image = painted(sheet, 72)[1]

    assert last.getpixel((300, 800)) == (255, 255, 255)
