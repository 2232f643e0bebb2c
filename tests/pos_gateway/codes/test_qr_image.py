import io
import re

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from pos_gateway.codes.qr_image import QUIET_ZONE, SCALE_MAX, Level, modules, png, svg

PRINTED = "HK0:0123456789ABCDEFGHJKMNPQRS"
SESSION = "HK1:" + "A0 %+-./:" * 20 + "ZZ"
EXTREMES = [PRINTED, SESSION, "HK1:  TWO  SPACES"]


def zbar(image: Image.Image) -> list[str]:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415 - importing it loads libzbar, which may be absent
    except ImportError:
        pytest.skip("libzbar0 is missing: zbar did not judge the codes")
    return [found.data.decode() for found in pyzbar.decode(image)]


def zxing(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(image.convert("L")))]


def rasterised(drawing: str, scale: int) -> Image.Image:
    """Return our own SVG, painted path by path."""
    width = int(re.findall(r'viewBox="0 0 (\d+) \1"', drawing)[0])
    painted = np.full((width, width), 255, np.uint8)
    (strokes,) = re.findall(r'stroke="#000" d="([^"]*)"', drawing)
    runs = re.findall(r"M(\d+) (\d+)\.5h(\d+)", strokes)
    assert "".join(f"M{left} {top}.5h{length}" for left, top, length in runs) == strokes
    for left, top, length in runs:
        painted[int(top), int(left) : int(left) + int(length)] = 0
    return Image.fromarray(painted.repeat(scale, 0).repeat(scale, 1))


@pytest.mark.parametrize("text", EXTREMES)
@pytest.mark.parametrize("level", ["M", "H"])
def test_a_png_is_read_by_two_decoders(text: str, level: Level) -> None:
    image = Image.open(io.BytesIO(png(text, scale=4, level=level)))

    assert zxing(image) == [text]
    assert zbar(image) == [text]


@pytest.mark.parametrize("text", EXTREMES)
def test_an_svg_is_read_by_two_decoders(text: str) -> None:
    image = rasterised(svg(text), 4)

    assert zxing(image) == [text]
    assert zbar(image) == [text]


@pytest.mark.parametrize(
    ("text", "level", "version"), [(PRINTED, "M", 2), (PRINTED, "H", 3), (SESSION, "M", 8)]
)
def test_a_code_is_no_larger_than_it_need_be(text: str, level: Level, version: int) -> None:
    rows = modules(text, level)

    assert len(rows) == 17 + 4 * version + 2 * QUIET_ZONE


def test_the_quiet_zone_is_four_white_modules() -> None:
    painted = np.array(modules(SESSION))

    inner = painted[4:-4, 4:-4]
    assert painted.sum() == inner.sum()
    assert inner[0].any()
    assert inner[:, 0].any()


def test_an_svg_is_black_on_white_and_crisp() -> None:
    drawing = svg(PRINTED)

    assert 'shape-rendering="crispEdges"' in drawing
    assert '<path fill="#fff" d="M0 0h33v33H0z"/>' in drawing
    assert len(svg(SESSION)) < 9_000


def test_a_png_has_whole_pixels_a_module() -> None:
    image = Image.open(io.BytesIO(png(PRINTED, scale=7)))

    assert image.mode == "1"
    assert image.size == (33 * 7, 33 * 7)


@pytest.mark.parametrize("scale", [0, -1, SCALE_MAX + 1])
def test_a_scale_out_of_bounds_is_our_mistake(scale: int) -> None:
    with pytest.raises(ValueError, match="scale"):
        png(PRINTED, scale=scale)


@pytest.mark.parametrize("text", ["", "A" * 601])
def test_a_text_out_of_bounds_is_our_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="text"):
        svg(text)
