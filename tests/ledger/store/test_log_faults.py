"""The log while PostgreSQL is killed, restarted, or cut off during a commit."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from threading import Event, Thread

import psycopg
import pytest

from ledger.store import Conflict, FateUnknown, Log, StoreFailure, Tx, Unavailable
from tests.support.log_fixture import draft, record
from tests.support.postgres import OWNER, PostgresServer, as_role

pytestmark = [pytest.mark.postgres, pytest.mark.disk]

FAILING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'it fails' USING ERRCODE = '{error}'; END $$
"""


@pytest.fixture
def log(postgres_url: str) -> Iterator[Log]:
    log = Log(postgres_url, lock_wait_seconds=2.0)
    log.create()
    yield log
    log.close()


def cut(tx: Tx, server: PostgresServer) -> None:
    """End the server's side of a transaction's connection."""
    ((backend,),) = tx._rows("SELECT pg_backend_pid()")
    server.execute(f"SELECT pg_terminate_backend({backend}, 5000)")


def test_after_a_crash_the_log_goes_on(log: Log, postgres_server: PostgresServer) -> None:
    with log.locked() as tx:
        tx.append([draft("card-c1", 1)])

    postgres_server.kill()
    with pytest.raises(Unavailable), log.locked():
        pytest.fail("there was no server")
    with pytest.raises(Unavailable), log.reading():
        pytest.fail("there was no server")
    postgres_server.start()

    with log.locked() as tx:
        assert tx.head.position == 1
        tx.append([draft("card-c1", 2)])


def test_a_server_that_came_back_unnoticed_costs_nobody_an_answer(
    log: Log, postgres_server: PostgresServer
) -> None:
    with log.reading():
        pass
    postgres_server.kill()
    postgres_server.start()

    with log.locked() as tx:
        assert tx.append([draft("card-c1", 1)]) == [1]


def test_a_connection_cut_before_the_insert_wrote_nothing(
    log: Log, postgres_server: PostgresServer
) -> None:
    def cut_short() -> None:
        with log.locked() as tx:
            cut(tx, postgres_server)
            tx.append([draft("card-c1", 1)])

    with pytest.raises(Unavailable):
        cut_short()

    with log.locked() as tx:
        assert tx.append([draft("card-c1", 1)]) == [1]


def test_a_connection_cut_while_an_exception_passes_keeps_the_exception(
    log: Log, postgres_server: PostgresServer
) -> None:
    def cut_short() -> None:
        with log.locked() as tx:
            cut(tx, postgres_server)
            raise LookupError

    with pytest.raises(LookupError):
        cut_short()

    with log.reading() as view:
        assert view.head.position == 0


class CuttingProxy:
    """A proxy between log and server that cuts the connection when a statement passes."""

    def __init__(self, port: int, *, deliver: bool, cut_at: bytes = b"COMMIT") -> None:
        self.armed = Event()
        self.cut_at = cut_at
        self._server = ("127.0.0.1", port)
        self._deliver = deliver
        self._answered = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # A thread blocked in accept() keeps the socket open; shutdown wakes it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                Thread(target=self._questions, args=(near, far), daemon=True).start()
                Thread(target=self._answers, args=(near, far), daemon=True).start()

    def _questions(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError), near:
            while question := near.recv(65_536):
                if self.armed.is_set() and self.cut_at in question:
                    if self._deliver:
                        # The answer is awaited and withheld, so that the commit has happened.
                        far.sendall(question)
                        self._answered.wait(5)
                    break
                far.sendall(question)
            near.shutdown(socket.SHUT_RDWR)
            far.shutdown(socket.SHUT_RDWR)

    def _answers(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError), far:
            while answer := far.recv(65_536):
                if self.armed.is_set() and b"COMMIT\0" in answer:
                    self._answered.set()
                    continue
                near.sendall(answer)


@pytest.mark.parametrize("delivered", [True, False])
def test_a_connection_cut_at_the_commit_leaves_its_fate_to_be_read(
    log: Log, postgres_url: str, postgres_server: PostgresServer, *, delivered: bool
) -> None:
    def commit() -> None:
        with behind.locked() as tx:
            tx.append([draft("card-c1", 1, "r1")])
            proxy.armed.set()

    with closing(CuttingProxy(postgres_server.port, deliver=delivered)) as proxy:
        url = postgres_url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
        with closing(Log(url)) as behind, pytest.raises(FateUnknown):
            commit()

    with log.locked() as tx:
        assert ("r1" in tx.by_request(["r1"])) is delivered
        assert tx.head.position == (1 if delivered else 0)


def test_a_connection_cut_in_the_pipeline_before_the_commit_wrote_nothing(
    log: Log, postgres_url: str, postgres_server: PostgresServer
) -> None:
    def commit() -> None:
        with behind.locked() as tx:
            proxy.armed.set()
            tx.append([draft("card-c1", 1, "r1")])

    # Given a proxy that cuts the connection before the insert, which is sent just before COMMIT
    server = postgres_server.port
    with closing(CuttingProxy(server, deliver=False, cut_at=b"INSERT INTO facts")) as proxy:
        url = postgres_url.replace(f":{server}/", f":{proxy.port}/")
        # When facts are recorded, then it is not said that they are
        with closing(Log(url)) as behind, pytest.raises((Unavailable, FateUnknown)):
            commit()
    # And none is, and the log goes on
    assert record(log, draft("card-c1", 1, "r1")) == [1]


@pytest.mark.parametrize(
    ("error", "failure"), [("disk_full", FateUnknown), ("unique_violation", Conflict)]
)
def test_an_error_of_the_insert_that_comes_with_the_commit_commits_nothing(
    log: Log, postgres_url: str, error: str, failure: type[StoreFailure]
) -> None:
    # Given a server on which inserts fail
    with psycopg.connect(as_role(OWNER, postgres_url), autocommit=True) as server:
        server.execute(FAILING.format(error=error))
        server.execute("CREATE TRIGGER failing BEFORE INSERT ON log.facts EXECUTE FUNCTION fail()")
        # When facts are recorded, then the failure is told with the commit
        told = []
        with pytest.raises(failure), log.locked() as tx:
            told = tx.append([draft("card-c1", 1)])
        assert told == [1]
        server.execute("DROP TRIGGER failing ON log.facts")
    # And nothing is recorded, and the log goes on
    assert record(log, draft("card-c1", 1)) == [1]


def test_a_turn_without_facts_keeps_the_connection(log: Log) -> None:
    backends = []
    for _ in range(2):
        with log.locked() as tx:
            backends += tx._rows("SELECT pg_backend_pid()")
        with log.reading(kept=True) as view:
            backends += view._rows("SELECT pg_backend_pid()")

    assert len(set(backends)) == 1
