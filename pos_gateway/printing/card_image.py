"""The layout and the picture of a plastic card: red, Chinese first, the printed code on white."""

import io
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import groupby

import msgspec
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
WHITE = "#ffffff"
MARGIN = 64
BOLD = 700


class FontMissing(HongkaError):
    """No font with Chinese characters is installed."""


class CardFace(msgspec.Struct, frozen=True, kw_only=True):
    """The printed content of one card; without a last day, `valid_until` is None.

    `number_hint` is the end of the card's id, `code_text` the printed code with its prefix.
    """

    title_zh: str
    title_en: str
    holder_masked: str
    number_hint: str
    code_text: str
    valid_until: date | None


class Code:
    """A QR code on a card: its rows of modules, and its box in dots from the card's top left."""

    def __init__(self, text: str) -> None:
        """Place the QR code of `text` on the right of a card.

        Raises:
            ValueError: the code is too dense for plastic.
        """
        self.text = text
        self.rows = modules(text, "H")
        self.scale = _CODE_WIDTH_MAX // len(self.rows)
        if self.scale < _DOTS_PER_MODULE_MIN:
            raise ValueError("the code is too dense for plastic")
        self.width = len(self.rows) * self.scale
        self.left = CARD_SIZE[0] - MARGIN - self.width
        self.top = (CARD_SIZE[1] - self.width) // 2 - 46
        self.bottom = self.top + self.width


class Text(msgspec.Struct, frozen=True):
    """A line of text: left edge, middle, size and greatest width, in dots of the card.

    `field` is the field of `CardFace` that it shows, which errors name.
    """

    field: str
    text: str
    left: int
    middle: int
    size: int
    fill: str
    weight: int = 400
    width: int = 500
    centred: bool = False


def texts(face: CardFace, code: Code) -> Iterator[Text]:
    """Yield the texts of a card with their places, among them the number below the code."""
    yield Text("title_zh", face.title_zh, MARGIN, 118, 62, WHITE, BOLD)
    yield Text("title_en", face.title_en, MARGIN, 170, 26, GOLD)
    yield Text("holder_masked", "持卡人 Holder", MARGIN, 396, 22, GOLD)
    yield Text("holder_masked", face.holder_masked, MARGIN, 452, 48, WHITE, 500)
    yield Text("number_hint", f"卡号 No.  {face.number_hint}", MARGIN, 524, 26, CREAM)
    if face.valid_until:
        until = f"有效期至 Valid thru  {face.valid_until.isoformat()}"
        yield Text("valid_until", until, MARGIN, 566, 26, CREAM)
    # The number can be typed when the picture is scratched.
    first, second = lines_to_type(code.text)
    for text, below, size in (
        ("出示此码 Show this code", 20, 24),
        (first, 56, 22),
        (second, 86, 22),
    ):
        yield Text(
            "code_text", text, code.left, code.bottom + below, size, INK, 500, code.width, True
        )


def card_picture(face: CardFace) -> bytes:
    """Return a card as PNG, 1012 by 638 dots at 300 to the inch, for printing to the edges.

    Raises:
        InputInvalid: `field` holds a character that no font has (at `position`), or is too long.
        FontMissing: no font with Chinese characters is installed.
        ValueError: the code is too dense for plastic.
    """
    card, code = _background(), Code(face.code_text)
    draw = ImageDraw.Draw(card)
    draw.line((MARGIN, 208, MARGIN + 72, 208), fill=GOLD, width=4)
    edges = (code.left - 10, code.top - 10, code.left + code.width + 10, code.bottom + 112)
    draw.rounded_rectangle(edges, 18, fill=WHITE)
    card.paste(picture(code.text, scale=code.scale, level="H"), (code.left, code.top))
    for text in texts(face, code):
        _write(draw, text)
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


def _write(draw: ImageDraw.ImageDraw, text: Text) -> None:
    """Draw a text as large as it fits; InputInvalid if three fifths of its size are too large."""
    parts = runs(text.field, text.text)
    for size in range(text.size, text.size * 3 // 5, -2):
        line = [(_font(family, size, text.weight), run) for family, run in parts]
        width = round(sum(font.getlength(run) for font, run in line))
        if width <= text.width:
            break
    else:
        raise InputInvalid(field=text.field, problem="too_long")
    left = text.left + (text.width - width) // 2 if text.centred else text.left
    for font, run in line:
        draw.text((left, text.middle), run, font=font, fill=text.fill, anchor="lm")
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
