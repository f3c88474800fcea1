"""The questions, the most important first, and how each is answered from what was seen."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, time
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.responses import proves_empty
from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.instants import parse_instant
from tap_8x8_cc.model.reports import DETAILED_PATH
from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc.records.naming import dimension_keys
from tap_8x8_cc.records.values import PARSERS
from tap_8x8_cc_probe.answers import TIMES, nothing_form, number_form, read_rows, start_of
from tap_8x8_cc_probe.asking import ENOUGH, NOT_FOUND, RECORD_LIMIT
from tap_8x8_cc_probe.findings import Copes, Found, Question, only, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_8x8_cc_probe.answers import Exchange, Sight, Table
    from tap_8x8_cc_probe.experiments import Seen

PLAIN = ("days", "quarters", "whole")
"""Reports without totals."""
DOCUMENTED = frozenset({"QUEUED", "IN_PROGRESS", "DONE", "FAILED"})
THROTTLED = 429
NO_ZONE, NO_ROWS, NO_REPORT = "the time zone is not known", "no rows", "no report was created"
NO_OFFSET = "bucket times have no offset, and may be the zone's or UTC's: compare a day with 8x8"
_NUMBERS = {
    "integer": "whole numbers, taken as milliseconds",
    "decimal": "decimal numbers",
    "clock": "H:MM:SS, to the second",
    "sign": "with a % sign",
    "mixed": "in several forms",
    "other": "in a form that the tap keeps as raw text",
}
_SHORT = frozenset({"15m", "30m", "hour"})
"""Granularities with buckets shorter than a day; longer ones have at least the rows of a day."""
_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}$")


# Time: the `Z` of a date range, ends of ranges, zones, the times of buckets.


def _date_range(seen: Seen) -> Found:
    require(seen.zone, NO_ZONE)
    if seen.one_reading and seen.reading:
        return Found("same", f"either: the clock of {seen.zone} shows UTC at this time of year")
    why = seen.sight("edge").why_not or seen.sight("quarters").why_not
    reading = require(seen.reading, why or "no quarter of an hour with rows came back")
    require(reading == "instant" or not _unsure(_times(seen)), NO_OFFSET)
    local = "what the clock of the report's time zone shows"
    text, copes = "an instant in UTC" if reading == "instant" else local, Copes.ALWAYS
    configured = seen.settings.date_range_reading
    if configured and configured != reading:
        text, copes = f"{text}; date_range_reading says {configured}: change it", Copes.SETTING
    return Found(reading, text, copes, {"date_range_reading": reading})


def _end(seen: Seen) -> str:
    require(seen.end is not None, seen.sight("edge").why_not or "no two busy quarters in a row")
    return "included" if seen.end else "excluded"


def _default_zone(seen: Seen) -> Found:
    details = require(seen.sight("zone").details, seen.sight("zone").why_not)
    zone, is_set = details.get("timezone"), seen.settings.timezone is not None
    if isinstance(zone, str) and zone:
        return Found("told", f"yes: {zone}", settings={} if is_set else {"timezone": zone})
    value = "null" if "timezone" in details else "absent"
    if is_set:
        return Found(value, "no; the setting timezone names it")
    return Found(value, "no: set timezone to the tenant's zone", Copes.SETTING)


def _days(seen: Seen) -> Found:
    zone = require(seen.zone, NO_ZONE)
    rows = require(seen.sight("days").ordinary, seen.sight("days").why_not or NO_ROWS)
    texts = [str(row.values.get(TIMES[0])) for row in rows]
    sure = seen.reading == "instant" or not _unsure(texts)
    require(sure and any(":" in text or text.isdigit() for text in texts), NO_OFFSET)
    found = [start_of(row.values.get(TIMES[0]), zone) for row in rows]
    if all(s and s == instant(s.astimezone(zone).date(), zone) for s in found):
        return Found("zone", "yes")
    if all(s and s.astimezone(UTC).time() == time() for s in found):
        return Found("utc", "no, at those of UTC: set timezone to UTC", Copes.SETTING)
    return Found("elsewhere", "no: the tap stops and names the bucket", Copes.NO)


def _offset(seen: Seen) -> Found | str:
    form = only(map(_offset_form, _times(seen)), NO_ROWS)
    if all(text.isdigit() for text in _times(seen)):
        return Found(form, "not at all: they are milliseconds since 1970")
    return Found(form, "in a form that the tap can't read", Copes.NO) if form == "other" else form


def _seconds(seen: Seen) -> str:
    times = require(_times(seen), NO_ROWS)
    colons = max(_OFFSET.sub("", text).count(":") for text in times)
    if not colons:
        return "epoch" if all(text.isdigit() for text in times) else "neither"
    if colons == 1:
        return "minutes"
    return "milliseconds" if any("." in text for text in times) else "seconds"


def _none_times(seen: Seen) -> bool:
    rows = require(seen.sight("whole").ordinary, seen.sight("whole").why_not or NO_ROWS)
    return any(key in rows[0].values for key in TIMES)


def _times(seen: Seen) -> list[str]:
    rows = [*seen.sight("days").ordinary, *seen.sight("quarters").ordinary]
    values: list[Any] = [row.values.get(key) for row in rows for key in TIMES]
    return [str(value) for value in values if value is not None]


def _unsure(times: list[str]) -> bool:
    """Return whether only a clock shows the times, which may be the zone's or that of UTC."""
    return any(_offset_form(text) == "none" and not text.isdigit() for text in times)


