import base45 as standard
import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_gateway.codes.cose import byte_string, message, to_be_signed
from pos_gateway.codes.encoding import base45, base45_bytes

SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
# Lengths on both sides of every change of a head: 23 | 24, 255 | 256.
FIELD = st.one_of(st.binary(max_size=30), st.binary(min_size=250, max_size=260))


@given(st.binary(max_size=600))
def test_bytes_are_written_in_base45_as_the_standard_says_and_read_again(raw: bytes) -> None:
    encoded = base45(raw)

    assert encoded.encode() == standard.b45encode(raw)
    assert base45_bytes(encoded) == raw


@pytest.mark.parametrize(
    ("raw", "encoded"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_the_examples_of_rfc_9285_hold(raw: bytes, encoded: str) -> None:
    assert base45(raw) == encoded
    assert base45_bytes(encoded) == raw


@given(st.one_of(st.text(SYMBOLS, max_size=40), st.text(max_size=12)))
@example("GGW")  # 65,536
@example("::")  # 2,024 where 255 is the most
@example("FGW")  # 65,535
@example("U5")  # 255
@example("V5")  # 256
@example("A")
@example("\n")
def test_any_text_is_read_or_refused_as_the_standard_does(text: str) -> None:
    try:
        expected = standard.b45decode(text.encode())
    except ValueError:
        with pytest.raises(ValueError, match=r"Base45|ascii|bytes"):
            base45_bytes(text)
    else:
        assert base45_bytes(text) == expected


@given(header=FIELD, payload=FIELD, signature=FIELD, external=FIELD)
def test_what_is_joined_by_hand_is_what_a_library_writes(
    header: bytes, payload: bytes, signature: bytes, external: bytes
) -> None:
    structure = ["Signature1", header, external, payload]

    assert message(header, payload, signature) == cbor2.dumps([header, {}, payload, signature])
    assert to_be_signed(header, payload, external) == cbor2.dumps(structure)
    assert to_be_signed(header, payload) == cbor2.dumps(["Signature1", header, b"", payload])


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 65_535])
def test_a_byte_string_has_the_shortest_head(length: int) -> None:
    assert byte_string(bytes(length)) == cbor2.dumps(bytes(length))


def test_a_byte_string_beyond_its_limit_is_our_mistake() -> None:
    with pytest.raises(OverflowError):
        byte_string(bytes(65_536))
