"""The present as the contact center sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


class Clock:
    """Real time, or a simulated time that stands still until it is moved.

    Args:
        fixed: Gives the simulated present, None for the real one.
        fix: Sets the simulated present.
    """

    def __init__(
        self, fixed: Callable[[], datetime | None], fix: Callable[[datetime], None]
    ) -> None:
        self._fixed = fixed
        self._fix = fix

    def now(self) -> datetime:
        """Return the present."""
        return self._fixed() or datetime.now(UTC)

    def set(self, now: datetime) -> None:
        """Move the present to an instant, and stop it there."""
        self._fix(now)

    def advance(self, by: timedelta) -> None:
        """Move the present on (or back), and stop it there."""
        self._fix(self.now() + by)
