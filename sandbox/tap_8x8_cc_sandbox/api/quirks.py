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

WaitingWord: TypeAlias = Literal[
    "IN_PROGRESS", "QUEUED", "PENDING", "RUNNING", "In Progress", "in_progress"
]
DoneWord: TypeAlias = Literal["DONE", "done", "COMPLETED", "COMPLETE", "SUCCESS", "READY"]
FailedWord: TypeAlias = Literal["FAILED", "failed", "ERROR", "CANCELLED", "EXPIRED"]


@dataclass(frozen=True, slots=True)
class Quirks:
    """One answer to each open question about the API."""

    # What the `Z` of `dateRange` stands for: an instant in UTC, or (`local`) nothing, the digits
    # being what the clock of the report's zone shows.
    range: Literal["instant", "local"] = "instant"
    week_start: Literal["monday", "sunday"] = "monday"  # the day on which weeks begin
    # Whether buckets are cut by the clock of the report's zone or of UTC.
    days_cut: Literal["zone", "utc"] = "zone"
    # Where the bucket of a range that runs overnight ends: with its day, or in the morning after,
    # which then counts for the day on which the night begins.
    overnight_end: Literal["day", "morning"] = "day"
    # Whether a date range may end after the present.
    future: Literal["accepted", "refused"] = "accepted"
    end_inclusive: bool = True  # whether the instant `dateRange.end` belongs to the range
    # Elapsed days beyond which a range is longer than a month; `calendar`: one calendar month in
    # the report's zone.
    month: Literal["28", "30", "31", "calendar"] = "31"
    # Whether `X-Total-Elements` counts all rows, or at most 10,000.
    total_elements: Literal["true", "capped"] = "true"
    empty_total_pages: Literal[0, 1] = 1  # `X-Total-Pages` of a report without rows
    total_key: Literal["total", "totals"] = "total"  # name of a row's first key
    # Whether that key is null, absent or false where no totals were requested.
    unasked_total: Literal["null", "absent", "false"] = "null"
    # A row's items as a list of key, label and value; as an object of key and value; or (`mixed`)
    # an object in ordinary rows and a list in totals; or (`flat`) the cells beside the total,
    # without items around them.
    items: Literal["list", "object", "mixed", "flat"] = "list"
    # Whether labels are texts, numbers, or objects of languages.
    labels: Literal["text", "number", "object"] = "text"
    ids: Literal["number", "text"] = "number"  # type of a report's id in JSON
    # Whether numbers are written as texts or as JSON numbers.
    value_types: Literal["text", "native"] = "text"
    durations: Durations = "ms"  # how durations are written
    percentages: Percentages = "decimal"  # how percentages are written
    nothing: Nothing = "null"  # how a value that doesn't exist is written
    utc: Literal["Z", "+00:00"] = "Z"  # how an offset of zero is written
    seconds_in_times: bool = False  # whether the times of a bucket carry seconds
    # Whether the times of a bucket carry an offset (`milliseconds`: and those), or none (`local`),
    # or are a date alone where they can, or milliseconds since 1970.
    bucket_times: Literal["offset", "milliseconds", "local", "date", "epoch"] = "offset"
    none_times: bool = True  # whether a report of granularity `none` carries startTime and endTime
    # `timezone` of a report's details where its request named none.
    details_timezone: Literal["filled", "absent", "null"] = "filled"
    # Form of an error: plain text, a JSON object, an RFC 9457 problem, an object of a message
    # alone, or a gateway's fault.
    error_body: Literal["text", "json", "problem", "message", "fault"] = "text"
    first_status: WaitingWord = "IN_PROGRESS"  # status of a report that waits for its generation
    waiting_status: WaitingWord = "IN_PROGRESS"  # status of a report that is being generated
    done_status: DoneWord = "DONE"  # status of a report that is done
    failed_status: FailedWord = "FAILED"  # status of a report that failed
    # Whether a create answers id and status, an id alone, or a `Location` alone.
    create_answer: Literal["full", "id", "location"] = "full"
    create_code: Literal[200, 201, 202] = 200  # HTTP status of a create
    # How often the status of a new report is asked for before it is known.
    unknown_polls: Literal[0, 1, 2, 3] = 0
    # Whether the path of a create may, must or must not end with a slash.
    post_slash: Literal["either", "needed", "refused"] = "either"
    # HTTP status by which GETs are sent elsewhere on this host; 0: they are not.
    redirect_gets: Literal[0, 301, 302, 303, 307, 308] = 0
    redirect_posts: Literal[0, 307, 308] = 0  # the same of POSTs
    # Whether a download is answered, or is a redirect to another host that wants no token.
    downloads: Literal["here", "elsewhere"] = "here"
    gateway_path: Literal["", "/gateway/cc"] = ""  # what stands before all paths
    # Whether regions besides those that are known have paths.
    regions: Literal["known", "any"] = "known"
    json_bom: bool = False  # whether JSON begins with a byte-order mark
    # Whether report types are listed, or the list is empty, or an object of none.
    listing: Literal["all", "empty", "object"] = "all"
    # Whether metrics are listed as names or as objects.
    listing_metrics: Literal["names", "objects"] = "names"
    # Whether groupings are listed as objects or as names.
    listing_group_by: Literal["objects", "names"] = "objects"
    # Whether survey types are listed, and created, with their groupings.
    listing_surveys: Literal["grouped", "ungrouped"] = "grouped"
    # Whether summary types are listed with what they can be searched by.
    listing_search: bool = False
    # What else is listed: fields that nobody knows, or an entry without a type.
    listing_extra: Literal["nothing", "fields", "entry"] = "nothing"
    # Whether the first row of a download names labels or keys.
    csv_header: Literal["label", "key"] = "label"
    csv_bom: bool = False  # whether a CSV begins with a byte-order mark
    # How a CSV writes durations; `same`: as JSON does.
    csv_durations: Durations | Literal["same"] = "same"
    # How a CSV writes percentages; `same`: as JSON does.
    csv_percentages: Percentages | Literal["same"] = "same"
    # How a CSV writes a value that doesn't exist; `same`: as JSON does, with an empty cell for
    # null.
    csv_nothing: Nothing | Literal["same"] = "same"
    # Whether a leading column `Total` tells a CSV's rows of totals from the others.
    csv_totals: Literal["marked", "unmarked"] = "unmarked"
    # What is wrong with a CSV: other values than JSON's, another order of rows, two columns with
    # one label, or other values after the first 1,000 rows only.
    csv_disagrees: Literal["no", "values", "order", "duplicate_labels", "late"] = "no"
    # Whether a created detailed report is answered as an object or as a list of one.
    detailed_create: Literal["object", "list"] = "object"
    # Whether durations and finish times of detailed reports are plain, or objects of `value` and
    # `ongoing`.
    detailed_values: Literal["plain", "ongoing"] = "ongoing"
    # What a root of script paths has for a parent.
    script_root: Literal["empty", "0", "-", "null", "itself"] = "empty"
    # Whether script paths of a time without any are a header, or 404.
    empty_paths: Literal["header", "404"] = "header"
    # Whether script-paths is listed by its type alone, with its fields, or not at all.
    script_paths_listing: Literal["bare", "fields", "absent"] = "bare"
    rate_limit_headers: bool = False  # whether every answer carries `x-ratelimit-*` headers
    # Which pages carry the headers that count.
    count_headers: Literal["all", "first", "none"] = "all"
    # Whether `X-Total-Pages` counts by the size asked for, or by the default one.
    total_pages: Literal["by_size", "by_default"] = "by_size"
    # Whether JSON gives the first 10,000 rows of a longer report or refuses it.
    large_reports: Literal["first", "refused"] = "first"
    # What a page past the end is: an empty list, 400 or 404.
    past_end: Literal["empty", "400", "404"] = "empty"
    least_page_size: Literal[1, 10] = 1  # the smallest `size` of a page that is accepted
    # Whether rows stand still while the pages are turned for the first time; if not, each page
    # begins a row early (`repeated`) or a row late (`shifted`).
    live_rows: Literal["still", "repeated", "shifted"] = "still"
    # What the rows of a report without any are: an empty list, nothing (204), null, an empty
    # object, or 404.
    empty_report: Literal["list", "204", "null", "object", "404"] = "list"
    # Name of what the array of rows stands in.
    data_wrapper: Literal["none", "items", "data", "content"] = "none"
    csv_guard: bool = False  # whether an apostrophe stands before texts that look like formulas
    # Whether a detailed report is done at once, or its status is to be asked for at the path of
    # ordinary or of detailed reports.
    detailed_status: Literal["done", "ordinary", "detailed"] = "done"
    # Whether the last page of a detailed report names no document, or the one after which it was
    # asked for.
    last_cursor: Literal["absent", "echo"] = "absent"
    # Whether participants hold texts and objects, or (`bare`) numbers and a bare 0 for a duration
    # of nothing.
    participants: Literal["texts", "bare"] = "texts"
    # The API version since which detailed reports know `includeParticipants` and `reportSettings`.
    settings_since: Literal[3, 8, 9] = 3
