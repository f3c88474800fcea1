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
    """One answer to each open question about the API.

    Attributes:
        range: What the `Z` of `dateRange` stands for: an instant in UTC, or (`local`) nothing, the
            digits being what the clock of the report's zone shows.
        week_start: The day on which weeks begin.
        days_cut: Whether buckets are cut by the clock of the report's zone or of UTC.
        overnight_end: Where the bucket of a range that runs overnight ends: with its day, or in the
            morning after, which then counts for the day on which the night begins.
        future: Whether a date range may end after the present.
        end_inclusive: Whether the instant `dateRange.end` belongs to the range.
        month: Elapsed days beyond which a range is longer than a month; `calendar`: one calendar
            month in the report's zone.
        total_elements: Whether `X-Total-Elements` counts all rows, or at most 10,000.
        count_headers: Which pages carry the headers that count.
        total_pages: Whether `X-Total-Pages` counts by the size asked for, or by the default one.
        large_reports: Whether JSON gives the first 10,000 rows of a longer report or refuses it.
        past_end: What a page past the end is: an empty list, 400 or 404.
        least_page_size: The smallest `size` of a page that is accepted.
        live_rows: Whether rows stand still while the pages are turned for the first time; if not,
            each page begins a row early (`repeated`) or a row late (`shifted`).
        empty_report: What the rows of a report without any are: an empty list, nothing (204),
            null, an empty object, or 404.
        data_wrapper: Name of what the array of rows stands in.
        empty_total_pages: `X-Total-Pages` of a report without rows.
        total_key: Name of a row's first key.
        unasked_total: Whether that key is null, absent or false where no totals were requested.
        items: A row's items as a list of key, label and value; as an object of key and value; or
            (`mixed`) an object in ordinary rows and a list in totals; or (`flat`) the cells beside
            the total, without items around them.
        labels: Whether labels are texts, numbers, or objects of languages.
        ids: Type of a report's id in JSON.
        value_types: Whether numbers are written as texts or as JSON numbers.
        durations: How durations are written.
        percentages: How percentages are written.
        nothing: How a value that doesn't exist is written.
        utc: How an offset of zero is written.
        seconds_in_times: Whether the times of a bucket carry seconds.
        bucket_times: Whether the times of a bucket carry an offset (`milliseconds`: and those), or
            none (`local`), or are a date alone where they can, or milliseconds since 1970.
        none_times: Whether a report of granularity `none` carries startTime and endTime.
        details_timezone: `timezone` of a report's details where its request named none.
        error_body: Form of an error: plain text, a JSON object, an RFC 9457 problem, an object of
            a message alone, or a gateway's fault.
        first_status: Status of a report that waits for its generation.
        waiting_status: Status of a report that is being generated.
        done_status: Status of a report that is done.
        failed_status: Status of a report that failed.
        create_answer: Whether a create answers id and status, an id alone, or a `Location` alone.
        create_code: HTTP status of a create.
        unknown_polls: How often the status of a new report is asked for before it is known.
        post_slash: Whether the path of a create may, must or must not end with a slash.
        redirect_gets: HTTP status by which GETs are sent elsewhere on this host; 0: they are not.
        redirect_posts: The same of POSTs.
        downloads: Whether a download is answered, or is a redirect to another host that wants no
            token.
        gateway_path: What stands before all paths.
        regions: Whether regions besides those that are known have paths.
        json_bom: Whether JSON begins with a byte-order mark.
        listing: Whether report types are listed, or the list is empty, or an object of none.
        listing_metrics: Whether metrics are listed as names or as objects.
        listing_group_by: Whether groupings are listed as objects or as names.
        listing_surveys: Whether survey types are listed, and created, with their groupings.
        listing_search: Whether summary types are listed with what they can be searched by.
        listing_extra: What else is listed: fields that nobody knows, or an entry without a type.
        csv_header: Whether the first row of a download names labels or keys.
        csv_bom: Whether a CSV begins with a byte-order mark.
        csv_durations: How a CSV writes durations; `same`: as JSON does.
        csv_percentages: How a CSV writes percentages; `same`: as JSON does.
        csv_nothing: How a CSV writes a value that doesn't exist; `same`: as JSON does, with an
            empty cell for null.
        csv_totals: Whether a leading column `Total` tells a CSV's rows of totals from the others.
        csv_disagrees: What is wrong with a CSV: other values than JSON's, another order of rows,
            two columns with one label, or other values after the first 1,000 rows only.
        csv_guard: Whether an apostrophe stands before texts that look like formulas.
        detailed_status: Whether a detailed report is done at once, or its status is to be asked
            for at the path of ordinary or of detailed reports.
        last_cursor: Whether the last page of a detailed report names no document, or the one after
            which it was asked for.
        participants: Whether participants hold texts and objects, or (`bare`) numbers and a bare 0
            for a duration of nothing.
        settings_since: The API version since which detailed reports know `includeParticipants` and
            `reportSettings`.
        detailed_create: Whether a created detailed report is answered as an object or as a list
            of one.
        detailed_values: Whether durations and finish times of detailed reports are plain, or
            objects of `value` and `ongoing`.
        script_root: What a root of script paths has for a parent.
        empty_paths: Whether script paths of a time without any are a header, or 404.
        script_paths_listing: Whether script-paths is listed by its type alone, with its fields,
            or not at all.
        rate_limit_headers: Whether every answer carries `x-ratelimit-*` headers.
    """

    range: Literal["instant", "local"] = "instant"
    week_start: Literal["monday", "sunday"] = "monday"
    days_cut: Literal["zone", "utc"] = "zone"
    overnight_end: Literal["day", "morning"] = "day"
    future: Literal["accepted", "refused"] = "accepted"
    end_inclusive: bool = True
    month: Literal["28", "30", "31", "calendar"] = "31"
    total_elements: Literal["true", "capped"] = "true"
    empty_total_pages: Literal[0, 1] = 1
    total_key: Literal["total", "totals"] = "total"
    unasked_total: Literal["null", "absent", "false"] = "null"
    items: Literal["list", "object", "mixed", "flat"] = "list"
    labels: Literal["text", "number", "object"] = "text"
    ids: Literal["number", "text"] = "number"
    value_types: Literal["text", "native"] = "text"
    durations: Durations = "ms"
    percentages: Percentages = "decimal"
    nothing: Nothing = "null"
    utc: Literal["Z", "+00:00"] = "Z"
    seconds_in_times: bool = False
    bucket_times: Literal["offset", "milliseconds", "local", "date", "epoch"] = "offset"
    none_times: bool = True
    details_timezone: Literal["filled", "absent", "null"] = "filled"
    error_body: Literal["text", "json", "problem", "message", "fault"] = "text"
    first_status: WaitingWord = "IN_PROGRESS"
    waiting_status: WaitingWord = "IN_PROGRESS"
    done_status: DoneWord = "DONE"
    failed_status: FailedWord = "FAILED"
    create_answer: Literal["full", "id", "location"] = "full"
    create_code: Literal[200, 201, 202] = 200
    unknown_polls: Literal[0, 1, 2, 3] = 0
    post_slash: Literal["either", "needed", "refused"] = "either"
    redirect_gets: Literal[0, 301, 302, 303, 307, 308] = 0
    redirect_posts: Literal[0, 307, 308] = 0
    downloads: Literal["here", "elsewhere"] = "here"
    gateway_path: Literal["", "/gateway/cc"] = ""
    regions: Literal["known", "any"] = "known"
    json_bom: bool = False
    listing: Literal["all", "empty", "object"] = "all"
    listing_metrics: Literal["names", "objects"] = "names"
    listing_group_by: Literal["objects", "names"] = "objects"
    listing_surveys: Literal["grouped", "ungrouped"] = "grouped"
    listing_search: bool = False
    listing_extra: Literal["nothing", "fields", "entry"] = "nothing"
    csv_header: Literal["label", "key"] = "label"
    csv_bom: bool = False
    csv_durations: Durations | Literal["same"] = "same"
    csv_percentages: Percentages | Literal["same"] = "same"
    csv_nothing: Nothing | Literal["same"] = "same"
    csv_totals: Literal["marked", "unmarked"] = "unmarked"
    csv_disagrees: Literal["no", "values", "order", "duplicate_labels", "late"] = "no"
    detailed_create: Literal["object", "list"] = "object"
    detailed_values: Literal["plain", "ongoing"] = "ongoing"
    script_root: Literal["empty", "0", "-", "null", "itself"] = "empty"
    empty_paths: Literal["header", "404"] = "header"
    script_paths_listing: Literal["bare", "fields", "absent"] = "bare"
    rate_limit_headers: bool = False
    count_headers: Literal["all", "first", "none"] = "all"
    total_pages: Literal["by_size", "by_default"] = "by_size"
    large_reports: Literal["first", "refused"] = "first"
    past_end: Literal["empty", "400", "404"] = "empty"
    least_page_size: Literal[1, 10] = 1
    live_rows: Literal["still", "repeated", "shifted"] = "still"
    empty_report: Literal["list", "204", "null", "object", "404"] = "list"
    data_wrapper: Literal["none", "items", "data", "content"] = "none"
    csv_guard: bool = False
    detailed_status: Literal["done", "ordinary", "detailed"] = "done"
    last_cursor: Literal["absent", "echo"] = "absent"
    participants: Literal["texts", "bare"] = "texts"
    settings_since: Literal[3, 8, 9] = 3
