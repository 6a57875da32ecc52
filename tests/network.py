"""Nothing leaves this machine during the tests, mail included."""

import socket

import pytest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@pytest.fixture(autouse=True)
def blocked_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but those to this machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            self.close()
            raise AssertionError(f"a test reached for {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
