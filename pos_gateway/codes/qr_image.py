"""Codes as pictures: PNG for print, SVG for screens; black on white, with a quiet zone."""

import io
from itertools import groupby
from typing import Literal

from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M

from pos_gateway.codes import TEXT_MAX

QUIET_ZONE = 4
"""White modules around a code, as ISO/IEC 18004 requires."""

SCALE_MAX = 40

Level = Literal["M", "H"]
"""Error correction: M on screens; H on plastic, which has scratches and glare."""

_LEVELS = {"M": ERROR_CORRECT_M, "H": ERROR_CORRECT_H}


def modules(text: str, level: Level = "M") -> list[list[bool]]:
    """Return the QR code of a text as rows of modules, True for dark, with the quiet zone.

    Raises:
        ValueError: the text is empty or longer than 600 characters.
    """
    if not 0 < len(text) <= TEXT_MAX:
        raise ValueError("text")
    code = QRCode(error_correction=_LEVELS[level], border=QUIET_ZONE, box_size=1)
    code.add_data(text, optimize=0)  # in one segment: a switch of mode costs more than it saves
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


def picture(text: str, *, scale: int, level: Level = "M") -> Image.Image:
    """Return the QR code of a text as an image, each module `scale` pixels (1–40) wide.

    Another scale raises ValueError; `level` and the other errors are those of `modules`.
    """
    if not 1 <= scale <= SCALE_MAX:
        raise ValueError("scale")
    rows = modules(text, level)
    small = Image.new("1", (len(rows), len(rows)))
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    return small.resize((len(rows) * scale, len(rows) * scale), Image.Resampling.NEAREST)


def png(text: str, *, scale: int = 8, level: Level = "M") -> bytes:
    """Return the QR code of a text as PNG; arguments and errors are those of `picture`."""
    written = io.BytesIO()
    picture(text, scale=scale, level=level).save(written, "PNG")
    return written.getvalue()


def svg(text: str, level: Level = "M") -> str:
    """Return the QR code of a text as an SVG element, one unit a module; errors as of `modules`.

    The white is drawn too, because an inverted code would not scan on a dark page.
    """
    rows = modules(text, level)
    width = len(rows)
    strokes = "".join(
        f"M{start} {row}.5h{length}"
        for row, line in enumerate(rows)
        for start, length in dark_runs(line)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{width}H0z"/>'
        f'<path stroke="#000" d="{strokes}"/></svg>'
    )


def dark_runs(line: list[bool]) -> list[tuple[int, int]]:
    """Return the (start, length) of each run of dark modules in a row."""
    runs = []
    start = 0
    for dark, run in groupby(line):
        length = len(list(run))
        if dark:
            runs.append((start, length))
        start += length
    return runs
