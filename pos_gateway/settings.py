"""The settings of a gateway, read once from the environment."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from ledger.application import WriterLimits
from ledger.errors import HongkaError

_SPOKEN = {"127.0.0.1": "localhost", "0.0.0.0": "localhost"}  # noqa: S104 - what people type for it
"""Passkeys need a host name: browsers make none for an IP address."""

_PORT_MAX = 65_535
WORKERS_SHARE = "PROMETHEUS_MULTIPROC_DIR"
"""The variable for the directory where workers share metrics; the library reads it at import."""

_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


class SettingInvalid(HongkaError):
    """A variable of the environment has an invalid value: `setting` names it.

    `expects` describes valid values, or `least` and `most` are the bounds of a number.
    """


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a gateway. Its repr shows no URL, since a password may be part of one.

    Files made at the first start are under `var`; the URLs are those of the databases. Signed heads
    of the log are kept in the file `heads`, or posted to that address. `zone`
    decides which day an instant is in. `limits` are those of the ledger's writer. The server
    listens at `host` and `port`, with `workers` processes; health and metrics are at `health_host`
    and `health_port`. `threads` are those of one worker, for pages and all else that waits.
    `backlog` is the number of connections that may wait to be accepted. `follow` makes the workers
    update the projections. `origin` is the public address: scheme, host and port. `proxies` is the
    number of trusted proxies in front. `sender` delivers codes to phones: `outbox` (files), or the
    URL of a message gateway. A `demonstration` shows that outbox to everybody. `oidc_…` is an
    identity provider for staff (empty: none). `owner_url` names the PostgreSQL role that owns the
    tables (empty: the gateway's); upgrades alone use it.
    `hsts_subdomains` extends HSTS to all subdomains of the public address.
    """

    var: Path
    ledger_url: str
    views_url: str
    vault_url: str
    heads: str
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    limits: WriterLimits = WriterLimits()
    host: str = "127.0.0.1"
    port: int = 8000
    health_host: str = "127.0.0.1"
    health_port: int = 8001
    workers: int = 1
    threads: int = 32
    backlog: int = 1_024
    follow: bool = True
    origin: str = "http://localhost:8000"
    proxies: int = 0
    sender: str = "outbox"
    demonstration: bool = False
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    owner_url: str = ""
    hsts_subdomains: bool = False

    def __repr__(self) -> str:
        return f"Settings(var={str(self.var)!r}, …)"

    @property
    def keys(self) -> Path:
        """The folder of the keys for codes and the vault; private to its owner."""
        return self.var / "keys"

    @property
    def erased(self) -> Path:
        """The list of erased members: beside the file of heads, under `var` if they are posted."""
        heads = self.var / "heads" if "://" in self.heads else Path(self.heads).parent
        return heads / "erased.txt"

    @property
    def listening(self) -> list[tuple[str, int]]:
        """The addresses that a gateway needs: the public one, and that of health and metrics."""
        return [(self.host, self.port), (self.health_host, self.health_port)]

    @property
    def gauges(self) -> Path:
        """The folder where the workers of this port share metrics; emptied at each start."""
        return self.var / "metrics" / str(self.port)

    @property
    def environment(self) -> dict[str, str]:
        """All settings, secrets too, as variables of the environment: `read` returns equal ones."""
        values = msgspec.structs.asdict(self) | msgspec.structs.asdict(self.limits)
        return {variable: _text(values[name]) for name, (variable, _) in VARIABLES.items()}

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Parse the settings from an environment; a missing or empty variable has its default.

        If the ledger is on PostgreSQL, the projections and the vault are there too, unless named.
        By default, one worker updates the projections itself; for several, run `hongka follow`.

        Raises:
            SettingInvalid: a variable has an invalid value; `setting` names it.
        """

        def read(name: str, default: object) -> Any:
            variable, (parse, expected) = VARIABLES[name]
            try:
                return parse(environment.get(variable) or _text(default))
            except (ValueError, LookupError, OSError):  # Their texts may quote a password.
                raise SettingInvalid(setting=variable, **expected) from None

        var = read("var", "var")
        files = {name: f"sqlite:///{var}/{name}.db" for name in ("ledger", "views", "vault")}
        ledger_url = read("ledger_url", files["ledger"])
        if not ledger_url.startswith("sqlite"):
            files |= {"views": ledger_url, "vault": ledger_url}
        usual = {one.name: one.default for one in msgspec.structs.fields(cls) if not one.required}
        host, port, workers = (read(name, usual[name]) for name in ("host", "port", "workers"))
        usual["health_port"] = port + 1 if port < _PORT_MAX else port - 1
        usual["origin"] = f"http://{_SPOKEN.get(host, host)}:{port}"
        usual["follow"] = workers == 1
        limits = msgspec.structs.asdict(usual.pop("limits"))
        return cls(
            var=var,
            ledger_url=ledger_url,
            views_url=read("views_url", files["views"]),
            vault_url=read("vault_url", files["vault"]),
            heads=read("heads", var / "heads" / "checkpoints.txt"),
            limits=WriterLimits(**{name: read(name, default) for name, default in limits.items()}),
            **{name: read(name, default) for name, default in usual.items()},
        )


def _text(value: object) -> str:
    """Return a value as the text that `read` parses: `yes` or `no` for a bool, a float rounded."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(round(value) if isinstance(value, float) else value)


