"""The settings of a gateway, read once from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ledger.application import WriterLimits
from ledger.errors import HongkaError

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)
_SPOKEN = {"127.0.0.1": "localhost", "0.0.0.0": "localhost"}  # noqa: S104 - what people type for it
"""Passkeys need a host name: browsers make none for an IP address."""

_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


class SettingInvalid(HongkaError):
    """A variable of the environment has an invalid value: `setting` names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a gateway. Its repr shows no URL, since a password may be part of one.

    Files made at the first start are under `var`. `threads` are those of one worker: as many
    requests may share a commit. `backlog` is the number of connections that may wait for a free
    worker. `origin` is the public address: scheme, host and port. `proxies` is the number of
    trusted proxies in front. `sender` delivers codes to phones: `outbox`, or the URL of a message
    gateway. A `demonstration` shows that outbox to everybody. `oidc_…` is an identity provider for
    staff; its claim `oidc_claim` holds their id here.
    """

    var: Path
    ledger_url: str
    views_url: str
    vault_url: str
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    limits: WriterLimits = WriterLimits()
    host: str = "127.0.0.1"
    port: int = 8000
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
    oidc_claim: str = ""

    def __repr__(self) -> str:
        return f"Settings(var={str(self.var)!r}, …)"

    @property
    def keys(self) -> Path:
        """The folder of the keys for codes and the vault; private to its owner."""
        return self.var / "keys"

    @property
    def gauges(self) -> Path:
        """The folder where the workers of this port share metrics; emptied at each start."""
        return self.var / "metrics" / str(self.port)

    @property
    def environment(self) -> dict[str, str]:
        """All settings as variables of the environment; `read` turns them into equal settings."""
        return {
            "HONGKA_VAR": str(self.var),
            "LEDGER_URL": self.ledger_url,
            "VIEWS_URL": self.views_url,
            "VAULT_URL": self.vault_url,
            "HONGKA_ZONE": str(self.zone),
            "HONGKA_QUEUE": str(self.limits.queue_max),
            "HONGKA_TURN": str(self.limits.batch_max),
            "HONGKA_WAIT_SECONDS": str(round(self.limits.wait_seconds)),
            "HONGKA_STATES": str(self.limits.states_max),
            "HONGKA_HOST": self.host,
            "HONGKA_PORT": str(self.port),
            "HONGKA_WORKERS": str(self.workers),
            "HONGKA_THREADS": str(self.threads),
            "HONGKA_BACKLOG": str(self.backlog),
            "HONGKA_FOLLOW": "yes" if self.follow else "no",
            "HONGKA_ORIGIN": self.origin,
            "HONGKA_PROXIES": str(self.proxies),
            "HONGKA_SENDER": self.sender,
            "HONGKA_DEMONSTRATION": "yes" if self.demonstration else "no",
            "HONGKA_OIDC_ISSUER": self.oidc_issuer,
            "HONGKA_OIDC_CLIENT_ID": self.oidc_client_id,
            "HONGKA_OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "HONGKA_OIDC_CLAIM": self.oidc_claim,
        }

    @classmethod
    def at(cls, var: Path) -> Self:
        """Return default settings with all databases as SQLite files in the folder `var`."""
        return cls.read({"HONGKA_VAR": str(var)})

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Parse the settings from an environment; a missing or empty variable has its default.

        If the ledger is on PostgreSQL, the projections and the vault are there too, unless named.
        With one worker, the gateway updates the projections itself; with several, run `hongka
        follow`.

        Raises:
            SettingInvalid: a variable has an invalid value; `setting` names it.
        """
        var = Path(environment.get("HONGKA_VAR") or "var").absolute()
        ledger_url = _url(environment, "LEDGER_URL", _file(var, "ledger"))
        beside = None if ledger_url.startswith("sqlite") else ledger_url
        workers = _number(environment, "HONGKA_WORKERS", 1, most=64)
        host = environment.get("HONGKA_HOST") or "127.0.0.1"
        port = _number(environment, "HONGKA_PORT", 8_000, most=65_535)
        return cls(
            var=var,
            ledger_url=ledger_url,
            views_url=_url(environment, "VIEWS_URL", beside or _file(var, "views")),
            vault_url=_url(environment, "VAULT_URL", beside or _file(var, "vault")),
            zone=_zone(environment),
            limits=WriterLimits(
                queue_max=_number(environment, "HONGKA_QUEUE", 2_000, most=100_000),
                batch_max=_number(environment, "HONGKA_TURN", 256, most=5_000),
                wait_seconds=_number(environment, "HONGKA_WAIT_SECONDS", 10, most=300),
                states_max=_number(environment, "HONGKA_STATES", 50_000, most=10_000_000),
            ),
            host=host,
            port=port,
            workers=workers,
            threads=_number(environment, "HONGKA_THREADS", 32, most=1_024),
            backlog=_number(environment, "HONGKA_BACKLOG", 1_024, least=128, most=65_535),
            follow=_yes(environment, "HONGKA_FOLLOW", default=workers == 1),
            origin=_origin(environment, f"http://{_SPOKEN.get(host, host)}:{port}"),
            proxies=_number(environment, "HONGKA_PROXIES", 0, least=0, most=8),
            sender=_address(environment, "HONGKA_SENDER", "outbox"),
            demonstration=_yes(environment, "HONGKA_DEMONSTRATION", default=False),
            oidc_issuer=_address(environment, "HONGKA_OIDC_ISSUER", ""),
            oidc_client_id=environment.get("HONGKA_OIDC_CLIENT_ID") or "",
            oidc_client_secret=environment.get("HONGKA_OIDC_CLIENT_SECRET") or "",
            oidc_claim=environment.get("HONGKA_OIDC_CLAIM") or "",
        )