def _offset_form(text: str) -> str:
    if text.endswith("Z"):
        return "zulu"
    if text.endswith(("+00:00", "+0000")):
        return "zero"
    if _OFFSET.search(text) and ":" in text:
        return "offset"
    return "none" if re.fullmatch(r"[0-9T:. -]+", text) else "other"


# JSON rows: their form, keys, values, totals and counts.


def _reading(seen: Seen) -> Found:
    days = seen.sight("days")
    if days.why_not and not days.rows and days.why_not != ENOUGH:
        return Found("failed", f"no: {days.why_not}", Copes.NO)
    if unread := _unread(seen):
        text = ", ".join(f"{key} ({example})" for key, example in unread.items())
        return Found("unparsed", f"some values only as raw text: {text}", Copes.NO)
    require(days.rows, NO_ROWS)
    if "week" in seen.sights:
        why = seen.sight("week").why_not
        return Found("in parts", f"yes, in parts: a week at once failed ({why})")
    others = {n: seen.sights[n].why_not for n in PLAIN[1:] if n in seen.sights}
    if failed := {name: why for name, why in others.items() if why not in {"", ENOUGH}}:
        text = "; ".join(f"{name}: {why}" for name, why in failed.items())
        return Found(sorted(failed), f"those of days; these reports failed: {text}", Copes.UNKNOWN)
    return Found("all", "yes")


def _unread(seen: Seen) -> dict[str, str]:
    """Return an example of each key's values that the tap can't parse."""
    found: dict[str, str] = {}
    for sight in map(seen.sight, PLAIN):
        parsers = {metric: PARSERS[summary_kind(metric)] for metric in sight.metrics}
        for key, value in (cell for row in sight.ordinary for cell in row.values.items()):
            try:
                if key in parsers:
                    parsers[key](value)
                elif key in TIMES:
                    parse_instant(value, seen.zone)
            except ValueError:
                found.setdefault(key, str(value))
    return found


def _columns(seen: Seen) -> Found:
    sights = require([s for s in map(seen.sight, PLAIN) if s.ordinary], NO_ROWS)
    found = {sight.grouping: sight.dimensions for sight in sights}
    new = {k for grouping, keys in found.items() for k in keys if k not in dimension_keys(grouping)}
    text = "; ".join(f"{grouping}: {', '.join(keys)}" for grouping, keys in found.items())
    more = f" (not predicted: {', '.join(sorted(new))})" if new else ""
    return Found(found, text + more)


