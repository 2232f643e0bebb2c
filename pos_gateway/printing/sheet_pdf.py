"""Cards on A4 sheets as PDF, ten to a page with crop marks, for an office printer and a knife.

Text stays text, in a font of just its characters, and codes are outlines: sharp at any size.
"""

import io
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # it ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # likewise
from fontTools.varLib.instancer import instantiateVariableFont  # type: ignore[import-untyped]  # likewise
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]  # it ships no types
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]  # likewise
from reportlab.lib.units import mm  # type: ignore[import-untyped]  # likewise
from reportlab.pdfbase import pdfmetrics, ttfonts  # type: ignore[import-untyped]  # likewise
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # likewise

from ledger.errors import InputInvalid
from pos_gateway.codes.qr_image import dark_runs
from pos_gateway.printing.card_image import (
    BOLD,
    CARD_SIZE,
    DARK_RED,
    GOLD,
    MARGIN,
    RED,
    WHITE,
    CardFace,
    Code,
    Text,
    font_path,
    runs,
    texts,
)

_POSTSCRIPT_NAME = 6
_LAYOUT = ["BASE", "GDEF", "GPOS", "GSUB", "HVAR", "VORG", "VVAR", "vhea", "vmtx"]
_BEYOND = re.compile("<([0-9A-F]{5,6})>")


def register(family: str, weight: int, characters: set[str]) -> str:
    """Register an installed font, cut down to these characters, for PDFs; return its name.

    The library keeps fonts by name for the whole process: draw one PDF at a time.
    """
    name = f"{family.replace(' ', '')}-{weight}"
    font = _Font(name, cut_down(family, weight, characters, name))
    font.unregister()  # the library keeps the first of two fonts with one name
    pdfmetrics.registerFont(font)
    return name