def _file(var: Path, name: str) -> str:
    return f"sqlite:///{var}/{name}.db"


def _url(environment: Mapping[str, str], setting: str, default: str) -> str:
    """Return the URL of a database, or `default` where the variable is missing or empty.

    Raises:
        SettingInvalid: it is not a URL of SQLite or PostgreSQL; the error never quotes it, since it
            may contain a password.
    """
    url = environment.get(setting) or default
    try:
        place = urlsplit(url)
        known = place.port is None or place.port > 0
    except ValueError:
        known = False
    if not known or not url.startswith(_DATABASES):
        raise SettingInvalid(setting=setting, expects=" or ".join(f"{one}…" for one in _DATABASES))
    return url


def _origin(environment: Mapping[str, str], default: str) -> str:
    origin = environment.get("HONGKA_ORIGIN") or default
    if not _ORIGIN.fullmatch(origin):
        raise SettingInvalid(setting="HONGKA_ORIGIN", expects="https://host or http://host:port")
    return origin


def _address(environment: Mapping[str, str], setting: str, default: str) -> str:
    """Return an external URL, or `default` where the variable is missing or empty.

    Raises:
        SettingInvalid: it has no TLS and is not on this machine; the error never quotes it.
    """
    found = environment.get(setting) or default
    try:
        place = urlsplit(found)
        near = place.hostname in {"localhost", "127.0.0.1"}
    except ValueError:
        raise SettingInvalid(setting=setting, expects="https://…") from None
    if found != default and not (place.scheme == "https" or (near and place.scheme == "http")):
        raise SettingInvalid(setting=setting, expects="https://…")
    return found


def _number(
    environment: Mapping[str, str], setting: str, default: int, *, least: int = 1, most: int
) -> int:
    text = environment.get(setting) or str(default)
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise SettingInvalid(setting=setting, least=least, most=most)
    return int(text)


def _yes(environment: Mapping[str, str], setting: str, *, default: bool) -> bool:
    match environment.get(setting) or ("yes" if default else "no"):
        case "yes":
            return True
        case "no":
            return False
        case _:
            raise SettingInvalid(setting=setting, expects="yes or no")


def _zone(environment: Mapping[str, str]) -> ZoneInfo:
    try:
        return ZoneInfo(environment.get("HONGKA_ZONE") or "Asia/Shanghai")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingInvalid(setting="HONGKA_ZONE", expects="a zone of the tz database") from None
