import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from pos_gateway.child_process import free_port
from tests.faults.gateways import children, until
from tests.support.app import App

PROGRAM = """
import os
from pos_gateway.app.server import serve
from pos_gateway.settings import Settings

if __name__ == "__main__":
    serve(Settings.read(os.environ))
"""


class Server:
    """A server started as an operator starts it."""

    def __init__(self, home: Path, workers: int) -> None:
        port = free_port()
        self.var = home / "var"
        program = home / "program.py"
        program.write_text(PROGRAM)
        environment = {
            **os.environ,
            "HONGKA_VAR": str(self.var),
            "LEDGER_URL": f"sqlite:///{home}/log.db",
            "VIEWS_URL": f"sqlite:///{home}/views.db",
            "VAULT_URL": f"sqlite:///{home}/vault.db",
            "HONGKA_PORT": str(port),
            "HONGKA_WORKERS": str(workers),
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }
        with (home / "errors").open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(program)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        self.lines = self.process.stdout
        self.address = f"http://127.0.0.1:{port}"
        self.health = f"http://127.0.0.1:{port + 1}"

    def wait_until_ready(self) -> str:
        """Wait for the line that says it is ready. Return it."""
        return next((line.strip() for line in self.lines if line.startswith("ready")), "")

    def ask(self, method: str, path: str, key: str, body: bytes | None) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        address = self.health if path in {"/metrics", "/readyz"} else self.address
        asked = urllib.request.Request(address + path, method=method, data=body)  # noqa: S310 - ours
        asked.add_header("Authorization", f"Bearer {key}")
        asked.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - likewise
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.read()

    def stop(self) -> int:
        """Stop it and wait."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.lines.close()
        return status


@pytest.fixture(params=[1, 2])
def server(
    request: pytest.FixtureRequest,
    app: App,  # noqa: ARG001 - it makes what is served
    tmp_path: Path,
) -> Iterator[Server]:
    """Start a server on the files of the gateway, with one worker, then with two."""
    server = Server(tmp_path, request.param)
    try:
        assert server.wait_until_ready() == f"ready {server.address}"
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def test_a_server_answers_counts_and_stops_with_every_promise_kept(
    server: Server, app: App
) -> None:
    asked = [
        json.dumps({"code": app.code(), "amount_minor": 100, "choices": []}).encode()
        for _ in range(40)
    ]
    answers: list[int] = []

    def redeem(number: int) -> None:
        path = f"/api/v1/redemptions/r-{number}"
        answers.append(server.ask("PUT", path, app.key, asked[number])[0])

    tills = [threading.Thread(target=redeem, args=(number,)) for number in range(40)]
    for till in tills:
        till.start()
    for till in tills:
        till.join()

    assert answers == [201] * 40
    _, shown = server.ask("GET", "/metrics", "", None)
    facts = re.search(rb"^hongka_facts_total (\S+)$", shown, re.MULTILINE)
    assert facts is not None
    assert float(facts[1]) == 40
    kept = list(server.var.glob("metrics/*/*.db"))
    # Writing to a hole of a mapped file on a full disk would kill the worker.
    assert [file.name for file in kept if file.stat().st_blocks * 512 < file.stat().st_size] == []
    kinds = {file.name.rpartition("_")[0] for file in kept}
    assert kinds == {"counter", "gauge_livesum", "histogram"}
    assert server.stop() == 0
    made = {f.request_id for f in app.services.ledger.facts(0, 1_000) if f.request_id}
    assert {f"redeem/r-{number}" for number in range(40)} <= made


def test_ten_megabytes_get_a_problem_not_a_cut_line(server: Server, app: App) -> None:
    status, body = server.ask("PUT", "/api/v1/redemptions/cake-1", app.key, b" " * 10_000_000)

    assert status == 413
    assert json.loads(body)["reason"] == "body_too_large"


@pytest.mark.parametrize("server", [1], indirect=True)
def test_idle_connections_and_slow_bodies_take_nobodys_place(server: Server, app: App) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_000, hard), hard))
    place = "127.0.0.1", int(server.address.rpartition(":")[2])
    head = b"POST /card/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\na"
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for number in range(1_200):
            line = stack.enter_context(socket.create_connection(place))
            if number < 100:
                line.sendall(head)

        scanned = json.dumps({"code": app.code(), "amount_minor": 100, "choices": []}).encode()
        heard = [
            server.ask("GET", "/", "", None)[0],
            server.ask("PUT", "/api/v1/redemptions/cake-1", app.key, scanned)[0],
            server.ask("GET", "/readyz", "", None)[0],
        ]

    assert heard == [200, 201, 200]


def listening(server: Server) -> int:
    """Return how many workers take connections: each has a socket of its own on the port."""
    port = f":{int(server.address.rpartition(':')[2]):04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(one[1].endswith(port) and one[3] == "0A" for one in sockets)


@pytest.mark.parametrize("server", [2], indirect=True)
def test_a_worker_that_dies_is_replaced_and_the_other_goes_on(server: Server, app: App) -> None:
    until(lambda: listening(server) == 2)
    before = children(server.process.pid)
    doomed = max(before)

    os.kill(doomed, signal.SIGKILL)
    until(lambda: len(set(children(server.process.pid)) - set(before)) == 1)

    def redeemed(number: int) -> int:
        scanned = json.dumps({"code": app.code(), "amount_minor": 100, "choices": []}).encode()
        with suppress(OSError):
            return server.ask("PUT", f"/api/v1/redemptions/r-{number}", app.key, scanned)[0]
        return 0

    assert [redeemed(number) for number in range(4)] == [201] * 4
    until(lambda: server.ask("GET", "/readyz", "", None)[0] == 200)
    assert server.stop() == 0


@pytest.mark.parametrize("server", [1], indirect=True)
@pytest.mark.parametrize(("length", "status"), [(30_000, 200), (70_000, 431), (200_000, 431)])
def test_long_headers_are_cut_off(server: Server, length: int, status: int) -> None:
    line = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=30)

    line.request("GET", "/healthz", headers={"X-Long": "a" * length})

    assert line.getresponse().status == status
    line.close()
