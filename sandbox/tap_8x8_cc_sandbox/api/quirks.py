"""How the simulated API behaves where the vendor's documentation is silent or contradicts itself.

Every switch is one open question; every value is an answer that a client has to cope with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Durations: TypeAlias = Literal["ms", "ms_decimal", "clock"]
"""`32281`, `32281.0`, or `0:00:32`."""
Percentages: TypeAlias = Literal["decimal", "sign"]
"""`66.67` or `66.67%`."""
Nothing: TypeAlias = Literal["null", "empty", "dash", "na"]
"""A value that doesn't exist: null, an empty text, `-`, or `N/A`."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """One answer to each open question about the API.

    Attributes:
        range: What the `Z` of `dateRange` stands for: an instant in UTC, or (`local`) nothing, the
            digits being what the clock of the report's zone shows.
        future: Whether a date range may end after the present.
        end_inclusive: Whether the instant `dateRange.end` belongs to the range.
        month: Elapsed days beyond which a range is longer than a month; `calendar`: one calendar
            month in the report's zone.
        total_elements: Whether `X-Total-Elements` counts all rows, or at most 10,000.
        empty_total_pages: `X-Total-Pages` of a report without rows.
        total_key: Name of a row's first key.
        unasked_total: Whether that key is null or absent where no totals were requested.
        items: A row's items as a list of key, label and value; as an object of key and value; or
            (`mixed`) an object in ordinary rows and a list in totals.
        ids: Type of a report's id in JSON.
        value_types: Whether numbers are written as texts or as JSON numbers.
        durations: How durations are written.
        percentages: How percentages are written.
        nothing: How a value that doesn't exist is written.
        utc: How an offset of zero is written.
        seconds_in_times: Whether the times of a bucket carry seconds.
        none_times: Whether a report of granularity `none` carries startTime and endTime.
        details_timezone: `timezone` of a report's details where its request named none.
        error_body: Form of an error: plain text, a JSON object, or an RFC 9457 problem.
        first_status: Status of a report that waits for its generation.
        csv_header: Whether the first row of a download names labels or keys.
        csv_bom: Whether a CSV begins with a byte-order mark.
        csv_durations: How a CSV writes durations; `same`: as JSON does.
        csv_percentages: How a CSV writes percentages; `same`: as JSON does.
        csv_nothing: How a CSV writes a value that doesn't exist; `same`: as JSON does, with an
            empty cell for null.
        csv_totals: Whether a leading column `Total` tells a CSV's rows of totals from the others.
        csv_disagrees: What is wrong with a CSV: other values than JSON's, another order of rows,
            two columns with one label, or other values after the first 1,000 rows only.
        detailed_create: Whether a created detailed report is answered as an object or as a list
            of one.
        detailed_values: Whether durations and finish times of detailed reports are plain, or
            objects of `value` and `ongoing`.
        script_paths_listing: Whether script-paths is listed by its type alone, with its fields,
            or not at all.
        rate_limit_headers: Whether every answer carries `x-ratelimit-*` headers.
    """

    range: Literal["instant", "local"] = "instant"
    future: Literal["accepted", "refused"] = "accepted"
    end_inclusive: bool = True
    month: Literal["28", "30", "31", "calendar"] = "31"
    total_elements: Literal["true", "capped"] = "true"
    empty_total_pages: Literal[0, 1] = 1
    total_key: Literal["total", "totals"] = "total"
    unasked_total: Literal["null", "absent"] = "null"
    items: Literal["list", "object", "mixed"] = "list"
    ids: Literal["number", "text"] = "number"
    value_types: Literal["text", "native"] = "text"
    durations: Durations = "ms"
    percentages: Percentages = "decimal"
    nothing: Nothing = "null"
    utc: Literal["Z", "+00:00"] = "Z"
    seconds_in_times: bool = False
    none_times: bool = True
    details_timezone: Literal["filled", "absent", "null"] = "filled"
    error_body: Literal["text", "json", "problem"] = "text"
    first_status: Literal["IN_PROGRESS", "QUEUED"] = "IN_PROGRESS"
    csv_header: Literal["label", "key"] = "label"
    csv_bom: bool = False
    csv_durations: Durations | Literal["same"] = "same"
    csv_percentages: Percentages | Literal["same"] = "same"
    csv_nothing: Nothing | Literal["same"] = "same"
    csv_totals: Literal["marked", "unmarked"] = "unmarked"
    csv_disagrees: Literal["no", "values", "order", "duplicate_labels", "late"] = "no"
    detailed_create: Literal["object", "list"] = "object"
    detailed_values: Literal["plain", "ongoing"] = "ongoing"
    script_paths_listing: Literal["bare", "fields", "absent"] = "bare"
    rate_limit_headers: bool = False