def _row_form(seen: Seen) -> str:
    rows = require([row for n in PLAIN for row in seen.sight(n).ordinary], NO_ROWS)
    totals = [row for row in seen.sight("totals").rows if row.total_type]
    return only((row.form for row in (*rows, *totals)), NO_ROWS)


def _envelope(seen: Seen) -> Found:
    pages = [page for name in PLAIN for page in seen.sight(name).pages]
    wrapper, rows = read_rows(pages[0].json) if pages else ("", [])
    require(rows, NO_ROWS)
    text = f"an object, under {wrapper}" if wrapper else "nothing"
    return Found(wrapper or "nothing", text)


def _total_key(seen: Seen) -> str | None:
    rows = [row for name in ("totals", *PLAIN) for row in seen.sight(name).rows if row.mark_key]
    return require(rows, seen.sight("totals").why_not or NO_ROWS)[0].mark_key


def _subtotals(seen: Seen) -> Found:
    totals = seen.sight("totals")
    require(totals.ordinary, totals.why_not or NO_ROWS)
    levels = {
        tuple(key for key in totals.dimensions if nothing_form(row.values.get(key)) is None)
        for row in totals.rows
        if row.total_type == "subtotal"
    }
    require(levels or totals.count <= len(totals.rows), "none among the rows that were read")
    grand = any(row.total_type == "grandtotal" for row in totals.rows)
    return Found(len(levels), f"{len(levels)}" + ("" if grand else "; no grand total was seen"))


def _numbers(seen: Seen) -> str:
    numbers = (v for v in _values(seen) if number_form(v) in {"integer", "decimal"})
    kinds = ("text" if isinstance(number, str) else "native" for number in numbers)
    return only(kinds, "no row held a number")


def _count(seen: Seen) -> Found:
    largest = max(seen.sights.values(), key=lambda sight: sight.count)
    require(largest.count >= RECORD_LIMIT, "no report that large")
    if largest.count > RECORD_LIMIT:
        return Found("true", f"yes: {largest.count:,} rows; the tap reads the CSV, or parts")
    table = require(largest.csv, "a report has 10,000 rows or more, and no CSV shows how many")
    if (rows := len(table.rows)) > RECORD_LIMIT:
        return Found("capped", f"no: 10,000 instead of {rows:,}; the tap reads the CSV, or parts")
    return Found("true", "yes: exactly 10,000 rows")


def _empty(seen: Seen) -> Found:
    page = _empty_page(seen)
    text = page.body.strip().decode("utf-8", "replace")
    value = {"": "no body", "null": "null", "{}": "{}"}.get(text, "array")
    if not page.went_well:
        value = f"HTTP {page.status}"
    texts = {"array": "an empty array", "no body": f"HTTP {page.status} without a body"}
    spoken = texts.get(value, value)
    if value == "array" or proves_empty(page.status, page.body, page.headers):
        return Found(value, spoken)
    files = [e for e in seen.sight("zone").exchanges if e.call == "download"]
    proven = (proves_empty(e.status, e.body, e.headers, columns=2) for e in files)
    if page.status == NOT_FOUND and any(proven):
        return Found(value, f"{spoken}, and a CSV with only a header, which the tap trusts")
    return Found(value, f"{spoken}: the tap can't tell it from lost rows, and stops", Copes.NO)


def _empty_pages(seen: Seen) -> int:
    text = _empty_page(seen).headers.get("x-total-pages", "").strip()
    require(text.isdigit(), "no such header")
    return int(text)


def _empty_page(seen: Seen) -> Exchange:
    sight = seen.sight("zone")
    pages = require([e for e in sight.exchanges if e.call == "data"], sight.why_not)
    require(not sight.rows, "every report had rows")
    return pages[-1]


def _values(seen: Seen, *kinds: Kind) -> list[Any]:
    """Return the values of metrics, of some kinds or of all, in rows of reports without totals."""
    found = []
    for sight in map(seen.sight, PLAIN):
        wanted = {metric for metric in sight.metrics if summary_kind(metric) in (kinds or Kind)}
        found += [v for row in sight.ordinary for key, v in row.values.items() if key in wanted]
    return found


