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

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "client_id",
        th.StringType(min_length=1),
        required=True,
        title="API key",
        description="Key of an API application that may use the Contact Center analytics product.",
    ),
    th.Property(
        "client_secret",
        th.StringType(min_length=1),
        required=True,
        secret=True,
        title="API secret",
        description="Secret of the API key.",
    ),
    th.Property(
        "start_date",
        th.StringType,
        required=True,
        title="Start date",
        description=(
            "First data wanted, as a date (its first instant in the report's time zone) or a "
            "date-time; floored to the bucket that holds it."
        ),
    ),
    th.Property(
        "end_date",
        th.StringType,
        title="End date",
        description=(
            "Nothing after this date (its first instant) or date-time is read, for backfills. "
            "Default: now."
        ),
    ),
    th.Property(
        "region",
        th.StringType(pattern=REGION_PATTERN),
        default="us",
        title="Region",
        description=(
            "Region of the contact center tenant: us, eu, au (Asia-Pacific) or ca; another word is "
            "passed on as it is."
        ),
    ),
    th.Property(
        "api_version",
        th.StringType(pattern=API_VERSION_PATTERN),
        default="v8",
        title="API version",
        description="Version of the API: v and a number.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.8x8.com",
        title="API URL",
        description=(
            "Origin of token and data calls, with a path where a gateway needs one. Plain http is "
            "accepted for a loopback host only."
        ),
    ),
    th.Property(
        "tenant_ids",
        th.ArrayType(th.StringType(min_length=1)),
        title="Tenant ids",
        description=(
            "For customers with several tenants: each is read in turn, with a state of its own, "
            "and its rows carry a tenant_id."
        ),
    ),
    th.Property(
        "timezone",
        th.StringType(min_length=1),
        title="Time zone",
        description=(
            "IANA name of the zone whose hours, days, weeks and months the rows are of; it must "
            "be configured for the tenant. Default: the tenant's own, asked of the API."
        ),
    ),
    th.Property(
        "granularity",
        th.StringType(allowed_values=GRANULARITIES),
        default="day",
        title="Granularity",
        description=(
            "Bucket of every discovered summary stream: 15m, 30m, hour, day, week, month, year, or "
            "none for one row per group over the whole range."
        ),
    ),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=LARGEST_DAYS),
        default=3,
        title="Lookback days",
        description="Days before the bookmark extracted again, since metrics change later.",
    ),
    th.Property(
        "date_range_reading",
        th.StringType(allowed_values=DATE_RANGE_READINGS),
        default="auto",
        title="Date range reading",
        description=(
            "What the API takes the Z of a date range for: an instant in UTC (instant), or what "
            "the clock of the report's time zone shows (local). auto is right under both, and "
            "learns which holds."
        ),
    ),
    th.Property(
        "week_start",
        th.StringType(allowed_values=WEEK_STARTS),
        default="monday",
        title="Week start",
        description="The day on which the API's weeks begin: monday or sunday.",
    ),
    th.Property(
        "max_window_days",
        th.IntegerType(minimum=1, maximum=LARGEST_DAYS),
        title="Longest window",
        description=(
            "Most days in one report, where long ones fail. Default: by the API's rules; a week, "
            "month or year report never has fewer days than those ask for."
        ),
    ),
    th.Property(
        "settle_minutes",
        th.IntegerType(minimum=0, maximum=LARGEST_DAYS * 1_440),
        default=30,
        title="Settle minutes",
        description="A bucket is read only when it ended at least this many minutes ago.",
    ),
    th.Property(
        "intra_day_time_range",
        _intra_day(),
        title="Intra-day time range",
        description=(
            "Only this part of each day, {start, end} as HH:MM:SS, at least 15 minutes; an end "
            "before the start is overnight (from v6)."
        ),
    ),
    th.Property(
        "include_subtotals",
        th.BooleanType,
        default=False,
        title="Include subtotals",
        description="Ask for subtotal rows too; they are told apart by total_type.",
    ),
    th.Property(
        "include_grand_total",
        th.BooleanType,
        default=False,
        title="Include grand total",
        description="Ask for the grand total of each report too; told apart by total_type.",
    ),
    th.Property(
        "reports",
        th.ArrayType(_REPORT),
        title="Custom reports",
        description=(
            "Extra streams: name, type, group_by, and optionally granularity, filters, "
            "search_query, metrics, timezone, intra_day_time_range and totals."
        ),
    ),
    th.Property(
        "detailed_reports",
        th.CustomType(
            {"type": ["boolean", "array", "string", "null"], "items": {"type": "string"}}
        ),
        default=False,
        title="Detailed reports",
        description=(
            "Whether detailed reports and script paths are streams at all, since they hold "
            "personal data: true, or a list of types, such as "
            '["detailed-reports-agent-status-change"]; the same as text, from the environment.'
        ),
    ),
    th.Property(
        "include_participants",
        th.BooleanType,
        default=True,
        title="Include participants",
        description="Detailed interactions carry their participants, as an array of objects.",
    ),
    th.Property(
        "show_ongoing_interactions",
        th.BooleanType,
        default=False,
        title="Show ongoing interactions",
        description="Detailed reports hold interactions that have not finished, too.",
    ),
    th.Property(
        "data_format",
        th.StringType(allowed_values=DATA_FORMATS),
        default="auto",
        title="Data format",
        description=(
            "How rows are read: json, csv, or auto (JSON for a report of one page, the CSV "
            "download, checked against JSON pages, for a longer one)."
        ),
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=1000),
        default=1000,
        title="Page size",
        description="Rows on a JSON page; the API may refuse fewer than 10.",
    ),
    th.Property(
        "max_concurrent_reports",
        th.IntegerType(minimum=1, maximum=MOST_CONCURRENT),
        default=4,
        title="Concurrent reports",
        description="Reports being generated or waiting to be read, over all streams.",
    ),
    th.Property(
        "retry_seconds",
        th.IntegerType(minimum=1, maximum=7 * DAY_SECONDS),
        default=3600,
        title="Retry patience",
        description=(
            "Seconds for which a call is tried again that the API throttles (429), that it answers "
            "with 5xx or damaged, or for which no connection comes about."
        ),
    ),
    th.Property(
        "report_reuse_minutes",
        th.IntegerType(minimum=0, maximum=MOST_REUSE_MINUTES),
        default=60,
        title="Report reuse",
        description=(
            "A report that an interrupted run created and did not read is read instead of created "
            "anew, if it is at most this many minutes old; 0: never."
        ),
    ),
    th.Property(
        "poll_interval_max",
        _seconds(),
        default=30,
        title="Longest poll interval",
        description="Polls for a report begin a second apart and grow to this many seconds.",
    ),
    th.Property(
        "report_timeout",
        th.IntegerType(minimum=1, maximum=7 * DAY_SECONDS),
        default=3600,
        title="Report timeout",
        description="Seconds in which a report must have been generated.",
    ),
    th.Property(
        "request_timeout",
        _seconds(),
        default=60,
        title="Request timeout",
        description="Seconds to wait for a connection, and for each part of an answer.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent of all requests. Default: tap-8x8-cc/<version>.",
    ),
    additional_properties=False,
).to_dict()
