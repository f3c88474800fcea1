"""Everything that the probe saw, for the questions to be answered from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe.answers import Sight, read_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.api.tape import Exchange
    from tap_8x8_cc.model.date_ranges import DateRangeReading
    from tap_8x8_cc_probe.asking import SyncReading

NOT_ASKED = "it was not asked for"


@dataclass(slots=True)
class Seen:
    """What the probe saw.

    Attributes:
        listing: The report types on offer, as the tap reads them.
        missing: The answer to a question about a report that there is not.
        sights: What was seen of each report, by its name.
        zone: The zone of the reports.
        zone_is_set: Whether the settings say it.
        default_zone: The tenant's default zone as the API told it.
        reading: What the API was shown to take a date range for.
        one_reading: Whether the zone's clock shows UTC, so that there is nothing to tell apart.
        end: Whether a bucket that begins at the end of a range came; None where that was not seen.
        sync: How the tap itself read the report by days; None where it could not.
        exchanges: All that was asked and answered, in the order of the answers.
        seconds: How long the probe took.
    """

    listing: Listing = field(default_factory=dict)
    missing: Exchange | None = None
    sights: dict[str, Sight] = field(default_factory=dict)
    zone: ZoneInfo | None = None
    zone_is_set: bool = False
    default_zone: str | None = None
    reading: DateRangeReading | None = None
    one_reading: bool = False
    end: bool | None = None
    sync: SyncReading | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    seconds: float = 0.0

    def sight(self, name: str) -> Sight:
        """Return what was seen of a report; where nothing was, that, and why."""
        return self.sights.get(name) or Sight(why_not=NOT_ASKED)

    @property
    def types(self) -> Exchange | None:
        """The answer that lists the report types."""
        found = [e for e in self.exchanges if e.path == "/report-types"]
        return found[-1] if found else None

    @property
    def listed(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The list of report types as it came; None where there is none."""
        return read_json(self.types.body) if self.types and self.types.went_well else None

    @property
    def reports(self) -> int:
        """How many reports were created."""
        return sum(e.creates and e.went_well for e in self.exchanges)

    @property
    def creations(self) -> list[Any]:
        """The JSON of the answers to creations."""
        return [read_json(e.body) for e in self.exchanges if e.creates and e.went_well]
