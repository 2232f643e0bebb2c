"""A command line and a gateway that record all output and all files they write."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from pos_gateway.child_process import free_port
from tests.support.cli_runner import Cli

HONGKA = "from pos_gateway.cli import main; main()"
# Logs every request, as an operator may choose to.
LOGGED = """
import os
from pos_gateway.app.server import Settings, serve
if __name__ == "__main__":
    serve(Settings.read(os.environ), log_access=True)
"""
SHIPPED = """
import os
from pos_gateway.app.server import Settings, serve
if __name__ == "__main__":
    serve(Settings.read(os.environ))
"""


class CapturedCli(Cli):
    """A command line that records its output under `home`, beside the files it writes."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / "var")
        self.home = home
        self.said = (home / "said").open("ab")

    def run(self, *typed: str, answers: str = "", code: int = 0) -> click.testing.Result:
        result = super().run(*typed, answers=answers, code=code)
        self.keep(result.output.encode())
        return result

    def keep(self, heard: bytes) -> None:
        self.said.write(heard + b"\n")
        self.said.flush()

    def prompted(self, *typed: str, answers: str) -> bytes:
        """Run a command in its own process, because click's runner repeats typed input."""
        self.sign_in_for(*typed)
        done = subprocess.run(
            [sys.executable, "-c", HONGKA, *typed],
            env=os.environ | self.environment,
            input=answers.encode(),
            capture_output=True,
            check=True,
        )
        self.keep(done.stdout + done.stderr)
        self.confirm(done.stdout.decode())
        return done.stdout


class CapturedGateway:
    """A served gateway whose every answer is recorded."""

    def __init__(self, captured_cli: CapturedCli, key: str, program: str) -> None:
        self.captured_cli, self.key = captured_cli, key
        self.port = free_port()
        path = captured_cli.home.parent / "program.py"
        path.write_text(program)
        self.process = subprocess.Popen(
            [sys.executable, str(path)],
            env=os.environ
            | captured_cli.environment
            | {
                "HONGKA_PORT": str(self.port),
                "HONGKA_HEALTH_PORT": str(self.port + 1),
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            stdout=captured_cli.said,
            stderr=captured_cli.said,
        )
        give_up = time.monotonic() + 60
        while True:
            try:
                self.ask("GET", "/readyz")
            except OSError:
                assert time.monotonic() < give_up
                time.sleep(0.05)
            else:
                return

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        port = self.port + 1 if path in {"/metrics", "/readyz"} else self.port
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        line.request(method, path, content if body is not None else None, sent | (headers or {}))
        answer = line.getresponse()
        heard = answer.read()
        line.close()
        self.captured_cli.keep(bytes(answer.headers) + heard)
        return answer.status, json.loads(heard) if heard[:1] == b"{" else heard

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0


@pytest.fixture
def captured_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedCli]:
    """Return a command line whose processes can write only into one folder."""
    home = tmp_path / "written"
    (home / "tmp").mkdir(parents=True)
    monkeypatch.chdir(home)
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    made = CapturedCli(home)
    yield made
    made.said.close()
