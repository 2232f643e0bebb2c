"""The services of a gateway: opened once, and closed in order."""

import gc
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from ledger.application import BatchReport, Ledger
from ledger.auth.sessions import SessionStore
from ledger.patience import check_may_wait
from ledger.store.clock import process_time
from ledger.vault import Vault, VaultKeys
from pos_gateway.auth.proof_of_work import Challenges
from pos_gateway.auth.rate_limit import RateLimiter
from pos_gateway.auth.sessions import Sessions
from pos_gateway.auth.sign_in_methods import SignInMethods
from pos_gateway.codes.keys import KeyRing
from pos_gateway.published_heads import latest, publisher
from pos_gateway.rejection_counter import RejectionCounter
from pos_gateway.secret_file import gateway_secret
from pos_gateway.settings import Settings
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import follow

__all__ = ["Clock", "Services", "look_less_often", "prepare", "process_time"]

KEYS_READ_EVERY_SECONDS = 60
"""The interval of reading the keys; new keys are public for a day before they sign."""

FOLLOW_EVERY_SECONDS = 0.25
"""The interval at which new facts reach the projections; shorter ones slow down requests."""

THREAD_STOPS_SECONDS = 10

NEW_OBJECTS_BETWEEN_LOOKS = 50_000
"""The allocations between collections: tens of thousands of states and facts are no garbage."""

LOG_KEY = "log"
"""The name of the secret that signs heads of the log and seals snapshots, in the folder of keys."""

Clock = Callable[[], datetime]


class Services:
    """The opened parts of one gateway: ledger, projections, vault, sign-in, sessions, keys."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = process_time,
        on_batch: Callable[[BatchReport], None] | None = None,
    ) -> None:
        """Open all stores; create databases and keys that are missing.

        `clock` returns the present time. `on_batch` is called after each group commit of the
        ledger.

        Raises:
            StoreFailure: the database is out of reach, or could lose facts.
            KeysRefused: the keys of the vault are damaged, or other accounts can read them.
            KeysUnusable: the keys of the codes are damaged, or other accounts can read them.
        """
        prepare(settings, clock())
        self.settings = settings
        self.clock = clock
        keys = VaultKeys.read(_vault_keys(settings))
        with ExitStack() as opened:
            kept = opened.enter_context
            self.vault = kept(closing(Vault(settings.vault_url, keys)))
            self.session_store = kept(closing(SessionStore.open(settings.vault_url)))
            self.sign_in = kept(
                closing(SignInMethods.open(settings, self.session_store, keys, clock))
            )
            self.views = kept(closing(Views(settings.views_url, PROJECTIONS)))
            ledger = kept(closing(opened_ledger(settings, clock=clock, on_batch=on_batch)))
            self.sessions = Sessions(self.session_store, ledger.time)
            self.challenges = Challenges.load(settings.keys)
            self._keys = KeyRing.load(settings.keys)
            self._opened = opened.pop_all()
        self.ledger = ledger
        self.wrong_codes = RateLimiter(per_second=1)  # by till: guesses at codes of cards
        self.turned_away = RejectionCounter(
            ledger.time, ledger.officers.drops.count_rejected_early, name="turned-away", seconds=1
        )
        self.refused_validations = RejectionCounter(
            ledger.time,
            ledger.tills.redemptions.count_refused,
            name="refused-validations",
            seconds=60,
        )
        self._stop = threading.Event()
        self._once_closed: list[Callable[[], object]] = []
        self._threads: list[threading.Thread] = []
        self._keys_read = time.monotonic()
        self.start(ledger.heads.sign_on)

    @property
    def keys(self) -> KeyRing:
        """The keys that sign and verify codes, read again from the disk at most once a minute."""
        now = time.monotonic()
        if now - self._keys_read > KEYS_READ_EVERY_SECONDS:
            check_may_wait()  # for the disk
            self._keys_read = now
            self._keys = KeyRing.load(self.settings.keys)
        return self._keys

    def follow(self) -> None:
        """Start a thread that keeps the projections up to date until the services close."""

        def work(wait: Callable[[float], bool]) -> None:
            follow(self.views, self.ledger.facts, wait, poll_seconds=FOLLOW_EVERY_SECONDS)

        self.start(work)

    def start(self, work: Callable[[Callable[[float], bool]], None]) -> None:
        """Run `work(wait)` in a new thread.

        `wait(seconds)` sleeps, and returns true once the services close: the work must then return.
        """
        thread = threading.Thread(target=work, args=(self._stop.wait,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def once_closed(self, then: Callable[[], object]) -> None:
        """Register a function that `close` calls once, at its end; the latest is called first."""
        self._once_closed.append(then)

    def close(self) -> None:
        """Stop the threads (each within 10 s), answer queued requests, and close all stores."""
        self._stop.set()
        for thread in self._threads:
            thread.join(THREAD_STOPS_SECONDS)
        self._opened.close()
        while self._once_closed:
            self._once_closed.pop()()


def opened_ledger(
    settings: Settings,
    *,
    clock: Clock = process_time,
    on_batch: Callable[[BatchReport], None] | None = None,
) -> Ledger:
    """Open the ledger of the settings with its key; see `Services` for the arguments and errors."""
    return Ledger(
        settings.ledger_url,
        zone=settings.zone,
        limits=settings.limits,
        clock=clock,
        on_batch=on_batch,
        key=gateway_secret(settings.keys, LOG_KEY),
        publish=publisher(settings.heads),
        outside=partial(latest, settings.heads),
    )


def prepare(settings: Settings, now: datetime) -> None:
    """Create the data directory and the keys of log, vault and codes, where they are missing.

    A key for codes is missing if none signs at the time `now`. The server calls this before its
    workers start, so that they share the keys.
    """
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    TemporaryFile(dir=settings.var).close()  # SQLite would not say why it cannot write
    if not any(key.signs(now) for key in KeyRing.load(settings.keys).keys):
        KeyRing.rotate(settings.keys, now)
    if not _vault_keys(settings).exists():
        VaultKeys.make(_vault_keys(settings))
    gateway_secret(settings.keys, LOG_KEY)


def look_less_often() -> None:
    """Exempt all objects loaded so far from garbage collection, and make collections rarer."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BETWEEN_LOOKS, 20, 50)


def _vault_keys(settings: Settings) -> Path:
    return settings.keys / "vault.kek"