def _nothing_forms(values: Iterable[Any]) -> str | list[str]:
    forms = {form for form in map(nothing_form, values) if form}
    return _one_or_all(sorted(forms), "every value was there")


def _one_or_all(found: list[str], reason: str) -> str | list[str]:
    return found[0] if len(require(found, reason)) == 1 else found


def _number_forms(values: Iterable[Any], **texts: str) -> Found:
    forms = {form for form in map(number_form, values) if form}
    value = "decimal" if forms == {"integer", "decimal"} else only(forms, "no row held one")
    text = (_NUMBERS | texts)[value]
    return Found(value, text, Copes.NO if "other" in forms else Copes.ALWAYS)


# The CSV download, compared with the JSON of the same report.


def _trust(seen: Seen) -> Found:
    doubt = _doubt(seen)
    if not doubt:
        return Found("agrees", "yes")
    granularity, rows = seen.settings.granularity.value, seen.sight("totals").count
    if rows < RECORD_LIMIT or granularity in _SHORT:
        return Found("doubted", f"not for sure: {doubt}; the tap reads JSON pages, in parts")
    text = (
        f"not for sure: {doubt}; and JSON does not hold the {rows:,} rows of one day: "
        "set a finer granularity, or filters"
    )
    return Found("doubted", text, Copes.SETTING)


def _doubt(seen: Seen) -> str:
    """Return why a CSV does not show that it holds the rows of the JSON; empty if it does."""
    sight, table = _csv(seen)
    if len(set(table.header)) < len(table.header):
        return "two of its columns have one name"
    if set(table.header) not in (set(sight.names), set(sight.names.values())):
        return "its header names neither the keys nor the labels of the JSON"
    capped = sight.count == RECORD_LIMIT < len(table.rows)
    if sight.count and sight.count != len(table.rows) and not capped:
        return f"it has {len(table.rows):,} rows, JSON counts {sight.count:,}"

    def said(values: Mapping[str, Any]) -> object:
        """Return what a row says, however it is written."""
        times = [start_of(values.get(key), seen.zone) for key in TIMES]
        names = ["" if nothing_form(v := values.get(key)) else str(v) for key in sight.dimensions]
        return (*times, *names, *(_figure(metric, values.get(metric)) for metric in sight.metrics))

    missing = Counter(said(row.values) for row in sight.ordinary) - Counter(
        map(said, sight.csv_rows)
    )
    return "it lacks a row of the JSON, or has other values" if missing else ""


def _figure(metric: str, value: Any) -> object:  # noqa: ANN401 - JSON is anything
    try:
        return PARSERS[summary_kind(metric)](value)
    except ValueError:
        return str(value)


def _header(seen: Seen) -> str:
    sight, table = _csv(seen)
    labels, keys = set(sight.names), set(sight.names.values())
    if set(table.header) == keys:
        return "either" if keys == labels and sight.ordinary[0].labels else "key"
    return "label" if set(table.header) == labels else "other"


def _row_order(seen: Seen) -> str:
    sight, _ = _csv(seen)
    rows = sight.csv_rows
    keys = [k for k in (*TIMES, *sight.dimensions) if rows and k in rows[0]]
    require(keys, "its columns are not those of the JSON")
    both = zip(read_rows(sight.pages[0].json)[1], rows, strict=False)
    same = all(str(row.values.get(key) or "") == line[key] for row, line in both for key in keys)
    return "same" if same else "other"


def _csv_totals(seen: Seen) -> str:
    sight = seen.sight("totals")
    table = require(sight.csv, sight.why_not or "no download")
    require(any(row.total_type for row in sight.rows), "no row of a total was seen")
    if len(table.header) > len(sight.rows[0].values):
        return "marked"
    return "left out" if len(table.rows) < len(sight.rows) else "unmarked"


def _csv(seen: Seen) -> tuple[Sight, Table]:
    sight = seen.sight("days")
    table = require(sight.csv, sight.why_not or "no download")
    require(sight.ordinary, sight.why_not or "no download")
    return sight, table


