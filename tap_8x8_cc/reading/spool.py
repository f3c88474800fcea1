"""The rows of a report that has been read, waiting for their turn to be emitted."""

from __future__ import annotations

import errno
import os
import tempfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from tap_8x8_cc.api.rows import chunks
from tap_8x8_cc.errors import ConfigError, ReportError, one_line
from tap_8x8_cc.model.origins import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from tap_8x8_cc.api.pages import Page
    from tap_8x8_cc.model.blocks import Keys, RowBlock
    from tap_8x8_cc.model.origins import Origin
    from tap_8x8_cc.reading.csv_trust import CsvTable


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_FOLDER = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, *_NO_ROOM}


def check_temporary_folder() -> None:
    """Raise ConfigError where there is no folder for temporary files, before any is needed."""
    with spooling():
        tempfile.gettempdir()


@contextmanager
def spooling() -> Iterator[None]:
    """Say in words what is wrong where temporary files can't be written within; see there.

    Raises:
        ConfigError: There is no room for them, or no folder.
    """
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


class SpooledRows(Protocol):
    """The rows of a report, read and counted, in the form in which they came."""

    rows: int
    contiguous: bool
    transport: Transport

    def chunks(self) -> Iterator[tuple[Keys, RowBlock]]:
        """Return the rows in order, with their keys; raises ReportError where one has no form."""

    def close(self) -> None:
        """Free what the reading holds."""


@dataclass(frozen=True, slots=True)
class ReportRows:
    """The rows of a report that has been read whole, and where they come from.

    Args:
        spooled: The rows.
        origin: The report.
    """

    spooled: SpooledRows
    origin: Origin

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.spooled.rows

    @property
    def contiguous(self) -> bool:
        """Whether the rows of a bucket stand together."""
        return self.spooled.contiguous

    def chunks(self) -> Iterator[tuple[Keys, RowBlock]]:
        """Return the rows in order, with their keys; raises ReportError where one has no form."""
        return self.spooled.chunks()

    def close(self) -> None:
        """Free what the reading holds."""
        self.spooled.close()


class JsonRows:
    """JSON pages: the first in memory, the others in a temporary file.

    Args:
        first: The first page.
        detailed: Whether the rows are a detailed report's. These have thousands of bytes, nearly
            all of them repeated from row to row, so the file is compressed; and a page is kept
            whole, since what an unannounced key holds is told from all of its rows.
    """

    contiguous = False
    transport = Transport.JSON

    def __init__(self, first: Page, *, detailed: bool = False) -> None:
        self.rows = first.rows
        self._first = [first.body] if detailed else first.pieces
        self._file: BinaryIO | None = None
        self._lengths: list[int] = []
        self._detailed = detailed

    def add(self, page: Page) -> None:
        """Add the next page."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.rows += page.rows
        pieces = [zlib.compress(page.body, zlib.Z_BEST_SPEED)] if self._detailed else page.pieces
        self._file.writelines(pieces)
        self._lengths.extend(map(len, pieces))

    def chunks(self) -> Iterator[tuple[Keys, RowBlock]]:
        """Return the rows in order, with their keys; raises ReportError where one has no form."""
        keys: Keys | None = None
        for piece in self._pieces():
            found = decode_page(piece, keys)
            yield from found
            keys = found[0][0] if found else keys

    def close(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()

    def _pieces(self) -> Iterator[bytes]:
        yield from self._first
        if self._file is not None:
            self._file.seek(0)
            for length in self._lengths:
                stored = self._file.read(length)
                yield zlib.decompress(stored) if self._detailed else stored


class CsvRows:
    """A CSV download that has been checked."""

    transport = Transport.CSV

    def __init__(self, table: CsvTable, keys: Keys) -> None:
        self.rows = table.rows
        self.contiguous = table.contiguous
        self._table = table
        self._keys = keys

    def chunks(self) -> Iterator[tuple[Keys, RowBlock]]:
        """Return the rows in order, with their keys."""
        for block in self._table.blocks():
            yield self._keys, block

    def close(self) -> None:
        """Remove the temporary file."""
        self._table.file.close()


def decode_page(body: bytes, expected: Keys | None = None) -> list[tuple[Keys, RowBlock]]:
    """Decode a page, or a piece of one, see `pages.chunks`.

    Raises:
        ReportError: A row has no known form.
    """
    try:
        return chunks(body, expected)
    except msgspec.DecodeError as error:
        raise ReportError(f"A row has an unknown form: {one_line(str(error))}") from error