class _Font(ttfonts.TTFont):  # type: ignore[misc]  # the library ships no types
    """A font with searchable rare characters.

    The library writes characters beyond U+FFFF as they are; PDF requires UTF-16.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the library's name
        super().addObjects(doc)
        for name, found in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                found.content = _BEYOND.sub(_utf16, found.content)


def _utf16(found: re.Match[str]) -> str:
    return f"<{chr(int(found[1], 16)).encode('utf-16-be').hex()}>"


def cut_down(family: str, weight: int, characters: set[str], name: str) -> io.BytesIO:
    """Return a font file of one weight with only these characters, under the given name."""
    options = Options(layout_features=[], notdef_outline=True, hinting=False)
    options.drop_tables += _LAYOUT
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(characters))
    with TTFont(font_path(family), fontNumber=0, lazy=True, recalcTimestamp=False) as font:
        # Otherwise the library names each of some 30,000 glyphs after its characters.
        font.setGlyphOrder([f"glyph{number:05}" for number in range(font["maxp"].numGlyphs)])
        subsetter.subset(font)
        if "fvar" in font:
            instantiateVariableFont(font, {"wght": weight}, inplace=True)
        for record in font["name"].names:
            if record.nameID == _POSTSCRIPT_NAME:  # fonts with one name are one font in a PDF
                record.string = name
        written = io.BytesIO()
        font.save(written)
    written.seek(0)
    return written


CARDS_MAX = 500
"""The most cards of one file: it takes some megabytes while it is made."""

CARD_MM = (85.6, 54.0)
ACROSS, DOWN = 2, 5
CARDS_PER_PAGE = ACROSS * DOWN

_GAP_MM = 3.0
_BLEED_MM = 1.0  # red beyond the cut, so that an inexact cut leaves no white
_MARK_MM, _MARK_OFF_MM = 4.0, 2.0
_DOT: float = CARD_MM[0] * mm / CARD_SIZE[0]
_HEIGHT: float = CARD_MM[1] * mm / _DOT  # in dots, like everything on a card
_PLAIN = 400
_SMALLEST = 3 / 5

_one_at_a_time = threading.Lock()  # the library keeps its fonts by name, for the whole process


def card_sheet(faces: Sequence[CardFace]) -> bytes:
    """Return a PDF of A4 pages: 1 to CARDS_MAX cards of 85.6 by 54 mm, row by row.

    Another number of cards raises ValueError; the other errors are those of `card_picture`.
    """
    if not 1 <= len(faces) <= CARDS_MAX:
        raise ValueError("cards")
    codes = [Code(face.code_text) for face in faces]
    lines = [list(texts(face, code)) for face, code in zip(faces, codes, strict=True)]
    with _one_at_a_time:
        fonts = _fonts(chain.from_iterable(lines))
        written = io.BytesIO()
        canvas = Canvas(written, pagesize=A4, pageCompression=1, invariant=1)
        canvas.setTitle("会员卡 Member cards")
        for first in range(0, len(codes), CARDS_PER_PAGE):
            _draw_marks(canvas)
            for place, code in enumerate(codes[first : first + CARDS_PER_PAGE]):
                _draw_card(canvas, code, lines[first + place], place, fonts)
            canvas.showPage()
        canvas.save()
        return written.getvalue()


def _corner(place: int) -> tuple[float, float]:
    """Return the lower left corner of the card at index `place` on its page, in points."""
    down, across = divmod(place, ACROSS)
    width, height, gap = CARD_MM[0] * mm, CARD_MM[1] * mm, _GAP_MM * mm
    left = (A4[0] - ACROSS * width - (ACROSS - 1) * gap) / 2
    top = (A4[1] + DOWN * height + (DOWN - 1) * gap) / 2
    return left + across * (width + gap), top - height - down * (height + gap)


def _draw_marks(canvas: Any) -> None:
    """Draw the crop marks: along each edge of the cards, outside all of them."""
    canvas.setLineWidth(0.25)
    last = CARDS_PER_PAGE - 1
    left, bottom = _corner(last - 1)[0], _corner(last)[1]
    right, top = _corner(last)[0] + CARD_MM[0] * mm, _corner(0)[1] + CARD_MM[1] * mm
    off, end = _MARK_OFF_MM * mm, (_MARK_OFF_MM + _MARK_MM) * mm
    for place in range(ACROSS):
        for x in (_corner(place)[0], _corner(place)[0] + CARD_MM[0] * mm):
            canvas.line(x, top + off, x, top + end)
            canvas.line(x, bottom - off, x, bottom - end)
    for place in range(0, CARDS_PER_PAGE, ACROSS):
        for y in (_corner(place)[1], _corner(place)[1] + CARD_MM[1] * mm):
            canvas.line(left - off, y, left - end, y)
            canvas.line(right + off, y, right + end, y)


def _draw_card(
    canvas: Any, code: Code, lines: list[Text], place: int, fonts: dict[tuple[str, int], str]
) -> None:
    """Draw a card at index `place` of its page, in dots from its lower left corner."""
    canvas.saveState()
    canvas.translate(*_corner(place))
    canvas.scale(_DOT, _DOT)
    _draw_background(canvas)
    _draw_code(canvas, code)
    for line in lines:
        _write(canvas, line, fonts)
    canvas.restoreState()


def _draw_background(canvas: Any) -> None:
    """Draw the background: red, darker to the left, with three rings of faint gold."""
    width, bleed = CARD_SIZE[0], _BLEED_MM * mm / _DOT
    canvas.saveState()
    edge = canvas.beginPath()
    edge.rect(-bleed, -bleed, width + 2 * bleed, _HEIGHT + 2 * bleed)
    canvas.clipPath(edge, stroke=0, fill=0)
    canvas.linearGradient(-bleed, 0, width + bleed, 0, (HexColor(DARK_RED), HexColor(RED)))
    canvas.setStrokeColor(HexColor(GOLD), alpha=0.1)
    canvas.setLineWidth(45)
    for radius in (310, 450, 590):
        canvas.circle(780, _up(620), radius)
    canvas.restoreState()
    canvas.setStrokeColor(HexColor(GOLD))
    canvas.setLineWidth(4)
    canvas.line(MARGIN, _up(208), MARGIN + 72, _up(208))


def _draw_code(canvas: Any, code: Code) -> None:
    canvas.setFillColor(HexColor(WHITE))
    canvas.roundRect(
        code.left - 10, _up(code.bottom + 112), code.width + 20, code.width + 122, 18, 0, 1
    )
    canvas.setFillColor(HexColor("#000000"))
    dark = canvas.beginPath()
    for row, line in enumerate(code.rows, 1):
        bottom = _up(code.top + row * code.scale)
        for start, length in dark_runs(line):
            left = code.left + start * code.scale
            dark.rect(left, bottom, length * code.scale, code.scale)
    canvas.drawPath(dark, stroke=0, fill=1)


def _write(canvas: Any, line: Text, fonts: dict[tuple[str, int], str]) -> None:
    parts = [(fonts[family, _weight(line)], run) for family, run in runs(line.field, line.text)]
    natural = sum(pdfmetrics.stringWidth(run, font, 1) for font, run in parts)
    size: float = min(line.size, line.width / natural) if natural else line.size
    if size < line.size * _SMALLEST:
        raise InputInvalid(field=line.field, problem="too_long")
    left = line.left + (line.width - natural * size) / 2 if line.centred else line.left
    canvas.setFillColor(HexColor(line.fill))
    for font, run in parts:
        canvas.setFont(font, size)
        ascent, descent = pdfmetrics.getAscentDescent(font, size)
        canvas.drawString(left, _up(line.middle) - (ascent + descent) / 2, run)
        left += pdfmetrics.stringWidth(run, font, size)


def _weight(line: Text) -> int:
    """Return the weight of a text on paper: each further one would be a further font."""
    return BOLD if line.weight == BOLD else _PLAIN


def _up(dots: float) -> float:
    """Convert dots from the top of a card to dots from its bottom, as PDF counts."""
    return _HEIGHT - dots


def _fonts(lines: Iterable[Text]) -> dict[tuple[str, int], str]:
    """Register the fonts that these texts need; return their names by family and weight."""
    used: dict[tuple[str, int], set[str]] = defaultdict(set)
    for line in lines:
        for family, run in runs(line.field, line.text):
            used[family, _weight(line)].update(run)
    return {font: register(*font, found) for font, found in used.items()}