def _cells(seen: Seen, *kinds: Kind) -> list[str]:
    """Return the cells of metrics, of some kinds or of all."""
    sight, _ = _csv(seen)
    wanted = [metric for metric in sight.metrics if summary_kind(metric) in (kinds or Kind)]
    return [row[metric] for row in sight.csv_rows for metric in wanted if metric in row]


# Calls: the listing, ids, statuses, throttling, errors, detailed reports.


def _listing(seen: Seen) -> Found:
    listed, left_out = len(seen.listing), len(_entries(seen)) - len(seen.listing)
    if left_out:
        return Found("some left out", f"{listed}, {left_out} left out")
    return Found("all", f"{listed}")


def _script_paths(seen: Seen) -> str:
    entries = [entry for entry in _entries(seen) if entry.get("type") == "script-paths"]
    return "fields" if entries and len(entries[0]) > 1 else "bare" if entries else "absent"


def _creation(seen: Seen) -> Found:
    created = _summaries(seen)[0]
    form = "list" if isinstance(created.json, list) else "object" if created.json else "headers"
    parts = [form] + [name for name in ("id", "status") if name in _members(created)]
    slash = " slash" if created.path.endswith("/") else ""
    more = ", at a path with a slash at its end" if slash else ""
    text = f"HTTP {created.status}, {' with '.join(parts[:2])}{more}"
    return Found(f"{created.status} {' '.join(parts)}{slash}", text)


def _ids(seen: Seen) -> str:
    names = {"int": "number", "str": "text"}
    types = (type(_members(created).get("id")).__name__ for created in seen.created)
    return only((names.get(name, "elsewhere") for name in types), NO_REPORT)


def _statuses(seen: Seen) -> Found:
    found = require(_words(seen.exchanges), NO_REPORT)
    unknown = [word for word in found if word.upper().replace(" ", "_") not in DOCUMENTED]
    more = f" (not in the API's documents: {', '.join(unknown)})" if unknown else ""
    return Found(found, ", ".join(found) + more)


def _done_status(seen: Seen) -> str | list[str]:
    read = [sight.exchanges for sight in seen.sights.values() if sight.rows]
    last = [[e for e in exchanges if _members(e).get("status")][-1:] for exchanges in read]
    return _one_or_all(_words(e for found in last for e in found), "no report had rows")


def _unknown(seen: Seen) -> Found:
    require(seen.created, NO_REPORT)
    polls = [e for s in seen.sights.values() for e in s.exchanges if e.call == "status"]
    detailed = {e.path.removeprefix(DETAILED_PATH) for e in polls if DETAILED_PATH in e.path}
    unknown = Counter(e.path for e in polls if e.status == NOT_FOUND and e.path not in detailed)
    most = max(unknown.values(), default=0)
    return Found(most, f"no, {most} polls answer 404" if most else "yes")


def _redirects(seen: Seen) -> list[str]:
    moved = [e for e in seen.exchanges if 300 <= e.status < 400]  # noqa: PLR2004
    return sorted({f"{'download' if e.call == 'download' else e.method} {e.status}" for e in moved})


def _throttling(seen: Seen) -> Found:
    in_flight: set[str] = set()
    most, refused = 0, None
    for exchange in seen.exchanges:
        if exchange.call == "create" and exchange.status == THROTTLED and refused is None:
            refused = len(in_flight)
        if exchange.call == "create" and exchange.went_well:
            in_flight.add(exchange.report)
        elif exchange.call == "data":
            in_flight.discard(exchange.report)
        most = max(most, len(in_flight))
    require(most, NO_REPORT)
    if refused is None:
        return Found("no", f"not with {most} in flight")
    settings = {"max_concurrent_reports": max(1, refused)}
    return Found(refused, f"yes, with {refused} in flight; the tap waits", settings=settings)


def _rate_limits(seen: Seen) -> list[str]:
    names = {name.lower() for exchange in seen.exchanges for name in exchange.headers}
    return sorted(n for n in names if re.search("rate-?limit|retry-after", n))


