"""Records on their way out, some hundred at a time and column by column.

To make a dictionary of each row and to look at each of them again costs more than to parse its
values. It is done where something has to be done to each record, in stream maps say; otherwise
the rows of a batch go straight from their columns to the lines of their messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Record = dict[str, Any]

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a stream; to be used once, since columns may be iterators.

    Args:
        names: The names of the columns, in order.
        columns: The values of each.
        count: Number of records.
        kept: Which of the rows decoded the records are of; None where of each.
    """

    names: tuple[str, ...]
    columns: Sequence[Iterable[object]]
    count: int
    kept: Sequence[bool] | None = None

    def records(self) -> list[Record]:
        """Return the records."""
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns, strict=True)]

    def messages(self, stream: str, extracted: datetime) -> bytes:
        """Return the records as Singer RECORD messages, a line each.

        Args:
            stream: The stream's name.
            extracted: When they were read.
        """
        rows = list(starmap(_row_type(self.names), zip(*self.columns, strict=True)))
        if not rows:
            return b""
        message = _Message(stream, _HOLE, extracted)
        head, _, tail = _encoder.encode(message).partition(_HOLE)
        # Each row is a line, and JSON holds no line end.
        lines = _encoder.encode_lines(rows).removesuffix(b"\n")
        return head + lines.replace(b"\n", b"%b\n%b" % (tail, head)) + tail + b"\n"


class _Message(msgspec.Struct, tag_field="type", tag="RECORD"):
    """A Singer RECORD message."""

    stream: str
    record: msgspec.Raw
    time_extracted: datetime


_HOLE = msgspec.Raw(b"{}")


@lru_cache(maxsize=64)
def _row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """Make the type of a record with these columns."""
    return msgspec.defstruct("Row", [(name, Any) for name in names], gc=False)
