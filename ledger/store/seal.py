"""The seal of a snapshot: a MAC by a key that is not in the database, at the start of its JSON.

It covers stream, version, the leaf of the fact of that version, and the text.
"""

import hmac

_BEGINS = '{"mac":"'

SEAL = len(_BEGINS) + 64 + len('",')
"""The length of a seal, which takes the place of the `{` of the text."""


def sealed(key: bytes, stream: str, version: int, leaf: bytes, text: str) -> str:
    """Return the text of a snapshot, a JSON object, with the seal as its first field."""
    return f'{_BEGINS}{_mac(key, stream, version, leaf, text)}",{text[1:]}'


def unsealed(key: bytes, stream: str, version: int, leaf: bytes | None, state: str) -> str | None:
    """Return the text that was sealed; None if the seal is missing or another one would fit.

    `leaf` is that of the stream's fact of this version now; None if there is no such fact.
    """
    text = "{" + state[SEAL:]
    mac = _mac(key, stream, version, leaf or b"", text)
    return text if leaf and state.startswith(f'{_BEGINS}{mac}",') else None


def _mac(key: bytes, stream: str, version: int, leaf: bytes, text: str) -> str:
    return hmac.digest(key, f"{stream}\0{version}\0{leaf.hex()}\0{text}".encode(), "sha256").hex()
