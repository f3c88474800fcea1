"""The log of what was read: a row for each range of a stream that was read completely.

It shows how fresh each table is, and which rows of a table have vanished at the contact center:
those in a range that are older than its last reading. Empty ranges are logged, too, since all rows
may have vanished. A report that was read in parts has a row for each part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.model.instants import utc_text
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.records.columns import READ_AT, ROW_ID, Column, Role
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from tap_8x8_cc.model.origins import Origin
    from tap_8x8_cc.model.reports import ReportRequest

_COLUMNS = (
    (ROW_ID, Kind.KEY, "Hash of stream, tenant, range and read_at; the key."),
    ("stream", Kind.TEXT, "Stream that was read."),
    ("tenant_id", Kind.TEXT, "Tenant that it was read for; null if requests name none."),
    ("start_time", Kind.TIMESTAMP, "Start of the range, in UTC."),
    ("end_time", Kind.TIMESTAMP, "End of the range, excluded, in UTC."),
    ("local_date", Kind.DATE, "Calendar date of start_time in the time zone."),
    ("local_end_date", Kind.DATE, "Calendar date of end_time in the time zone; excluded."),
    ("granularity", Kind.TEXT, "Length of the buckets; null if rows are events."),
    ("timezone", Kind.TEXT, "IANA time zone of the report."),
    (
        READ_AT,
        Kind.TIMESTAMP,
        "When the tap began to write the rows of the range, in UTC; its rows have the same.",
    ),
    ("created_at", Kind.TIMESTAMP, "When the report was created, in UTC."),
    ("report_id", Kind.TEXT, "Id of the report at the API."),
    ("row_count", Kind.COUNT, "Rows of the range; 0 if it is empty."),
    ("transport", Kind.TEXT, "Form in which the rows came: json or csv."),
    ("generation_seconds", Kind.NUMBER, "Seconds from creation until the report was ready."),
    ("reading_seconds", Kind.NUMBER, "Seconds that reading its rows took."),
)

COLUMNS = tuple(
    Column(name, Role.FIXED, description, kind=kind) for name, kind, description in _COLUMNS
)


def extraction(request: ReportRequest, origin: Origin, rows: int, read_at: str) -> dict[str, Any]:
    """Return the record of a report of which all rows have been written."""
    window, zone = request.window, request.zone
    start, end = utc_text(window.start), utc_text(window.end)
    has_buckets = request.kind is ReportKind.SUMMARY
    return {
        ROW_ID: row_hash((request.stream, request.tenant_id, start, end, read_at)),
        "stream": request.stream,
        "tenant_id": request.tenant_id,
        "start_time": start,
        "end_time": end,
        "local_date": window.start.astimezone(zone).date().isoformat(),
        "local_end_date": window.end.astimezone(zone).date().isoformat(),
        "granularity": request.granularity.value if has_buckets else None,
        "timezone": zone.key,
        READ_AT: read_at,
        "created_at": utc_text(origin.created_at),
        "report_id": origin.report_id,
        "row_count": rows,
        "transport": origin.transport.value,
        "generation_seconds": round(origin.generation_seconds, 3),
        "reading_seconds": round(origin.reading_seconds, 3),
    }
