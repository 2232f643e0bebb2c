"""Ed25519 signatures, verified by libsodium without giving up the interpreter's lock.

PyNaCl releases the lock, and the loop then waits for the writer's thread to return it: decision 64
has the cost.
"""

import ctypes

from nacl import _sodium

_SIGNATURE_BYTES, _KEY_BYTES = 64, 32

_verify = ctypes.PyDLL(_sodium.__file__).crypto_sign_verify_detached
_verify.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulonglong, ctypes.c_char_p)


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether the owner of the key `public` (32 bytes) made this signature (64 bytes)."""
    return (
        len(signature) == _SIGNATURE_BYTES
        and len(public) == _KEY_BYTES
        and _verify(signature, message, len(message), public) == 0
    )
