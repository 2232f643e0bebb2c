"""The server: Granian workers on one address, and a line on stdout once they answer."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import shutil
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer
from prometheus_client.multiprocess import mark_process_dead

from pos_gateway.members.erasure import apply_erasures
from pos_gateway.services import Services, look_less_often, prepare, process_time
from pos_gateway.settings import WORKERS_SHARE, Settings

if TYPE_CHECKING:
    from pos_gateway.app.front import Front

BROKEN_SECONDS = 1.0
"""The time for which a worker with a failed disk answers 503 before it ends."""

STOP_SECONDS_MAX = 30
"""The longest time that a worker may take to answer queued requests when it stops."""

START_SECONDS_MAX = 120

HEADERS_SECONDS_MAX = 10
"""The longest time for a request's headers, and for an idle connection."""

HTTP = HTTP1Settings(header_read_timeout=HEADERS_SECONDS_MAX * 1_000, max_buffer_size=2**15)
"""Headers of 32 KiB pass, and of 60 kB never: the server looks after it read a piece."""


OTHER_FILES = 1_000
CONNECTIONS_MAX = 60_000
"""The open files kept for other things than connections, and the most connections of a worker."""


class _Server(MPServer):
    """A server that starts a dead worker anew, but ends after one whose disk failed a commit."""

    def _respawn_workers(self, workers: list[int], *arguments: Any, **named: Any) -> None:
        for ended in [self.wrks[number].inner for number in workers]:
            if ended.exitcode == os.EX_IOERR:
                self.shutdown(1)  # type: ignore[no-untyped-call]  # it ends the process
            mark_process_dead(ended.pid)  # type: ignore[no-untyped-call]  # it has no types
        super()._respawn_workers(workers, *arguments, **named)


def serve(
    settings: Settings, target: str = "pos_gateway.app.server:application", **changed: Any
) -> None:
    """Run the gateway until SIGTERM or SIGINT, then answer what is queued.

    Print `ready` once it is up. `target` makes the application of a worker, and `changed` are other
    arguments of Granian, for a bench. The end of a worker whose disk failed a commit ends the
    server, with status 1.
    """
    os.umask(0o077)  # Other accounts of this machine must not read the databases.
    prepare(settings, process_time())
    with closing(Services(settings)) as services:
        services.ledger.heads.sign()  # and check what came since the last one
        services.ledger.renew_snapshots()  # or the first request of a busy stream would wait for it
        apply_erasures(services)  # to a vault that was restored too
    if settings.sender == "outbox" and not settings.demonstration:
        logging.getLogger(__name__).warning(
            "HONGKA_SENDER is not set: codes to sign in with lie in %s and reach no phone.",
            settings.var / "outbox",
        )
    with suppress(FileNotFoundError):
        shutil.rmtree(settings.gauges)
    settings.gauges.mkdir(mode=0o700, parents=True)
    # Workers read the settings and their number from the environment at their start.
    os.environ |= settings.environment | {WORKERS_SHARE: str(settings.gauges)}
    os.environ["MALLOC_ARENA_MAX"] = "2"  # glibc's arenas, one a thread, would never shrink
    multiprocessing.set_start_method("spawn", force=True)
    # It warns of more threads than processors; those of a bench wait for a commit.
    logging.getLogger("_granian").addFilter(lambda said: "Python threads" not in said.getMessage())
    files = _allow_files()
    asked: dict[str, Any] = {
        "factory": True,
        "address": settings.host,
        "port": settings.port,
        "interface": Interfaces.RSGI,
        "loop": Loops.uvloop,
        "blocking_threads": 1,
        "http": HTTPModes.http1,
        "http1_settings": HTTP,
        "workers": settings.workers,
        "respawn_failed_workers": True,
        "backlog": settings.backlog,
        # It counts connections, idle ones too; the front counts the requests it takes.
        "backpressure": max(files - OTHER_FILES, files // 2),
        "workers_kill_timeout": STOP_SECONDS_MAX,
        "websockets": False,
        "log_enabled": True,
    }
    server = _Server(target, **(asked | changed))
    threading.Thread(target=_say_ready, args=(settings,), daemon=True).start()
    server.serve()


def _allow_files() -> int:
    """Let this process and its workers open as many files as connections need; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + OTHER_FILES
    files = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    except (OSError, ValueError):  # a system with another limit of its own
        return soft
    return files


def application() -> Front:
    """Build the front of one worker process, and start its threads; Granian calls this function."""
    # Workers alone need them, and they take longer to load than all else.
    from pos_gateway.app.factory import create_app, services_of  # noqa: PLC0415 - see above
    from pos_gateway.app.front import Front  # noqa: PLC0415 - see above
    from pos_gateway.app.health import HealthServer  # noqa: PLC0415 - see above
    from pos_gateway.app.lapses import record_on  # noqa: PLC0415 - see above

    app = create_app()
    services = services_of(app)
    settings = services.settings
    health = HealthServer(
        settings.health_host, settings.health_port, app.extensions["hongka.health"]
    )
    if settings.follow:
        services.follow()
    services.start(partial(record_on, services))
    threading.Thread(target=_end_broken, args=(services.ledger.broken,), daemon=True).start()
    threading.Thread(target=_end_orphaned, daemon=True).start()
    look_less_often()
    return Front(app, app.extensions["hongka.front"], health.begin)


def _end_orphaned() -> None:
    """Wait until the server process dies, then end this worker, which holds the address."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(os.EX_SOFTWARE)


def _end_broken(broken: threading.Event) -> None:
    """Wait until a commit fails on the disk, then end this worker, for a supervisor to restart.

    The log is not closed, since closing would write to it.
    """
    broken.wait()
    logging.getLogger(__name__).critical("the disk failed a commit: this gateway ends")
    time.sleep(BROKEN_SECONDS)
    os._exit(os.EX_IOERR)


def _say_ready(settings: Settings) -> None:
    public, health = (f"http://{host}:{port}" for host, port in settings.listening)
    give_up = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < give_up:
        try:
            for address in (f"{public}/healthz", f"{health}/readyz"):
                urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own http
        except OSError:
            time.sleep(0.05)
        else:
            print(f"ready {public}", flush=True)  # noqa: T201 - whoever started us waits for it
            return
    logging.getLogger(__name__).warning("not ready after %d s", START_SECONDS_MAX)
