"""Fonts reduced to the characters in use, with searchable text in PDFs."""

import io
import re
from typing import Any

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # it ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # likewise
from fontTools.varLib.instancer import instantiateVariableFont  # type: ignore[import-untyped]  # likewise
from reportlab.pdfbase import pdfmetrics, ttfonts  # type: ignore[import-untyped]  # likewise

from pos_gateway.printing.card_image import font_path

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
