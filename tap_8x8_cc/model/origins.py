"""Where the rows of a report come from, and what it took to have them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Transport(StrEnum):
    """In which form the API gave the rows of a report."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Origin:
    """A report of which all rows have been read.

    Args:
        report_id: The API's id of it.
        created_at: When the API had created it, in UTC.
        generation_seconds: From then until it was DONE.
        reading_seconds: From then until all of its rows had been read.
        transport: The form in which its rows came.
    """

    report_id: str
    created_at: datetime
    generation_seconds: float
    reading_seconds: float
    transport: Transport
