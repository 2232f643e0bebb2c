"""Cards on A4 sheets as PDF, ten to a page with crop marks, for an office printer and a knife.

Text stays text, in a font of just its characters, and codes are outlines: sharp at any size.
"""

from __future__ import annotations

import io
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]  # it ships no types
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]  # likewise
from reportlab.lib.units import mm  # type: ignore[import-untyped]  # likewise
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]  # likewise
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # likewise

from ledger.errors import InputInvalid
from pos_gateway.codes.printed import lines_to_type
from pos_gateway.codes.qr_image import dark_runs, modules
from pos_gateway.printing.card_image import (
    CARD_SIZE,
    CREAM,
    DARK_RED,
    GOLD,
    INK,
    MARGIN,
    RED,
    TEXT_WIDTH,
    code_scale,
    runs,
)
from pos_gateway.printing.fonts import register

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
_PLAIN, _BOLD = 400, 700
_SMALLEST = 3 / 5

_one_at_a_time = threading.Lock()  # the library keeps its fonts by name, for the whole process


class CardFace(msgspec.Struct, frozen=True, kw_only=True):
    """The printed content of one card."""

    title_zh: str
    title_en: str
    holder_masked: str
    number_hint: str
    code_text: str
    valid_until: date | None


class _Code:
    """A QR code on a card: its modules, and its box in dots from the card's top left."""

    def __init__(self, text: str) -> None:
        self.rows = modules(text, "H")
        self.scale = code_scale(len(self.rows))
        self.width = len(self.rows) * self.scale
        self.left = CARD_SIZE[0] - MARGIN - self.width
        self.top = (CARD_SIZE[1] - self.width) // 2 - 46
        self.bottom = self.top + self.width


class _Text(msgspec.Struct, frozen=True):
    """A line of text: left edge, middle, size and greatest width, in dots of the card."""

    field: str
    text: str
    left: float
    middle: float
    size: float
    fill: str
    weight: int = _PLAIN
    width: float = TEXT_WIDTH
    centred: bool = False


class _Drawn(NamedTuple):
    """A card whose code and texts have their places, ready to be drawn."""

    code: _Code
    texts: list[_Text]

    @staticmethod
    def of(face: CardFace) -> _Drawn:
        code = _Code(face.code_text)
        return _Drawn(code, list(_texts(face, code)))


def card_sheet(faces: Sequence[CardFace]) -> bytes:
    """Return a PDF of A4 pages: 1 to CARDS_MAX cards of 85.6 by 54 mm, row by row.

    Raises:
        InputInvalid: a field holds a character that no font has (at `position`), or is too long.
        FontMissing: no font with Chinese characters is installed.
        ValueError: too few or too many cards, or a code too dense for plastic.
    """
    if not 1 <= len(faces) <= CARDS_MAX:
        raise ValueError("cards")
    cards = [_Drawn.of(face) for face in faces]
    with _one_at_a_time:
        fonts = _fonts(cards)
        written = io.BytesIO()
        canvas = Canvas(written, pagesize=A4, pageCompression=1, invariant=1)
        canvas.setTitle("会员卡 Member cards")
        for first in range(0, len(cards), CARDS_PER_PAGE):
            _draw_marks(canvas)
            for place, card in enumerate(cards[first : first + CARDS_PER_PAGE]):
                _draw_card(canvas, card, place, fonts)
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


def _draw_card(canvas: Any, card: _Drawn, place: int, fonts: dict[tuple[str, int], str]) -> None:
    """Draw a card at index `place` of its page, in dots from its lower left corner."""
    canvas.saveState()
    canvas.translate(*_corner(place))
    canvas.scale(_DOT, _DOT)
    _draw_background(canvas)
    _draw_code(canvas, card.code)
    for line in card.texts:
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


def _draw_code(canvas: Any, code: _Code) -> None:
    canvas.setFillColor(HexColor("#ffffff"))
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


def _texts(face: CardFace, code: _Code) -> Iterator[_Text]:
    """Yield the texts of a card with their places."""
    yield _Text("title_zh", face.title_zh, MARGIN, 118, 62, "#ffffff", _BOLD)
    yield _Text("title_en", face.title_en, MARGIN, 170, 26, GOLD)
    yield _Text("holder_masked", "持卡人 Holder", MARGIN, 396, 22, GOLD)
    yield _Text("holder_masked", face.holder_masked, MARGIN, 452, 48, "#ffffff")
    yield _Text("number_hint", f"卡号 No.  {face.number_hint}", MARGIN, 524, 26, CREAM)
    if face.valid_until:
        until = f"有效期至 Valid thru  {face.valid_until.isoformat()}"
        yield _Text("valid_until", until, MARGIN, 566, 26, CREAM)
    first, second = lines_to_type(face.code_text)
    for text, below, size in (
        ("出示此码 Show this code", 20, 24),
        (first, 56, 22),
        (second, 86, 22),
    ):
        middle = code.bottom + below
        yield _Text("code_text", text, code.left, middle, size, INK, _PLAIN, code.width, True)


def _write(canvas: Any, line: _Text, fonts: dict[tuple[str, int], str]) -> None:
    parts = [(fonts[family, line.weight], run) for family, run in runs(line.field, line.text)]
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


def _up(dots: float) -> float:
    """Convert dots from the top of a card to dots from its bottom, as PDF counts."""
    return _HEIGHT - dots


def _fonts(cards: Iterable[_Drawn]) -> dict[tuple[str, int], str]:
    """Register the fonts that these cards need; return their names by family and weight."""
    used: dict[tuple[str, int], set[str]] = defaultdict(set)
    for card in cards:
        for line in card.texts:
            for family, run in runs(line.field, line.text):
                used[family, line.weight].update(run)
    return {
        (family, weight): register(family, weight, found)
        for (family, weight), found in used.items()
    }
