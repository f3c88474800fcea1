"""The log of what was read: a row for each range of a stream that was read whole.

It tells how fresh each table is, and which rows of a table have vanished at the contact center:
those in a range that are older than its last reading. Empty ranges are in it, since all may have
vanished; a report that was read in parts has a row for each part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.model.instants import utc_text
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from tap_8x8_cc.model.origins import Origin
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.batches import Record

KEY = "row_id"
REPLICATION_KEY = "read_at"
_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_MOMENT: dict[str, Any] = {**_TEXT, "format": "date-time"}
_DATE: dict[str, Any] = {**_TEXT, "format": "date"}
_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
_COLUMNS: dict[str, tuple[dict[str, Any], str]] = {
    KEY: ({"type": ["string"]}, "Hash of stream, tenant, range and read_at; the key."),
    "stream": (_TEXT, "Stream that was read."),
    "tenant_id": (_TEXT, "Tenant that it was read for; null where requests name none."),
    "start_time": (_MOMENT, "Begin of the range, in UTC."),
    "end_time": (_MOMENT, "End of the range, excluded, in UTC."),
    "local_date": (_DATE, "Calendar date of start_time in the time zone."),
    "local_end_date": (
        _DATE,
        "Calendar date of end_time in the time zone; excluded.",
    ),
    "granularity": (_TEXT, "Length of the buckets; null where rows are events."),
    "timezone": (_TEXT, "IANA time zone of the report."),
    REPLICATION_KEY: (_MOMENT, "When the report was created, in UTC; its rows have the same."),
    "report_id": (_TEXT, "Id of the report at the API."),
    "row_count": ({"type": ["integer", "null"]}, "Rows of the range; 0 where it is empty."),
    "transport": (_TEXT, "Form in which the rows came: json or csv."),
    "generation_seconds": (_NUMBER, "Seconds from creation until the report was ready."),
    "reading_seconds": (_NUMBER, "Seconds that reading its rows took."),
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        name: {**form, "description": description} for name, (form, description) in _COLUMNS.items()
    },
    "required": [KEY],
}


def extraction(request: ReportRequest, origin: Origin, rows: int) -> Record:
    """Return the record of a report of which all rows have been written.

    Args:
        request: The report's request.
        origin: The report.
        rows: How many rows of its window it had.
    """
    window, zone = request.window, request.zone
    start, end, read_at = utc_text(window.start), utc_text(window.end), origin.read_at
    granularity = request.granularity.value if request.kind is ReportKind.SUMMARY else None
    identity = (request.stream, request.tenant_id, start, end, read_at)
    return {
        KEY: row_hash(identity).hex(),
        "stream": request.stream,
        "tenant_id": request.tenant_id,
        "start_time": start,
        "end_time": end,
        "local_date": window.start.astimezone(zone).date().isoformat(),
        "local_end_date": window.end.astimezone(zone).date().isoformat(),
        "granularity": granularity,
        "timezone": zone.key,
        REPLICATION_KEY: read_at,
        "report_id": origin.report_id,
        "row_count": rows,
        "transport": origin.transport.value,
        "generation_seconds": round(origin.generation_seconds, 3),
        "reading_seconds": round(origin.reading_seconds, 3),
    }
