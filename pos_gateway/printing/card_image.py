"""The picture of a plastic card: red, Chinese first, with the printed code on white."""

from __future__ import annotations

import io
import unicodedata
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import groupby

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types
from justmytype import get_default_registry
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ledger.errors import HongkaError, InputInvalid
from pos_gateway.codes.printed import lines_to_type
from pos_gateway.codes.qr_image import modules, picture

CARD_SIZE = (1012, 638)
"""CR80, 85.6 by 54 mm, in dots."""

DOTS_PER_INCH = 300

_CODE_WIDTH_MAX = 340  # with the quiet zone: 29 mm
_DOTS_PER_MODULE_MIN = 4  # as DENSO WAVE advises

# The first font that has a character draws it. The first two come with justmytype-intl-cjk.
_FAMILIES = (
    "Noto Sans SC",
    "Noto Sans JP",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK SC",
    "Droid Sans Fallback",
)

DARK_RED, RED, GOLD, CREAM, INK = "#9e0b16", "#d7212f", "#f7d694", "#fff4e3", "#5b1016"
MARGIN = 64
TEXT_WIDTH = 500


class FontMissing(HongkaError):
    """No font with Chinese characters is installed."""


def card_picture(
    *,
    title_zh: str,
    title_en: str,
    holder_masked: str,
    number_hint: str,
    code_text: str,
    valid_until: date | None,
) -> bytes:
    """Return a card as PNG, 1012 by 638 dots at 300 to the inch, for printing to the edges.

    Raises:
        InputInvalid: `field` holds a character that no font has (at `position`), or is too long.
        FontMissing: no font with Chinese characters is installed.
        ValueError: the code is too dense for plastic.
    """
    card = _background()
    _draw_code(card, code_text)
    draw = ImageDraw.Draw(card)

    def write(field: str, text: str, top: int, size: int, fill: str, weight: int = 400) -> None:
        line = _fitted(field, text, size=size, weight=weight, width=TEXT_WIDTH)
        _draw_line(draw, (MARGIN, top), line, fill)

    write("title_zh", title_zh, 118, 62, "white", 700)
    write("title_en", title_en, 170, 26, GOLD)
    draw.line((MARGIN, 208, MARGIN + 72, 208), fill=GOLD, width=4)
    write("holder_masked", "持卡人 Holder", 396, 22, GOLD)
    write("holder_masked", holder_masked, 452, 48, "white", 500)
    write("number_hint", f"卡号 No.  {number_hint}", 524, 26, CREAM)
    if valid_until:
        write("valid_until", f"有效期至 Valid thru  {valid_until.isoformat()}", 566, 26, CREAM)
    written = io.BytesIO()
    card.save(written, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return written.getvalue()


def _background() -> Image.Image:
    """Return the background: red, darker to the left, with three rings of faint gold."""
    shade = Image.linear_gradient("L").rotate(90).resize(CARD_SIZE)
    card = ImageOps.colorize(shade, black=DARK_RED, white=RED)
    # Rings are drawn large and scaled down, because Pillow draws them without smooth edges.
    rings = Image.new("L", (CARD_SIZE[0] * 2, CARD_SIZE[1] * 2))
    draw = ImageDraw.Draw(rings)
    for radius in (620, 900, 1180):
        draw.circle((1560, 1240), radius, outline=26, width=90)
    card.paste(GOLD, mask=rings.resize(CARD_SIZE, Image.Resampling.LANCZOS))
    return card


def code_scale(width: int) -> int:
    """Return the dots per module that fit a code of `width` modules on a card.

    Raises:
        ValueError: the code is too dense for plastic.
    """
    scale = _CODE_WIDTH_MAX // width
    if scale < _DOTS_PER_MODULE_MIN:
        raise ValueError("the code is too dense for plastic")
    return scale


def _draw_code(card: Image.Image, code_text: str) -> None:
    scale = code_scale(len(modules(code_text, "H")))
    code = picture(code_text, scale=scale, level="H")
    left = CARD_SIZE[0] - MARGIN - code.width
    top = (CARD_SIZE[1] - code.height) // 2 - 46
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle(
        (left - 10, top - 10, left + code.width + 10, top + code.height + 112), 18, fill="white"
    )
    card.paste(code, (left, top))
    # The number can be typed when the picture is scratched.
    first, second = lines_to_type(code_text)
    for text, below, size in (
        ("出示此码 Show this code", 20, 24),
        (first, 56, 22),
        (second, 86, 22),
    ):
        line = _fitted("code_text", text, size=size, weight=500, width=code.width)
        middle = left + (code.width - _width(line)) // 2
        _draw_line(draw, (middle, top + code.height + below), line, INK)


Line = list[tuple[ImageFont.FreeTypeFont, str]]
"""A line of text as pairs of a font and the run of characters drawn in it."""


def _fitted(field: str, text: str, *, size: int, weight: int, width: int) -> Line:
    """Return the text at `size`, or as much smaller as it needs to fit into `width` dots.

    Raises:
        InputInvalid: it is too long even at three fifths of the size.
    """
    parts = runs(field, text)
    for smaller in range(size, size * 3 // 5, -2):
        line = [(_font(family, smaller, weight), run) for family, run in parts]
        if _width(line) <= width:
            return line
    raise InputInvalid(field=field, problem="too_long")


def _width(line: Line) -> int:
    return round(sum(font.getlength(run) for font, run in line))


def _draw_line(
    draw: ImageDraw.ImageDraw, left_middle: tuple[int, int], line: Line, fill: str
) -> None:
    left, middle = left_middle
    for font, run in line:
        draw.text((left, middle), run, font=font, fill=fill, anchor="lm")
        left += round(font.getlength(run))


def runs(field: str, text: str) -> list[tuple[str, str]]:
    """Split the text into (font family, run) pairs, each run in a font that has its characters.

    Raises:
        InputInvalid: `field` holds a character that no font has (at `position`).
        FontMissing: no font with Chinese characters is installed.
    """
    shown = unicodedata.normalize("NFC", text)
    families = [
        _family(field, position, character) for position, character in enumerate(shown, start=1)
    ]
    paired = groupby(zip(families, shown, strict=True), key=lambda pair: pair[0])
    return [(family, "".join(pair[1] for pair in pairs)) for family, pairs in paired]


def _family(field: str, position: int, character: str) -> str:
    for family in _FAMILIES:
        if ord(character) in _characters(family):
            return family
    if not any(map(_characters, _FAMILIES)):
        raise FontMissing
    # The position, not the character, which is part of somebody's name.
    raise InputInvalid(field=field, problem="no_glyph", position=position)


@cache
def font_path(family: str) -> str | None:
    """Return the path of a font family's file; None where it is not installed."""
    found = get_default_registry().find_font(family)
    return str(found.path) if found else None


@cache
def _characters(family: str) -> frozenset[int]:
    """Return the code points that a font has; the empty set where it is not installed."""
    path = font_path(family)
    if path is None:
        return frozenset()
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _font(family: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    path = font_path(family)
    if path is None:
        raise FontMissing
    font = ImageFont.truetype(path, size)
    with suppress(OSError):  # a font with one weight is drawn in it
        font.set_variation_by_axes([weight])
    return font
