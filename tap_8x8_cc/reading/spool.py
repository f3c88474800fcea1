"""The rows of a report, read completely and counted, before the first of them is written."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tap_8x8_cc.api.pages import storable
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.origins import Transport
from tap_8x8_cc.records.buckets import RawBuckets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_8x8_cc.api.rows import Cells, Keys, RowGroup
    from tap_8x8_cc.model.origins import Origin

MEMORY_BYTES = 1 << 19
"""Rows of a report beyond this wait in a temporary file."""
_NUL = b"\\u0000"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[list[Any]]).decode
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_FOLDER = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, *_NO_ROOM}


def check_temporary_folder() -> None:
    """Raise ConfigError if there is no folder for temporary files, before any is needed."""
    with spooling():
        tempfile.gettempdir()


@contextmanager
def spooling() -> Iterator[None]:
    """Raise ConfigError, which says what is wrong, if temporary files can't be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_FOLDER:
            raise
        folder = tempfile.tempdir or os.environ.get("TMPDIR") or "the system's folder for them"
        why = "has no room" if error.errno in _NO_ROOM else "can't be written to"
        raise ConfigError(
            f"Reports are kept in temporary files until they are whole, and {folder} {why}: "
            "set the environment variable TMPDIR to a folder with room."
        ) from error


class ReportRows:
    """Rows of a report, without their keys in a temporary file.

    As a context manager it is closed if what fills it fails; otherwise by whoever reads the rows.
    What no warehouse can store (U+0000) is replaced.

    Args:
        transport: The form in which they came.
        with_buckets: Whether they have buckets.

    Attributes:
        count: Number of rows.
        buckets: Their distinct buckets.
        doubled: Keys that a row held twice.
        replaced: Whether characters that can't be stored were replaced.
        origin: The report they come from, once it has been read completely.
    """

    origin: Origin

    def __init__(self, transport: Transport = Transport.JSON, *, with_buckets: bool) -> None:
        self.transport = transport
        self.count = 0
        self.buckets = RawBuckets()
        self.doubled: frozenset[str] = frozenset()
        self.replaced = False
        self._with_buckets = with_buckets
        self._file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - see close()
        self._parts: list[tuple[Keys, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.close()

    def add(self, groups: Iterable[RowGroup]) -> None:
        """Add the rows of a page; raises ReportError if a row's bucket has no usable time."""
        for group in groups:
            self.add_rows(group.keys, group.rows)
            if group.keys != group.raw_keys:
                self.doubled |= set(group.keys) - set(group.raw_keys)

    def add_rows(self, keys: Keys, rows: Sequence[Cells]) -> None:
        """Add rows that have the same keys."""
        if self._with_buckets:
            self.buckets.add(keys, rows)
        body = _encode(rows)
        if _NUL in body or _NUL in _encode(keys):
            clean = storable(rows)
            self.replaced |= clean != rows
            keys, body = tuple(map(storable, keys)), _encode(clean)
        self._file.write(body)
        self._parts.append((keys, len(body)))
        self.count += len(rows)

    def groups(self) -> Iterator[tuple[Keys, list[Cells]]]:
        """Return the rows in order, with their keys."""
        self._file.seek(0)
        for keys, length in self._parts:
            yield keys, _decode(self._file.read(length))

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()