_Kind = tuple[Callable[[str], Any], dict[str, str | int]]
"""A parser, which raises for an invalid text, and what SettingInvalid then says of valid ones."""


def _checked(valid: Callable[[str], object], expects: str) -> _Kind:
    """Return the kind of the texts for which `valid` returns true; `expects` describes them."""

    def parse(text: str) -> str:
        if not valid(text):
            raise ValueError(expects)
        return text

    return parse, {"expects": expects}


def _number(least: int, most: int) -> _Kind:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise ValueError("not a number, or out of bounds")
        return int(text)

    return parse, {"least": least, "most": most}


def _safe(url: str) -> bool:
    """Return whether an external URL is of a place with TLS, or of this machine."""
    place = urlsplit(url)
    near = place.hostname in {"localhost", "127.0.0.1"}
    return place.scheme == "https" or (near and place.scheme == "http")


_TEXT: _Kind = (str, {})
_PATH: _Kind = (lambda text: Path(text).absolute(), {})
_DATABASE = _checked(
    lambda url: url.startswith(_DATABASES) and urlsplit(url).port != 0,
    " or ".join(f"{one}…" for one in _DATABASES),
)
_OWNER = _checked(lambda url: not url or url.startswith(_DATABASES[1:]), f"{_DATABASES[1]}…")
_ORIGIN = _checked(
    re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII).fullmatch,
    "https://host or http://host:port",
)
_SENDER = _checked(lambda text: text == "outbox" or _safe(text), "https://…")
_ISSUER = _checked(lambda text: not text or _safe(text), "https://…")
_HEADS = _checked(lambda text: "://" not in text or _safe(text), "a path, or https://…")
_YES: _Kind = ({"yes": True, "no": False}.__getitem__, {"expects": "yes or no"})
_ZONE: _Kind = (ZoneInfo, {"expects": "a zone of the tz database"})

VARIABLES: dict[str, tuple[str, _Kind]] = {
    "var": ("HONGKA_VAR", _PATH),
    "ledger_url": ("LEDGER_URL", _DATABASE),
    "views_url": ("VIEWS_URL", _DATABASE),
    "vault_url": ("VAULT_URL", _DATABASE),
    "heads": ("HONGKA_HEADS", _HEADS),
    "zone": ("HONGKA_ZONE", _ZONE),
    "queue_max": ("HONGKA_QUEUE", _number(1, 100_000)),
    "batch_max": ("HONGKA_TURN", _number(1, 5_000)),
    "wait_seconds": ("HONGKA_WAIT_SECONDS", _number(1, 300)),
    "states_max": ("HONGKA_STATES", _number(1, 10_000_000)),
    "host": ("HONGKA_HOST", _TEXT),
    "port": ("HONGKA_PORT", _number(1, _PORT_MAX)),
    "health_host": ("HONGKA_HEALTH_HOST", _TEXT),
    "health_port": ("HONGKA_HEALTH_PORT", _number(1, _PORT_MAX)),
    "workers": ("HONGKA_WORKERS", _number(1, 64)),
    "threads": ("HONGKA_THREADS", _number(1, 1_024)),
    "backlog": ("HONGKA_BACKLOG", _number(128, 65_535)),
    "follow": ("HONGKA_FOLLOW", _YES),
    "origin": ("HONGKA_ORIGIN", _ORIGIN),
    "proxies": ("HONGKA_PROXIES", _number(0, 8)),
    "sender": ("HONGKA_SENDER", _SENDER),
    "demonstration": ("HONGKA_DEMONSTRATION", _YES),
    "oidc_issuer": ("HONGKA_OIDC_ISSUER", _ISSUER),
    "oidc_client_id": ("HONGKA_OIDC_CLIENT_ID", _TEXT),
    "oidc_client_secret": ("HONGKA_OIDC_CLIENT_SECRET", _TEXT),
    "owner_url": ("HONGKA_OWNER_URL", _OWNER),
    "hsts_subdomains": ("HONGKA_HSTS_SUBDOMAINS", _YES),
}
"""The variable of each setting, and the kind of its text."""
