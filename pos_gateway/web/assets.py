"""Assets of pages: URLs with the hash of their content, served compressed."""

from functools import lru_cache
from pathlib import Path

import msgspec
from flask import Response, request, send_from_directory

_STATIC = Path(__file__).parents[1] / "static"
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm"}
_TYPES |= {".webmanifest": "application/manifest+json"}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}

FOR_EVER = "public, max-age=31536000, immutable"
"""The cache header of a URL that contains the hash of its content."""

ASK_AGAIN = "no-cache"


class AssetsMissing(RuntimeError):
    """The assets are not built, or the build has no file of this name."""


def asset(name: str) -> str:
    """Return the URL, with content hash, of a built file: `sw-card.js`; or raise AssetsMissing."""
    found = _addresses().get(name)
    if found is None:
        raise AssetsMissing(f"{name} is none of what pos_gateway/browser/build.mjs builds")
    return found


def served(name: str) -> Response:
    """Return a response with a file under `static`: in Brotli or gzip if the browser accepts it.

    Raise werkzeug's NotFound for a missing file. Browsers keep a URL with a content hash for a
    year, and check any other one again each time.
    """
    suffix = Path(name).suffix
    encoding = next((one for one in _ENCODINGS if _is_there(name, one)), None)
    sent = name + _ENCODINGS[encoding] if encoding else name
    response = send_from_directory(_STATIC, sent, mimetype=_TYPES.get(suffix))
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    address = f"{request.path}?{request.query_string.decode('latin-1')}"
    response.headers["Cache-Control"] = FOR_EVER if address in _addresses().values() else ASK_AGAIN
    if Path(name).name.startswith("sw-"):  # a service worker keeps pages outside its own folder
        response.headers["Service-Worker-Allowed"] = "/"
    return response


def _is_there(name: str, encoding: str) -> bool:
    if request.accept_encodings.quality(encoding) == 0:
        return False
    path = (_STATIC / f"{name}{_ENCODINGS[encoding]}").resolve()
    return path.is_relative_to(_STATIC) and path.is_file()


def _addresses() -> dict[str, str]:
    path = _STATIC / "dist" / "addresses.json"
    try:
        built = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsMissing("what pages load is not built: start scripts/setup") from None
    return _read(path, built)


@lru_cache(maxsize=1)
def _read(path: Path, _built: int) -> dict[str, str]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
