"""The settings as a JSON Schema: what `--about`, the README and validation are made from."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from tap_8x8_cc.model.calendar import Granularity

DATE_RANGE_READINGS = ("auto", "instant", "local")
WEEK_STARTS = ("monday", "sunday")
DATA_FORMATS = ("auto", "json", "csv")
DAY_SECONDS = 86_400
LARGEST_DAYS = 3_660
MOST_REUSE_MINUTES = 10_080
LONGEST_NAME = 63
"""Characters of a custom report's name: PostgreSQL cuts off what is longer."""
MOST_CONCURRENT = 1_000
"""Each report in being has a thread and may have a connection."""
REGION_PATTERN = r"^[a-z][a-z0-9-]{0,31}$"
API_VERSION_PATTERN = r"^v[1-9][0-9]{0,2}$"
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
NAME_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
PATTERNS_IN_WORDS = {
    REGION_PATTERN: "a word in small letters, such as eu",
    API_VERSION_PATTERN: "v and a number, such as v8",
    TIME_PATTERN: "HH:MM:SS, such as 08:30:00",
    NAME_PATTERN: "lower snake_case, such as calls_by_queue",
}
GRANULARITIES = [granularity.value for granularity in Granularity]


def _intra_day() -> th.ObjectType:
    return th.ObjectType(
        th.Property("start", th.StringType(pattern=TIME_PATTERN), required=True),
        th.Property("end", th.StringType(pattern=TIME_PATTERN), required=True),
        additional_properties=False,
    )


def _seconds() -> th.IntegerType:
    return th.IntegerType(minimum=1, maximum=DAY_SECONDS)


_FILTER = th.ObjectType(
    th.Property("name", th.StringType(min_length=1), required=True),
    th.Property("values", th.ArrayType(th.StringType), required=True),
    additional_properties=False,
)
_SEARCH = th.ObjectType(
    th.Property("field", th.StringType(min_length=1), required=True),
    th.Property("operator", th.StringType(min_length=1), required=True),
    th.Property("value", th.CustomType({"type": ["string", "array"], "items": {"type": "string"}})),
    additional_properties=False,
)
_REPORT = th.ObjectType(
    th.Property(
        "name", th.StringType(pattern=NAME_PATTERN, max_length=LONGEST_NAME), required=True
    ),
    th.Property("type", th.StringType(min_length=1), required=True),
    th.Property("group_by", th.StringType(min_length=1)),
    th.Property("granularity", th.StringType(allowed_values=GRANULARITIES)),
    th.Property("filters", th.ArrayType(_FILTER)),
    th.Property("search_query", th.ArrayType(_SEARCH)),
    th.Property("metrics", th.ArrayType(th.StringType)),
    th.Property("timezone", th.StringType(min_length=1)),
    th.Property("intra_day_time_range", _intra_day()),
    th.Property("include_subtotals", th.BooleanType),
    th.Property("include_grand_total", th.BooleanType),
    additional_properties=False,
)


Form = th.JSONTypeHelper[Any] | type[th.JSONTypeHelper[Any]]


def _setting(
    name: str, form: Form, description: str, *, title: str = "", **more: Any
) -> th.Property[Any]:
    """Return a setting; its title is its name in words, if no other is given."""
    title = title or name.replace("_", " ").capitalize()
    return th.Property(name, form, title=title, description=description, **more)


CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    _setting(
        "client_id",
        th.StringType(min_length=1),
        "Key of an app that has the API product Analytics for Contact Center.",
        title="API key",
        required=True,
    ),
    _setting(
        "client_secret",
        th.StringType(min_length=1),
        "Secret of the API key.",
        title="API secret",
        required=True,
        secret=True,
    ),
    _setting(
        "start_date",
        th.StringType,
        "First data to read: a date (from midnight in the report's time zone) or a date-time. "
        "The bucket that contains it is read whole.",
        required=True,
    ),
    _setting(
        "end_date",
        th.StringType,
        "Read nothing after this date (from its midnight) or date-time; for backfills. Default: "
        "now.",
    ),
    _setting(
        "region",
        th.StringType(pattern=REGION_PATTERN),
        "Region of the contact center: us, eu, au (Asia-Pacific) or ca. Other words are passed on.",
        default="us",
    ),
    _setting(
        "api_version",
        th.StringType(pattern=API_VERSION_PATTERN),
        "Version of the API: v and a number.",
        title="API version",
        default="v8",
    ),
    _setting(
        "api_url",
        th.StringType,
        "Origin of all calls, with a path if a gateway needs one. Plain http is accepted for a "
        "loopback host only.",
        title="API URL",
        default="https://api.8x8.com",
    ),
    _setting(
        "tenant_ids",
        th.ArrayType(th.StringType(min_length=1)),
        "For customers with several tenants: the tap reads each of them, with its own state, "
        "and its rows have a tenant_id.",
    ),
    _setting(
        "timezone",
        th.StringType(min_length=1),
        "IANA time zone of the buckets; it must be configured for the tenant. Default: the "
        "tenant's default, which the tap asks the API for.",
        title="Time zone",
    ),
    _setting(
        "granularity",
        th.StringType(allowed_values=GRANULARITIES),
        "Bucket of every discovered summary stream: 15m, 30m, hour, day, week, month, year, or "
        "none: one row per group for the whole range.",
        default="day",
    ),
    _setting(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=LARGEST_DAYS),
        "Days before the bookmark to read again, because figures change after the fact.",
        default=3,
    ),
    _setting(
        "date_range_reading",
        th.StringType(allowed_values=DATE_RANGE_READINGS),
        "How the API reads the Z of a date range: as UTC (instant) or as the clock of the "
        "report's time zone (local). auto is right under both, and finds out which it is.",
        default="auto",
    ),
    _setting(
        "week_start",
        th.StringType(allowed_values=WEEK_STARTS),
        "First day of the API's weeks: monday or sunday.",
        default="monday",
    ),
    _setting(
        "max_window_days",
        th.IntegerType(minimum=1, maximum=LARGEST_DAYS),
        "Maximum days per report, if long reports fail. Default: by the API's rules. A week, "
        "month or year report never has fewer days than the rules require.",
        title="Longest window",
    ),
    _setting(
        "settle_minutes",
        th.IntegerType(minimum=0, maximum=LARGEST_DAYS * 1440),
        "Read a bucket only if it ended at least this many minutes ago.",
        default=30,
    ),
    _setting(
        "intra_day_time_range",
        _intra_day(),
        "Read only this part of each day: {start, end} as HH:MM:SS, at least 15 minutes. An end "
        "before the start means overnight (from v6).",
        title="Intra-day time range",
    ),
    _setting(
        "include_subtotals",
        th.BooleanType,
        "Also read subtotal rows, marked in the column total_type.",
        default=False,
    ),
    _setting(
        "include_grand_total",
        th.BooleanType,
        "Also read the grand total, marked in the column total_type.",
        default=False,
    ),
    _setting(
        "reports",
        th.ArrayType(_REPORT),
        "Streams of your own: name, type, group_by, and optionally granularity, filters, "
        "search_query, metrics, timezone, intra_day_time_range and totals.",
        title="Custom reports",
    ),
    _setting(
        "detailed_reports",
        th.CustomType(
            {"type": ["boolean", "array", "string", "null"], "items": {"type": "string"}}
        ),
        "Whether detailed reports and script paths, which hold personal data, are streams: "
        'true, or a list of types such as ["detailed-reports-agent-status-change"].',
        default=False,
    ),
    _setting(
        "include_participants",
        th.BooleanType,
        "Include the participants of detailed interactions, as an array of objects.",
        default=True,
    ),
    _setting(
        "show_ongoing_interactions",
        th.BooleanType,
        "Include unfinished interactions in detailed reports.",
        default=False,
    ),
    _setting(
        "data_format",
        th.StringType(allowed_values=DATA_FORMATS),
        "How to read rows: json, csv, or auto: JSON, and the CSV download, checked against JSON "
        "pages, only for a report with 10,000 rows or more.",
        default="auto",
    ),
    _setting(
        "page_size",
        th.IntegerType(minimum=1, maximum=1000),
        "Rows per JSON page; the API may refuse fewer than 10.",
        default=1000,
    ),
    _setting(
        "max_concurrent_reports",
        th.IntegerType(minimum=1, maximum=MOST_CONCURRENT),
        "Maximum reports in flight, over all streams.",
        title="Concurrent reports",
        default=4,
    ),
    _setting(
        "retry_seconds",
        th.IntegerType(minimum=1, maximum=7 * DAY_SECONDS),
        "How long to retry a call that is throttled (429), answered with 5xx or garbage, or "
        "can't connect, in seconds.",
        default=3600,
    ),
    _setting(
        "report_reuse_minutes",
        th.IntegerType(minimum=0, maximum=MOST_REUSE_MINUTES),
        "Reuse a report that an interrupted run created and did not read, if it is at most this "
        "many minutes old; 0 means never.",
        title="Report reuse",
        default=60,
    ),
    _setting(
        "poll_interval_max",
        _seconds(),
        "Maximum seconds between two polls for a report; polling starts at one second.",
        title="Longest poll interval",
        default=30,
    ),
    _setting(
        "report_timeout",
        th.IntegerType(minimum=1, maximum=7 * DAY_SECONDS),
        "Seconds after which a report that is not done is an error.",
        default=3600,
    ),
    _setting(
        "request_timeout",
        _seconds(),
        "Seconds to wait for a connection, and for each read of an answer.",
        default=60,
    ),
    _setting(
        "user_agent",
        th.StringType,
        "User-Agent of all requests. Default: tap-8x8-cc/<version>.",
    ),
    additional_properties=False,
).to_dict()
