"""Nothing leaves this machine during the tests, mail included."""

import socket

import pytest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@pytest.fixture(autouse=True)
def blocked_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but those to this machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        assert not isinstance(address, tuple) or address[0] in LOOPBACK, f"a test reached {address}"
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
