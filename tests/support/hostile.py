"""A server of raw bytes: answers that never end, that are huge, or that are not HTTP at all."""

from __future__ import annotations

import gzip
import itertools
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = Iterable[bytes]
"""An answer, as it is sent."""
DRIP = 0.02
READ_SECONDS = 2.0
"""Seconds in which an answer that was sent is read."""
TOKEN = b'{"access_token": "token-1-abcdefgh", "expires_in": "1799"}'
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def whole(body: bytes, status: str = "200 OK", *headers: str) -> Answer:
    """Return a sound answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    yield "\r\n".join(lines).encode("latin-1") + body


def blanks(megabytes: int) -> Answer:
    """Return a sound answer of blanks."""
    yield HEAD + b"Content-Length: %d\r\n\r\n" % (megabytes << 20)
    yield from itertools.repeat(b" " * (1 << 16), megabytes << 4)


def array(item: bytes, megabytes: int) -> Answer:
    """Return a sound answer: the JSON of a list of the same item, so many megabytes of it."""
    pieces = megabytes << 4
    piece = (item + b",") * ((1 << 16) // (len(item) + 1))
    length = len(piece) * pieces + len(item) + 2
    yield HEAD + b"Content-Length: %d\r\n\r\n[" % length
    yield from itertools.repeat(piece, pieces)
    yield item + b"]"


def drip(*before: bytes, each: bytes = b"x") -> Answer:
    """Send something, then the same again and again, slowly: no wait for a byte is long."""
    yield from before
    while True:
        time.sleep(DRIP)
        yield each


def flood(*before: bytes, each: bytes) -> Answer:
    """Send something, then the same again and again, as fast as it is read."""
    yield from before
    yield from itertools.repeat(each * max(1, (1 << 16) // len(each)))


def empty_gzip() -> Answer:
    """Send gzip blocks that unpack to nothing, without end."""
    packer = zlib.compressobj(wbits=31)
    yield HEAD + b"Content-Encoding: gzip\r\n\r\n" + packer.compress(b"")
    while True:
        yield packer.flush(zlib.Z_FULL_FLUSH) * 4096


def gzip_bomb(head: bytes = HEAD) -> Answer:
    """Send megabytes that unpack to gigabytes."""
    packed = gzip.compress(bytes(1 << 20), 9)
    yield head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (len(packed) * 3000)
    yield from itertools.repeat(packed, 3000)


HANGS: dict[str, Callable[[], Answer]] = {
    "status line": lambda: drip(b"HTTP/1.1 200 O"),
    "header": lambda: drip(HEAD + b"X-Long: "),
    "headers": lambda: drip(HEAD, each=b"X: y\r\n"),
    "chunk size": lambda: drip(CHUNKED, each=b"0"),
    "chunk": lambda: drip(CHUNKED, each=b"1\r\n \r\n"),
    "trailer": lambda: drip(CHUNKED + b"2\r\n[]\r\n0\r\nX: "),
    "trailers": lambda: drip(CHUNKED + b"2\r\n[]\r\n0\r\n", each=b"X: y\r\n"),
    "flood of trailers": lambda: flood(CHUNKED + b"2\r\n[]\r\n0\r\n", each=b"X: y\r\n"),
    "100 continue": lambda: drip(each=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "flood of 100 continue": lambda: flood(each=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "empty gzip": empty_gzip,
    "body": lambda: drip(HEAD + b"Content-Length: 9999\r\n\r\n", each=b" "),
    "body of a redirect": lambda: drip(
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 9999\r\n\r\n"
    ),
    "body of an error": lambda: drip(b"HTTP/1.1 503 No\r\nContent-Length: 9999\r\n\r\n"),
    "silence": lambda: drip(each=b""),
}
LOCATIONS = [
    b"http://[",
    b"http://host:99999/",
    b"http://host:abc/",
    b"https://h\xff\xfe/",
    b"http://h\xf6st/",
    b"\xff\xfe",
    b"//[::1/x",
    b"https://user@host/",
    b"javascript:alert(1)",
    b"",
]


@dataclass
class Hostile:
    """A server on the loopback address.

    Args:
        answers: For each part of a path, what answers it; the first that fits.
        port: Its port.
        asked: The first line of each request.
    """

    answers: dict[str, Callable[[], Answer]]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of a connection."""
        with connection, connection.makefile("rb") as lines:
            try:
                if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                while request := lines.readline():
                    length = 0
                    while (line := lines.readline()).strip():
                        name, _, value = line.decode("latin-1").partition(":")
                        length = int(value) if name.lower() == "content-length" else length
                    lines.read(length)
                    asked = request.decode("latin-1").strip()
                    self.asked.append(asked)
                    found = next(self.answers[part] for part in self.answers if part in asked)
                    for piece in found():
                        connection.sendall(piece)
                    if found is not self.answers.get("/token"):
                        connection.settimeout(READ_SECONDS)
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(1)  # until all of it has been read
                        return
            except OSError:
                pass


@contextmanager
def hostile(answers: dict[str, Callable[[], Answer]], *, tokens: bool = True) -> Iterator[Hostile]:
    """Serve answers; tokens are given out unless that is one of the attacks."""
    own = {"/token": lambda: whole(TOKEN)} if tokens else {}
    server = Hostile({**own, **answers})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                # A reset at the end, so that no test leaves connections that wait.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                threading.Thread(target=server.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
