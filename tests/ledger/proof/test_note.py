"""Signed notes, against the published example of C2SP, and what no key of ours signed."""

import base64
import hashlib

import pytest
from nacl.signing import VerifyKey

from ledger.proof.note import HeadKey, derived

KEY = HeadKey(b"k" * 32)
HEAD = (20_852_163, hashlib.sha256(b"root").digest())
NOTE = KEY.sign(HEAD)


def test_a_note_is_three_lines_and_a_signature_that_anybody_can_verify() -> None:
    # Given the public key as other programs take it: name, key id, and type with key
    name, key_id, encoded = KEY.verifier.split("+", 2)
    public = base64.b64decode(encoded)
    # Then the text is a checkpoint of C2SP
    text, signatures = NOTE.split("\n\n")
    assert text.split("\n") == [name, "20852163", base64.b64encode(HEAD[1]).decode()]
    # And the signature is over the text with its last line break
    dash, signer, signature = signatures.removesuffix("\n").split(" ")
    octets = base64.b64decode(signature)
    assert (dash, signer, octets[:4].hex()) == ("—", name, key_id)
    assert hashlib.sha256(f"{name}\n".encode() + public).hexdigest()[:8] == key_id
    VerifyKey(public[1:]).verify(f"{text}\n".encode(), octets[4:])


def test_the_key_id_and_signature_are_made_as_in_the_published_example() -> None:
    # Given the example of golang.org/x/mod/sumdb/note, which became C2SP signed-note
    verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\n"
    text += "then you don't know what your problem is.\n"
    signature = (
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
        "Zb6KE6RyyBwJnAM="
    )
    # Then it holds by the same rules as our own
    name, key_id, encoded = verifier.split("+", 2)
    public, octets = base64.b64decode(encoded), base64.b64decode(signature)
    assert hashlib.sha256(f"{name}\n".encode() + public).hexdigest()[:8] == key_id
    assert octets[:4].hex() == key_id
    VerifyKey(public[1:]).verify(text.encode(), octets[4:])


def test_a_note_is_read_back_also_with_the_signature_of_a_witness() -> None:
    assert KEY.read(NOTE) == HEAD
    assert KEY.read(f"{NOTE}— witness.example {'A' * 100}\n") == HEAD


@pytest.mark.parametrize(
    "forged",
    [
        HeadKey(b"x" * 32).sign(HEAD),
        HeadKey(b"x" * 32).sign(HEAD).replace(HeadKey(b"x" * 32).origin, KEY.origin),
        NOTE.replace("20852163", "20852164"),
        NOTE.replace("20852163\n", "20852163\nmore\n"),
        NOTE.replace("— ", "- "),
        NOTE[:-10],
        "",
        "\n\n",
    ],
)
def test_what_this_key_did_not_sign_is_not_read(forged: str) -> None:
    assert KEY.read(forged) is None


def test_each_purpose_has_its_own_key() -> None:
    assert derived(b"k" * 32, "heads") != derived(b"k" * 32, "snapshots")
