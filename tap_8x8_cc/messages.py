"""Singer messages on standard output: each complete or not at all.

A record need not reach the loader at once; a SCHEMA and above all a STATE should, since the next
run starts from it. So records are buffered and everything else is flushed.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage

from tap_8x8_cc.errors import LoaderGoneError
from tap_8x8_cc.signals import STOP

if sys.platform == "linux":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.singerlib.encoding.simple import Message

    from tap_8x8_cc.records.decoder import Record

BUFFER_BYTES = 1 << 16
PIPE_BYTES = 1 << 20
"""What the pipe to the loader may hold; by default it is less than what is written at once, so that
the tap would wait for the loader in between."""

_encode = msgspec.json.Encoder().encode


class _RecordMessage(msgspec.Struct, tag_field="type", tag="RECORD", gc=False):
    """A Singer RECORD message."""

    stream: str
    record: Any
    time_extracted: datetime


class MessageWriter(MsgSpecWriter):
    """Writes messages to standard output; for the main thread only."""

    stop = STOP

    def write_message(self, message: Message) -> None:
        """Write a message; a signal that comes meanwhile takes effect after it."""
        with self.stop.held(), _pipe():
            sink = _output()
            sink.write(self.format_message(message))
            if not isinstance(message, RecordMessage):
                sink.flush()

    @classmethod
    def write_records(cls, stream: str, records: Iterable[Record]) -> None:
        """Write records as they are, all with the present as their time."""
        now = datetime.now(UTC)
        lines = [_encode(_RecordMessage(stream, record, now)) for record in records]
        with cls.stop.held(), _pipe():
            _output().write(b"\n".join([*lines, b""]))

    @classmethod
    def flush(cls) -> None:
        """Hand everything written so far to the loader."""
        with cls.stop.held(), _pipe():
            _output().flush()


@contextmanager
def _pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise LoaderGoneError("The loader stopped reading; see its messages.") from error


def _output() -> BinaryIO:
    """Return the buffer over what standard output is now; tests replace it."""
    return _buffered(sys.stdout.buffer)


@cache
def _buffered(stream: BinaryIO) -> BinaryIO:
    """Put a buffer of our own over a real file: with PYTHONUNBUFFERED there is none."""
    try:
        descriptor = stream.fileno()
    except OSError:
        return stream
    _widen(descriptor)
    return open(descriptor, "wb", buffering=BUFFER_BYTES, closefd=False)


def _widen(descriptor: int) -> None:
    """Let a pipe hold PIPE_BYTES, if the system can."""
    if sys.platform == "linux":
        with suppress(OSError):  # no pipe, or the user has too many wide ones
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
