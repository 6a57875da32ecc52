"""A local SMTP server of the few commands a sender needs; the standard library ships none."""

import socketserver
import threading
from email import message_from_bytes, policy


class FakeMail:
    """Use as a context manager; `refuse` maps a recipient to the answer it gets.

    Every answer takes `slow` seconds; the command `hang_at` gets none.
    """

    def __init__(self, *, refuse=None, slow=0.0, hang_at=None):
        self.refuse = refuse or {}
        self.slow = slow
        self.hang_at = hang_at
        self.released = threading.Event()
        self.mails = []
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self):
        return f"smtp://{self.host}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()  # whoever is slow goes home
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _handler(fake):  # noqa: C901  one class of small methods
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 fake")
            while line := self.rfile.readline():
                verb = line[:4].upper().decode("ascii", "replace").strip()
                if verb == fake.hang_at:
                    fake.released.wait()
                if verb == "QUIT":
                    return self.say("221 bye")
                if verb == "DATA":
                    self.take()
                else:
                    self.say(self.answer(line.decode()) if verb == "RCPT" else "250 ok")
            return None

        def answer(self, line):
            recipient = line.partition("<")[2].partition(">")[0]
            return fake.refuse.get(recipient, "250 ok")

        def take(self):
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line)
            fake.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.say("250 taken")

        def say(self, text):
            if fake.slow:
                fake.released.wait(fake.slow)
            self.wfile.write(text.encode() + b"\r\n")

    return Handler
