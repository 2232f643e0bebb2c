"""Signed heads of the log: checkpoints of C2SP tlog-checkpoint in signed notes, with Ed25519."""

import hmac
import re
from base64 import b64decode, b64encode
from hashlib import sha256

from nacl.signing import SigningKey

_NOTE = re.compile(r".+\n(?P<size>\d{1,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n\n(?:— .+\n)+")

Checkpoint = tuple[int, bytes]
"""The size of the log, and the root (32 bytes) of its tree."""


class HeadKey:
    """The key of one ledger that signs heads, made from its secret; the origin names the key.

    `verifier` is the public key as other programs take it: the verifier key of a signed note.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = SigningKey(derived(secret, "heads"))
        public = b"\x01" + bytes(self._key.verify_key)
        self.origin = f"hongka/{sha256(public).hexdigest()[:12]}"
        self._id = sha256(f"{self.origin}\n".encode() + public).digest()[:4]
        self.verifier = f"{self.origin}+{self._id.hex()}+{b64encode(public).decode()}"

    def sign(self, checkpoint: Checkpoint) -> str:
        """Return a checkpoint as a signed note."""
        text = f"{self.origin}\n{checkpoint[0]}\n{b64encode(checkpoint[1]).decode()}\n"
        signature = self._id + self._key.sign(text.encode()).signature
        return f"{text}\n— {self.origin} {b64encode(signature).decode()}\n"

    def read(self, note: str) -> Checkpoint | None:
        """Return the checkpoint of a note that this key signed first; None for any other text."""
        if found := _NOTE.fullmatch(note):
            checkpoint = int(found["size"]), b64decode(found["root"])
            if note.startswith(self.sign(checkpoint)):  # Ed25519 signs the same text the same way
                return checkpoint
        return None


def derived(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose from the secret of a ledger."""
    return hmac.digest(secret, f"hongka/{purpose}/1".encode(), "sha256")