def _error_body(seen: Seen) -> Found:
    refused = "the API does not refuse a report that does not exist"
    error = require(seen.of("missing"), refused)
    require(not error.went_well, refused)
    value, text = "text", "plain text"
    if error.body.lstrip()[:1] == b"<":
        value, text = "html", "HTML"
    if "problem+json" in error.headers.get("content-type", "").lower():
        value, text = "problem", "problem details (RFC 9457)"
    elif isinstance(body := error.json, dict):
        value, text = "json", "a JSON object"
        if "fault" in body:
            value, text = "fault", "a gateway's JSON"
        elif set(body) == {"message"}:
            value, text = "message", "a JSON object with only a message"
    return Found(value, f"HTTP {error.status}, {text}")


def _detailed_status(seen: Seen) -> str:
    polls = [e.path for e in _details(seen) if e.call == "status"]
    if not polls:
        return "done"
    return "detailed" if polls[-1].startswith(DETAILED_PATH) else "ordinary"


def _detailed_values(seen: Seen) -> str:
    _details(seen)
    values = [v for row in seen.sight("details").rows for v in row.values.values()]
    if any(isinstance(value, dict) and "ongoing" in value for value in values):
        return "ongoing"
    require(any(map(number_form, values)), "no duration was seen")
    return "plain"


def _details(seen: Seen) -> list[Exchange]:
    """Return the exchanges about the detailed report that went well."""
    allowed = "the setting detailed_reports does not allow personal data"
    why = seen.sight("details").why_not if "details" in seen.sights else allowed
    return require([e for e in seen.sight("details").exchanges if e.went_well], why)


def _summaries(seen: Seen) -> list[Exchange]:
    """Return the create calls of summary reports that went well."""
    return require([e for e in seen.created if not e.path.startswith(DETAILED_PATH)], NO_REPORT)


def _members(exchange: Exchange) -> dict[str, Any]:
    """Return the answer to a create or status call; empty if it is none."""
    if exchange.call not in {"create", "status"} or not exchange.went_well:
        return {}
    value = exchange.json[0] if isinstance(exchange.json, list) else exchange.json
    return value if isinstance(value, dict) else {}


def _words(exchanges: Iterable[Exchange]) -> list[str]:
    """Return the statuses of answers, each once."""
    words = {_members(exchange).get("status") for exchange in exchanges}
    return sorted(word for word in words if isinstance(word, str))


def _entries(seen: Seen) -> list[dict[str, Any]]:
    """Return the entries of the listing as they were sent."""
    answer = seen.of("types")
    value = answer.json if answer and answer.went_well else None
    require(value is not None, "no list of report types")
    if isinstance(value, dict):
        value = next((member for member in value.values() if isinstance(member, list)), [])
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


