import socket
import threading

import pytest

from pos_gateway.app.listen import AddressUnusable, check_free

HOST = "127.0.0.1"


def listening() -> socket.socket:
    """Listen on the address with SO_REUSEPORT, as the workers of a gateway do."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((HOST, 0))
    listener.listen()
    return listener


def test_an_address_where_somebody_listens_is_refused_though_they_would_share_it() -> None:
    with listening() as listener:
        port = listener.getsockname()[1]

        with pytest.raises(AddressUnusable) as caught:
            check_free(HOST, port, wait_seconds=0)

    assert caught.value.particulars["address"] == f"{HOST}:{port}"
    check_free(HOST, port)


def test_an_address_about_to_come_free_is_waited_for() -> None:
    listener = listening()
    soon = threading.Timer(0.3, listener.close)
    soon.start()

    check_free(HOST, listener.getsockname()[1])

    soon.join()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressUnusable):
        check_free("192.0.2.1", 8_000, wait_seconds=0)


def test_a_name_is_no_address() -> None:
    with pytest.raises(AddressUnusable) as caught:
        check_free("localhost", 8_000, wait_seconds=0)

    assert caught.value.particulars["problem"] == "not an IP address"
