from typing import Any

import pytest

from tests.support.app import WANG_CARD
from tests.support.app_with_drop import WANG, DropApp, status_and_reason
from tests.support.signing_phone import Phone


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("POST", "/card/session-codes", {"count": 21}),
        ("POST", "/card/session-codes", {"count": 0}),
        ("PUT", "/card/device", {"algorithm": "RSA", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 43}),
        ("PUT", "/card/device", {"algorithm": "Ed25519", "public_key": "A" * 45}),
        ("PUT", "/card/device", {"algorithm": "P-256", "public_key": "=" * 43}),
        ("PUT", "/card/device", Phone().asked | {"algorithm": "P-256"}),
        ("POST", "/card/block", {"card": WANG_CARD}),
    ],
)
def test_what_cannot_be_is_refused(
    drop_app: DropApp, method: str, path: str, asked: dict[str, Any]
) -> None:
    position = drop_app.position

    answer = drop_app.as_member(WANG, method, path, asked)

    assert status_and_reason(answer) == (422, "input_invalid")
    assert drop_app.position == position