QUESTIONS: tuple[Question, ...] = (
    Question("date_range", "What does the Z of a date range stand for?", _date_range),
    Question("end", "Does the end belong to a date range?", _end,
             {"included": "yes: the bucket that starts there came back",
              "excluded": "no: the bucket that starts there did not come back"}),
    Question("default_zone", "Does a report name the default time zone?", _default_zone),
    Question("days", "Do days start at the zone's midnights?", _days),
    Question("offset", "How are offsets written in bucket times?", _offset,
             {"zulu": "as Z", "zero": "as +00:00", "offset": "as the zone's offset",
              "none": "not at all: the tap reads times in the report's zone",
              "mixed": "in several forms"}),
    Question("seconds", "Do bucket times have seconds?", _seconds,
             {"minutes": "no", "seconds": "yes", "milliseconds": "yes, and milliseconds",
              "epoch": "they are milliseconds since 1970", "neither": "they are dates"}),
    Question("none_times", "Does a row of the whole range have times?", _none_times,
             {False: "no: the tap writes those of the range"}),
    Question("reading", "Does the tap read the rows?", _reading),
    Question("columns", "What are the columns of groupings called?", _columns, quotes=True),
    Question("row_form", "How are the cells of a row sent?", _row_form,
             {"list": "as a list of key, label and value",
              "object": "as an object of key and value", "flat": "without items around them",
              "mixed": "as lists and as objects"}),
    Question("envelope", "What is around the rows of a page?", _envelope, quotes=True),
    Question("total_key", "Which key marks totals?", _total_key),
    Question("subtotals", "How many levels of subtotals are there?", _subtotals),
    Question("numbers", "Are numbers texts or JSON numbers?", _numbers,
             {"text": "texts", "native": "JSON numbers", "mixed": "both"}),
    Question("durations", "How are durations written?",
             lambda seen: _number_forms(_values(seen, Kind.DURATION))),
    Question("percentages", "How are percentages written?",
             lambda seen: _number_forms(_values(seen, Kind.PERCENTAGE), integer="whole numbers")),
    Question("nothing", "What stands for no value?", lambda seen: _nothing_forms(_values(seen))),
    Question("count", "Is the number of rows right beyond 10,000?", _count),
    Question("empty", "What does a report without rows look like?", _empty),
    Question("empty_pages", "How many pages does a report without rows have?", _empty_pages),
    Question("csv", "Does the CSV hold what the JSON holds?", _trust),
    Question("csv_header", "Does the CSV's header name keys or labels?", _header,
             {"either": "they are the same", "key": "keys", "label": "labels",
              "other": "neither keys nor labels of the JSON"}),
    Question("csv_rows", "Do the CSV's rows have the JSON's order?", _row_order,
             {"same": "yes", "other": "no"}),
    Question("csv_mark", "Does the CSV start with a byte-order mark?",
             lambda seen: _csv(seen)[1].mark),
    Question("csv_durations", "How does the CSV write durations?",
             lambda seen: _number_forms(_cells(seen, Kind.DURATION))),
    Question("csv_percentages", "How does the CSV write percentages?",
             lambda seen: _number_forms(_cells(seen, Kind.PERCENTAGE), integer="whole numbers")),
    Question("csv_nothing", "What does the CSV write for no value?",
             lambda seen: _nothing_forms(_cells(seen))),
    Question("csv_totals", "Does the CSV mark rows of totals?", _csv_totals,
             {"marked": "yes, by a column; the tap reads JSON pages",
              "left out": "it has none; the tap reads JSON pages",
              "unmarked": "no; the tap reads JSON pages if it asks for totals"}),
    Question("listing", "How many report types are listed?", _listing),
    Question("script_paths", "How are script paths listed?", _script_paths,
             {"fields": "with fields", "bare": "by the type alone", "absent": "not at all"}),
    Question("creation", "What answers the creation of a report?", _creation),
    Question("ids", "Are ids of reports numbers or texts?", _ids,
             {"number": "numbers", "text": "texts", "elsewhere": "not in the body"}),
    Question("first_status", "What is the first status of a report?",
             lambda seen: (_words(_summaries(seen)[:1]) or ["none"])[0], quotes=True),
    Question("statuses", "Which statuses were seen?", _statuses, quotes=True),
    Question("done_status", "What is the status of a report that is done?", _done_status,
             quotes=True),
    Question("unknown", "Is a new report known at once?", _unknown),
    Question("redirects", "Which requests are redirected?", _redirects),
    Question("throttling", "Are create calls throttled?", _throttling),
    Question("rate_limits", "Which headers describe rate limits?", _rate_limits, quotes=True),
    Question("error_body", "What form does an error have?", _error_body),
    Question("detailed_creation", "What answers a detailed report's creation?",
             lambda seen: "list" if isinstance(_details(seen)[0].json, list) else "object",
             {"list": "a list of one", "object": "an object"}),
    Question("detailed_status", "Where does a detailed report's status stand?", _detailed_status,
             {"done": "in the answer to its creation: done at once",
              "detailed": "at the path of detailed reports",
              "ordinary": "at the path of other reports"}),
    Question("detailed_values", "How are a detailed report's durations written?", _detailed_values,
             {"ongoing": "as objects of value and ongoing", "plain": "as plain values"}),
)  # fmt: skip
