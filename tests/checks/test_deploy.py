"""The files of scripts/deploy: systemd takes the unit, and slow bodies end at nginx."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import make_ssl_devcert

from pos_gateway.child_process import free_port
from pos_gateway.cli import COMMANDS
from tests.faults.gateways import Gateway, until
from tests.support.served_front import exchange, receive, request

DEPLOY = Path(__file__).parents[2] / "scripts" / "deploy"
UNIT = (DEPLOY / "hongka@.service").read_text()
NAME = "card.example.org"
LIMIT = "limit_conn address 100;"
NEIGHBOUR = "127.0.0.2"


def program(name: str) -> str:
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/bin"])
    return shutil.which(name, path=places) or pytest.skip(f"LEFT OUT: no {name} on this machine")


@pytest.mark.parametrize("misspelt", ["", "Restart=always", "MemoryMax=2G", "PrivateTmp=yes"])
def test_systemd_takes_every_line_of_the_unit(tmp_path: Path, misspelt: str) -> None:
    # Given the unit for a tree with the command, maybe with one of its lines misspelt
    hongka = tmp_path / ".venv" / "bin" / "hongka"
    hongka.parent.mkdir(parents=True)
    hongka.touch(mode=0o755)
    unit = UNIT.replace("/opt/hongka", str(tmp_path))
    if misspelt:
        assert misspelt in unit
        unit = unit.replace(misspelt, f"{misspelt}s")
    (tmp_path / "hongka@.service").write_text(unit)
    # When systemd reads it
    verify = [program("systemd-analyze"), "verify", "--man=no", tmp_path / "hongka@serve.service"]
    told = subprocess.run(verify, check=False, capture_output=True, text=True)
    # Then it complains of what is misspelt alone
    assert bool(told.stderr + told.stdout) is bool(misspelt), told.stderr


def test_the_container_copies_what_there_is_and_runs_a_command_there_is() -> None:
    lines = [line.split() for line in (DEPLOY / "Containerfile").read_text().splitlines()]
    copied = [word for line in lines if line[:1] == ["COPY"] for word in line[1:-1]]

    assert [one for one in copied if not (DEPLOY.parents[1] / one).exists()] == []
    assert lines[-1] == ["CMD", '["serve"]']
    assert "serve" in COMMANDS


class Proxy:
    """nginx with the configuration of scripts/deploy on a port, before a gateway."""

    def __init__(self, port: int, plain: int, certificate: str) -> None:
        self.port, self.plain = port, plain
        self._tls = ssl.create_default_context(cafile=certificate)

    def connect(self, source: str = "127.0.0.1") -> ssl.SSLSocket:
        """Return a connection over TLS from an address of this machine."""
        bare = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(source, 0))
        return self._tls.wrap_socket(bare, server_hostname=NAME)

    def status(self, path: str, source: str = "127.0.0.1") -> int:
        """Return the status of a GET from an address of this machine."""
        with self.connect(source) as line:
            line.sendall(request("GET", path).replace(b"localhost", NAME.encode()))
            return receive(line).status


@contextmanager
def nginx_before(gateway: Gateway, home: Path, limit: str) -> Iterator[Proxy]:
    """Start nginx before a gateway for the block, with this limit of connections."""
    if os.geteuid():
        pytest.skip("LEFT OUT: only root may start nginx with the folders of its package")
    certificate, key = make_ssl_devcert(str(home / "tls"), host=NAME)
    port, plain = free_port(), free_port()
    text = (DEPLOY / "nginx.conf").read_text()
    for written, here in {
        "user www-data": "user root",  # others cannot enter the folder of a test
        "/dev/shm": str(home),  # noqa: S108 - what stands there
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": certificate,
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": key,
        "/run/nginx.pid": f"{home}/pid",
        "/var/log/nginx/error.log": "stderr",
        "127.0.0.1:8000": f"127.0.0.1:{gateway.port}",
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        LIMIT: limit,
    }.items():
        assert written in text
        text = text.replace(written, here)
    (home / "nginx.conf").write_text(text)
    started = [program("nginx"), "-c", home / "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    with subprocess.Popen(started) as process:
        try:
            proxy = Proxy(port, plain, certificate)
            until((home / "pid").exists)
            yield proxy
        finally:
            process.terminate()


def lines_to(port: int) -> int:
    """Return how many connections a server of this machine has taken."""
    taken = [one.split() for one in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(one[1].endswith(f":{port:04X}") and one[3] == "01" for one in taken)


@pytest.mark.night
@pytest.mark.slow
@pytest.mark.parametrize(("limit", "told"), [(LIMIT, 429), ("", 200)])
def test_slow_bodies_stay_at_nginx_and_take_nobodys_place(
    tmp_path: Path, limit: str, told: int
) -> None:
    origin = {"HONGKA_ORIGIN": f"https://{NAME}", "HONGKA_PROXIES": "1"}
    slow = request("POST", "/card/sign-in", b"a", [("Content-Length", "5000")])
    with (
        Gateway(tmp_path / "var", environment=origin) as gateway,
        nginx_before(gateway, tmp_path, limit) as proxy,
        ExitStack() as stack,
    ):
        # Given as many slow bodies as one address may send
        lines = [stack.enter_context(proxy.connect()) for _ in range(100)]
        for line in lines:
            line.sendall(slow.replace(b"localhost", NAME.encode()))
        # Then this address is told so, and others are served
        until(lambda: proxy.status("/healthz") == told)
        heard = [proxy.status(path, NEIGHBOUR) for path in ("/healthz", "/card/sign-in", "/")]
        assert heard == [200, 200, 200]
        # And none has reached the gateway, whose health is not shown outside
        assert lines_to(gateway.port) < 10
        hidden = [proxy.status(path, NEIGHBOUR) for path in ("/readyz", "/metrics")]
        assert (gateway.ready(), hidden) == (200, [404, 404])
        # And pages alone are redirected to HTTPS
        plain = [
            exchange(proxy.plain, request("GET", path)).status for path in ("/", "/api/v1/keys")
        ]
        assert plain == [308, 403]
        # When one body comes to its end, then the gateway answers it
        lines[0].sendall(b"a" * 4_999)
        assert receive(lines[0]).status == 403
