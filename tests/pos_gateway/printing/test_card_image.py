import io
from datetime import date
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ledger.errors import InputInvalid
from pos_gateway.printing import card_image
from pos_gateway.printing.card_image import CARD_SIZE, CardFace, FontMissing, card_picture
from tests.pos_gateway.codes.test_qr_image import zbar, zxing

PRINTED = "HK0:0123456789ABCDEFGHJKMNPQRS"
PARTICULARS: dict[str, Any] = {
    "title_zh": "密云区工会会员互助服务卡",
    "title_en": "Miyun Union Member Mutual-Aid Service Card",
    "holder_masked": "欧阳*明",
    "number_hint": "尾号 PQRS",
    "code_text": PRINTED,
    "valid_until": date(2029, 12, 31),
}


def card(**changed: Any) -> Image.Image:
    return Image.open(io.BytesIO(card_picture(CardFace(**PARTICULARS | changed))))


def test_the_code_on_a_card_is_read_by_two_decoders() -> None:
    image = card()

    assert zxing(image) == [PRINTED]
    assert zbar(image) == [PRINTED]


def test_the_number_stands_below_the_code_for_whoever_has_to_type_it() -> None:
    below = (615, 480, 950, 545)
    other = "HK0:ZYXWVTSRQPNMKJHGFEDCBA9876"

    assert card(code_text=PRINTED).crop(below).tobytes() != (
        card(code_text=other).crop(below).tobytes()
    )


def test_a_card_is_of_the_size_of_a_bank_card_at_300_dots_an_inch() -> None:
    image = card()

    assert image.size == CARD_SIZE
    assert [round(dots) for dots in image.info["dpi"]] == [300, 300]
    assert round(image.width / 300 * 25.4, 1) == 85.7


def test_a_module_on_plastic_is_at_least_four_dots_wide() -> None:
    pixels = np.asarray(card().convert("L"))
    row = pixels[180, 651:912] < 128  # through the top finder patterns
    edges = np.flatnonzero(np.diff(row.astype(int))) + 1

    assert np.diff(edges).min() >= 4
    assert {int(width) % 9 for width in np.diff(edges)} == {0}


@pytest.mark.parametrize("holder", ["张*", "*䶮", "𠮷*", "阿*·買買提", "J. S*"])
def test_rare_characters_are_drawn_in_a_font_that_has_them(holder: str) -> None:
    drawn, blank = card(holder_masked=holder), card(holder_masked=" ")

    assert np.asarray(drawn).tobytes() != np.asarray(blank).tobytes()


def test_a_character_no_font_has_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputInvalid) as refused:
        card(holder_masked="张*\U000323af")

    assert refused.value.particulars == {
        "field": "holder_masked",
        "problem": "no_glyph",
        "position": 3,
    }


@pytest.mark.parametrize("character", ["\n", "\t", "\x00", "😀", "\ue000"])
def test_what_would_be_drawn_as_a_box_is_refused(character: str) -> None:
    with pytest.raises(InputInvalid):
        card(title_zh=f"工会{character}卡")


def test_a_long_title_shrinks_and_a_longer_one_is_refused() -> None:
    card(title_zh="北京市密云区总工会会员互助")

    with pytest.raises(InputInvalid) as refused:
        card(title_zh="北京市密云区总工会会员互助" * 2)

    assert refused.value.particulars == {"field": "title_zh", "problem": "too_long"}


def test_a_card_without_an_end_shows_none() -> None:
    with_end, without_end = np.asarray(card()), np.asarray(card(valid_until=None))

    differing = np.flatnonzero((with_end != without_end).any(axis=(1, 2)))
    assert differing.min() > 540


def test_a_code_too_dense_for_plastic_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="too dense"):
        card(code_text="HK1:" + "A" * 596)


def test_without_a_chinese_font_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_image, "_FAMILIES", ("A font that nobody has",))

    with pytest.raises(FontMissing):
        card()
