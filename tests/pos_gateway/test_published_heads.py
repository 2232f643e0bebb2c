import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ledger.proof.note import HeadKey
from pos_gateway.published_heads import published, publisher

NOTES = [HeadKey(b"k" * 32).sign((size, bytes(32))) for size in (1, 2, 300)]


class Witness(HTTPServer):
    """A server that keeps what is posted, and answers with a status of choice."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.status = 200
        self.posted: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/heads"


class _Posted(BaseHTTPRequestHandler):
    server: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(body.decode())
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def witness() -> Iterator[Witness]:
    server = Witness()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_file_only_grows_and_gives_every_note_back(tmp_path: Path) -> None:
    path = tmp_path / "heads" / "checkpoints.txt"
    assert published(path) == []

    for note in NOTES:
        publisher(str(path))(note)

    assert published(path) == NOTES
    path.write_text(path.read_text() + NOTES[0][:40])
    assert published(path) == [*NOTES, NOTES[0][:40]]  # half a note, and nothing lost before it
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "heads").write_text("no folder")

    with pytest.raises(OSError, match="heads"):
        publisher(f"{tmp_path}/heads/checkpoints.txt")(NOTES[0])


def test_an_address_gets_each_note(witness: Witness) -> None:
    for note in NOTES:
        publisher(witness.url)(note)

    assert witness.posted == NOTES


@pytest.mark.parametrize("status", [302, 403, 500])
def test_an_address_that_does_not_take_a_note_is_an_error(witness: Witness, status: int) -> None:
    witness.status = status

    with pytest.raises(OSError, match=f"answered {status}"):
        publisher(witness.url)(NOTES[0])


def test_an_address_that_is_away_is_an_error(witness: Witness) -> None:
    witness.server_close()

    with pytest.raises(OSError, match=r"port=|Connection"):
        publisher(witness.url)(NOTES[0])
