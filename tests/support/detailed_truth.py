"""What the contact center itself says of single events and script paths, in the tap's form.

Worked out without the tap: the sandbox's data, asked for a whole range at once, with names and
values are put into the columns' forms a second time, by the contract.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.model import DetailedSpec, Ongoing

from tests.support.truth import FAR, snake, utc

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.center.center import ContactCenter

INTERACTIONS = "detailed-reports-interaction-details"
NEW_YORK = "America/New_York"


def events(
    center: ContactCenter,
    report_type: str,
    start: str,
    end: str,
    *,
    timezone: str = NEW_YORK,
    now: datetime = FAR,
    **options: Any,
) -> list[dict[str, Any]]:
    """Return the rows of [start, end), without row_id and the columns that all rows share."""
    spec = DetailedSpec(report_type, utc(start), utc(end), timezone, **options)
    table = center.detailed(spec, now)
    found = []
    for row in table.rows:
        record: dict[str, Any] = {}
        for column, value in zip(table.columns, row, strict=True):
            record |= _cells(column.key, value)
        moment = row[[column.key for column in table.columns].index("time")]
        assert isinstance(moment, datetime)
        found.append(record | day_of(moment, timezone))
    return found


def day_of(moment: datetime, timezone: str) -> dict[str, str]:
    """Return the columns of the local day that holds a moment."""
    day = moment.astimezone(ZoneInfo(timezone)).date()
    return {
        "local_date": day.isoformat(),
    }


def nodes(center: ContactCenter, day: str, timezone: str = NEW_YORK) -> list[dict[str, Any]]:
    """Return the script paths of a local day."""
    zone = ZoneInfo(timezone)
    first = date.fromisoformat(day)
    start, end = _midnight(first, zone), _midnight(first + timedelta(days=1), zone)
    fields = ("path_id", "parent_path_id", "script_id", "script_name", "node_type", "node_label")
    return [
        {
            "local_date": day,
            **{name: getattr(node, name) for name in (*fields, "depth", "count", "terminal")},
        }
        for node in center.script_paths(start, end, False, (), FAR)  # noqa: FBT003
    ]


def instant(moment: datetime) -> str:
    """Write an instant of an event as the tap does: in UTC, with milliseconds if it has any."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    thousandths = moment.microsecond // 1000
    return f"{text}.{thousandths:03}Z" if moment.microsecond else f"{text}Z"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _cells(key: str, value: Any) -> dict[str, Any]:
    name = snake(key)
    if key == "participants":
        return {name: None if value is None else [_person(person) for person in value]}
    if isinstance(value, Ongoing):
        return {name: _plain(value.value), f"{name}_ongoing": value.ongoing}
    return {name: _plain(value)}


def _person(person: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in person.items():
        found |= _cells(key, value)
        if isinstance(value, list):
            found[snake(key)] = value
    return found


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
