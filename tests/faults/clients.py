"""Tills that send requests without pause, repeat unanswered ones, and remember every answer.

Run as a program, this module is one process of such a load.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

PROCESSES = 2
SECONDS_MAX = 120.0
ANSWER_SECONDS_MAX = 15.0
PAUSE_SECONDS = 0.05
"""The pause between two tries: far shorter than the gateway asks for, so that a fault meets many.
"""

AWAY = (0, 503)
"""The two statuses after which a till repeats its request: no answer, and "ask again"."""

Then = Literal["", "again", "other", "undo"]
"""The act of a till after an answer: it repeats the request, asks for another amount under the same
id, or reverses the redemption."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A till's request: these choices on this purchase, under this id."""

    redemption_id: str
    merchant_id: str
    key: str
    card_id: str
    code_id: str
    code: str
    amount_minor: int
    choices: list[str]
    then: Then = ""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its answer. Times are monotonic seconds; status 0 is no answer.

    `polite` means that an error was a problem document, and that a 503 said when to ask again.
    """

    what: Literal["redeem", "again", "other", "undo"]
    asked: float
    answered: float
    status: int = 0
    replayed: bool = False
    polite: bool = True
    body: dict[str, Any] = {}


class Operation(msgspec.Struct, frozen=True):
    """A call and all its tries."""

    call: Call
    tries: list[Try]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The share of one process.

    It starts no call after `seconds`, nor once the file `stop` exists, and no try after
    `patience_seconds` more.
    """

    stop: str
    ports: list[int]
    calls: list[Call]
    clients: int
    seconds: float
    patience_seconds: float


class Load:
    """A load that runs until it is stopped, has no calls left, or `seconds` are over."""

    def __init__(
        self,
        ports: Sequence[int],
        calls: Sequence[Call],
        *,
        seconds: float = SECONDS_MAX,
        patience_seconds: float = 20.0,
        clients: int = 24,
    ) -> None:
        self._folder = TemporaryDirectory(prefix="hongka-load-")
        self._stop = Path(self._folder.name) / "stop"
        self._seconds_max = seconds + patience_seconds + 2 * ANSWER_SECONDS_MAX
        self._processes: list[subprocess.Popen[bytes]] = []
        self._plans = [
            Plan(
                stop=str(self._stop),
                ports=list(ports),
                calls=list(calls[number::PROCESSES]),
                clients=max(1, clients // PROCESSES),
                seconds=seconds,
                patience_seconds=patience_seconds,
            )
            for number in range(PROCESSES)
        ]

    def __enter__(self) -> Self:
        for number, plan in enumerate(self._plans):
            self._plan(number).write_bytes(msgspec.json.encode(plan))
            order = [sys.executable, "-m", "tests.faults.clients"]
            files = [str(self._plan(number)), str(self._met(number))]
            self._processes.append(subprocess.Popen([*order, *files]))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._folder.cleanup()

    def stop(self) -> list[Operation]:
        """Start no more calls and wait for the running ones. Return every operation."""
        self._stop.touch()
        for process in self._processes:
            assert process.wait(self._seconds_max) == 0, "a process of the load failed"
        met = [self._met(number).read_bytes() for number in range(len(self._plans))]
        return [*chain.from_iterable(msgspec.json.decode(one, type=list[Operation]) for one in met)]

    def _plan(self, number: int) -> Path:
        return Path(self._folder.name) / f"plan-{number}"

    def _met(self, number: int) -> Path:
        return Path(self._folder.name) / f"met-{number}"


class Till:
    """A connection that is renewed, to the next gateway, when it breaks."""

    def __init__(self, ports: Sequence[int], first: int) -> None:
        self._ports = ports
        self._turn = first
        self._connection: HTTPConnection | None = None

    def ask(self, what: Any, call: Call) -> Try:
        """Send a request once."""
        asked = time.monotonic()
        try:
            answer, content = self._ask(what, call)
        except (OSError, HTTPException):
            self.close()
            self._turn += 1
            return Try(what=what, asked=asked, answered=time.monotonic())
        return Try(
            what=what,
            asked=asked,
            answered=time.monotonic(),
            status=answer.status,
            replayed=answer.headers.get("Idempotency-Replayed") == "true",
            polite=_polite(answer),
            body=msgspec.json.decode(content),
        )

    def until_answered(self, what: Any, call: Call, give_up: float) -> Iterator[Try]:
        """Send a request until it is answered. Return every try."""
        while True:
            one = self.ask(what, call)
            yield one
            if one.status not in AWAY or time.monotonic() > give_up:
                return
            time.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, what: Any, call: Call) -> tuple[HTTPResponse, bytes]:
        if self._connection is None:
            port = self._ports[self._turn % len(self._ports)]
            self._connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
        _send(self._connection, what, call)
        answer = self._connection.getresponse()
        return answer, answer.read()


def hang_up(port: int, call: Call) -> Try:
    """Send a request once and close the line at once, as a till that loses its network."""
    asked = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)) as connection:
        _send(connection, "redeem", call)
    return Try(what="redeem", asked=asked, answered=time.monotonic())


def _send(connection: HTTPConnection, what: str, call: Call) -> None:
    path, body = f"/api/v1/redemptions/{call.redemption_id}", body_of(what, call)
    if what == "undo":
        path += "/reversal"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {call.key}"}
    method = "POST" if what == "undo" else "PUT"
    connection.request(method, path, msgspec.json.encode(body), headers)


def body_of(what: str, call: Call) -> dict[str, Any]:
    """Return the body of a call."""
    if what == "undo":
        return {"reason": "goods_returned"}
    amount_minor = call.amount_minor + (1 if what == "other" else 0)
    return {"code": call.code, "amount_minor": amount_minor, "choices": call.choices}


def _polite(answer: HTTPResponse) -> bool:
    if answer.status < 400:
        return True
    named = answer.headers.get_content_type() == "application/problem+json"
    return named and (answer.status != 503 or answer.headers.get("Retry-After", "").isdecimal())


def _carry_out(till: Till, call: Call, give_up: float) -> Operation:
    tries = list(till.until_answered("redeem", call, give_up))
    answered = tries[-1].status
    if call.then and answered not in AWAY and (call.then != "undo" or answered < 400):
        tries += till.until_answered(call.then, call, give_up)
    return Operation(call, tries)


def _work(plan: Plan, first: int) -> list[Operation]:
    begun = time.monotonic()
    till = Till(plan.ports, first)
    operations = []
    for call in plan.calls[first :: plan.clients]:
        if time.monotonic() - begun > plan.seconds or Path(plan.stop).exists():
            break
        give_up = begun + plan.seconds + plan.patience_seconds
        operations.append(_carry_out(till, call, give_up))
    till.close()
    return operations


def main() -> None:
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    with ThreadPoolExecutor(plan.clients) as threads:
        met = chain.from_iterable(threads.map(lambda one: _work(plan, one), range(plan.clients)))
        Path(sys.argv[2]).write_bytes(msgspec.json.encode(list(met)))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
