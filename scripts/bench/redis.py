"""Claims in Redis: one Lua script a claim, on disk before its answer; and a server of its own."""

import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from typing import Any, BinaryIO

from pos_gateway.api.drops_schema import ClaimAsked
from pos_gateway.child_process import free_port

PROGRAM = shutil.which("redis-server")
LEFT_OUT = "LEFT OUT: Flask + Redis, for want of redis-server (apt-get install redis-server)"
PROMISES_LESS = (
    "Redis keeps the tickets and who has them, each on disk before the answer. It keeps no log: no"
    " order that anybody can check, no waiting list, no limits across drops, no refusal counted, no"
    " past state; and everything must fit in memory."
)
CONNECTIONS = 32

_CLAIM = """
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then return tonumber(string.match(known, '^%d+')) end
if redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1 then return redis.error_reply('ALREADY claimed') end
if tonumber(redis.call('HGET', KEYS[1], 'left') or 0) < 1 then return nil end
redis.call('HINCRBY', KEYS[1], 'left', -1)
local number = redis.call('HINCRBY', KEYS[1], 'claims', 1)
redis.call('HSET', KEYS[2], ARGV[1], number .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[1])
return number
"""


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Run a server with its files in `home`, and yield its URL once it answers."""
    port = free_port()
    durable = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
    place = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(home))
    assert PROGRAM, LEFT_OUT  # noqa: S101 - the caller has looked
    with subprocess.Popen([PROGRAM, *place, *durable], stdout=subprocess.PIPE) as server:
        assert server.stdout  # noqa: S101 - it is a pipe
        next(line for line in server.stdout if b"Ready to accept" in line)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()


class Redis:
    """The claims of drops in Redis; as many connections as threads, since one commit serves all."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("redis://").partition(":")
        self._idle: LifoQueue[BinaryIO] = LifoQueue()
        for _ in range(CONNECTIONS):
            with socket.create_connection((host, int(port))) as connection:
                self._idle.put(connection.makefile("rwb"))  # type: ignore[arg-type]
        self._script = self._ask("SCRIPT", "LOAD", _CLAIM)

    def claim(self, drop_id: str, claim_id: str, member_id: str, asked: ClaimAsked) -> int | None:
        """Take one place durably; return the number of the claim in its slot, or None if full."""
        slot = f"{asked.item}/{asked.session}"
        keys = (f"slot:{drop_id}/{slot}", f"claims:{drop_id}", f"holders:{drop_id}")
        number: int | None = self._ask(
            "EVALSHA", self._script, "3", *keys, claim_id, member_id, slot
        )
        return number

    def key_hashes(self) -> dict[str, str]:
        """Return the hash of each member's key, by member id."""
        texts = [one.decode() for one in self._ask("HGETALL", "keys")]
        return dict(zip(texts[::2], texts[1::2], strict=True))

    def count(self, drop_id: str) -> int:
        """Return the number of claims on record for a drop."""
        return int(self._ask("HLEN", f"claims:{drop_id}"))

    def fill(self, keys: dict[str, str], slots: Iterable[tuple[str, str, str, int]]) -> None:
        """Store key hashes by member id, and the capacity of slots."""
        for member_id, key_hash in keys.items():
            self._ask("HSET", "keys", member_id, key_hash)
        for drop_id, item, session, places in slots:
            self._ask("HSET", f"slot:{drop_id}/{item}/{session}", "left", str(places))

    def close(self) -> None:
        """Close all connections."""
        for _ in range(CONNECTIONS):
            self._idle.get().close()

    def _ask(self, *words: str | bytes) -> Any:
        """Send a command, and return its reply; an error of Redis raises RuntimeError."""
        sent = [word.encode() if isinstance(word, str) else word for word in words]
        stream = self._idle.get()
        try:
            stream.write(b"*%d\r\n" % len(sent))
            stream.write(b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in sent))
            stream.flush()
            return _reply(stream)
        finally:
            self._idle.put(stream)


def _reply(stream: BinaryIO) -> Any:
    kind, text = stream.read(1), stream.readline()[:-2]
    match kind:
        case b"-":
            raise RuntimeError(text.decode())
        case b":":
            return int(text)
        case b"$":
            return None if text == b"-1" else stream.read(int(text) + 2)[:-2]
        case b"*":
            return [_reply(stream) for _ in range(int(text))]
    return text
