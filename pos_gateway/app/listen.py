"""The listening address of a gateway, checked before the start."""

import socket
import time

from ledger.errors import HongkaError

FREE_SECONDS_MAX = 3.0
"""The time for which workers of a killed gateway may still hold its address."""


class AddressUnusable(HongkaError):
    """The gateway cannot listen at `address` (host and port): `problem` says why."""


def check_free(host: str, port: int, *, wait_seconds: float = FREE_SECONDS_MAX) -> None:
    """Check that the gateway can listen at this address; try again for `wait_seconds`.

    Workers share an address, so a second gateway would start without an error there and take a part
    of the requests, perhaps with another ledger.

    Raises:
        AddressUnusable: the address is still in use, or is not an IP address of this machine.
    """
    give_up = time.monotonic() + wait_seconds
    while (problem := _problem(host, port)) and time.monotonic() < give_up:
        time.sleep(0.1)
    if problem:
        raise AddressUnusable(address=f"{host}:{port}", problem=problem)


def _problem(host: str, port: int) -> str | None:
    """Return why the gateway cannot listen there, in the system's words; None if it can."""
    try:
        # The server accepts no host names.
        numeric = socket.AI_NUMERICHOST
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric)
        family, kind, protocol, _, place = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections that linger after a gateway has ended do not block the address.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except socket.gaierror:
        return "not an IP address"
    except OSError as error:
        return error.strerror or str(error)
    return None
