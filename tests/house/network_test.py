"""No test reaches further than this machine."""

import smtplib
import socket

import pytest
import requests

ELSEWHERE = "203.0.113.1"  # reserved for documentation, nobody's


def test_connection_elsewhere_is_refused():
    with pytest.raises(AssertionError, match=ELSEWHERE), socket.socket() as probe:
        probe.connect((ELSEWHERE, 80))


def test_request_elsewhere_is_refused():
    with pytest.raises(AssertionError, match=ELSEWHERE):
        requests.get(f"http://{ELSEWHERE}/", timeout=1)


def test_mail_elsewhere_is_refused():
    with pytest.raises(AssertionError, match=ELSEWHERE):
        smtplib.SMTP(ELSEWHERE, timeout=1)


def test_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
