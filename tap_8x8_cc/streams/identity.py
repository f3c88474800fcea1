"""What is said where the API no longer returns just the keys that identify a stream's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from singer_sdk import Stream


class IdentityWatch:
    """Warns of keys that came or went since the first run, once each.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._told: set[str] = set()

    def compare(self, frozen: Collection[str], found: Collection[str]) -> None:
        """Warn of what is in one of them only.

        Args:
            frozen: What has identified rows since the first run.
            found: What would identify them if this were the first.
        """
        if added := self._news(found, frozen):
            self._stream.logger.warning(
                "%s: %s came after the first run. It is a column, but no part of the key, since "
                "all rows would get another; rows that differ in nothing else are numbered. To "
                "have it in the key, read the stream anew.",
                self._stream.name,
                ", ".join(added),
            )
        if lost := self._news(frozen, found):
            self._stream.logger.warning(
                "%s: %s, which identified rows until now, no longer comes. Rows that are read "
                "again get another key and stand beside those of before, until the statement for "
                "vanished rows is run or the stream is read anew.",
                self._stream.name,
                ", ".join(lost),
            )

    def _news(self, these: Collection[str], others: Collection[str]) -> list[str]:
        found = sorted(set(these) - set(others) - self._told)
        self._told.update(found)
        return found
