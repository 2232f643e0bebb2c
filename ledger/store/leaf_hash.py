"""The leaf hash of a fact, over its stored bytes."""

from __future__ import annotations

from hashlib import sha256

from ledger.store.rows import Draft

FORMAT = "hongka/fact/1"
"""The name of the layout of the hashed bytes; a new layout needs a new name."""


def leaf(position: int, draft: Draft) -> bytes:
    """Return the leaf hash (32 bytes) of a fact at its position, as in RFC 6962.

    The fields are format, position, stream, version, topic, at, metadata and payload, each as UTF-8
    after its length in 4 bytes, so that no two facts share a byte string.
    """
    hashed = b"\x00" + _FORMAT_FIELD
    for text in (
        str(position),
        draft.stream,
        str(draft.version),
        draft.topic,
        draft.at,
        draft.metadata,
        draft.payload,
    ):
        field = text.encode()
        hashed += len(field).to_bytes(4, "big") + field
    return sha256(hashed).digest()


_FORMAT_FIELD = len(FORMAT).to_bytes(4, "big") + FORMAT.encode()
