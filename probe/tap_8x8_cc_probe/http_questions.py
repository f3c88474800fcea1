"""Questions about calls: ids, statuses, throttling, errors, the list of types, detailed reports."""

from __future__ import annotations

import codecs
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.statuses import Status, StatusReply
from tap_8x8_cc.model.reports import DETAILED_PATH, SCRIPT_PATHS
from tap_8x8_cc_probe.answers import number_form, read_json, read_rows
from tap_8x8_cc_probe.findings import Found, NotToldError, Question, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.seen import Seen

RATE_LIMITS = ("ratelimit", "rate-limit", "retry-after")
THROTTLED = 429


def ids(seen: Seen) -> Found:
    """Tell whether ids of reports are numbers or texts."""
    found = [_members(created).get("id") for created in seen.creations]
    told(found, "no report was created")
    kinds = {type(value).__name__ for value in found}
    value = "mixed" if len(kinds) > 1 else {"int": "number", "str": "text"}.get(
        kinds.pop(), "elsewhere"
    )  # fmt: skip
    return Found(value, {"number": "numbers", "text": "texts"}.get(value, "not in the body"))


def creation(seen: Seen) -> Found:
    """Tell what answers a creation."""
    summary = [e for e in seen.exchanges if e.creates and e.went_well and _is_summary(e.path)]
    told(summary, "no report was created")
    first = summary[0]
    body = read_json(first.body)
    form = "list" if isinstance(body, list) else "object" if body else "headers"
    parts = [form] + [name for name in ("id", "status") if name in _members(body)]
    slash = ", at a path with a slash at its end" if first.path.endswith("/") else ""
    value = " ".join([str(first.status), *parts]) + (" slash" if slash else "")
    return Found(value, f"HTTP {first.status}, {' with '.join(parts[:2])}{slash}")


def first_status(seen: Seen) -> Found:
    """Tell the first status of a report."""
    words = [_members(read_json(e.body)).get("status") for e in seen.exchanges
             if e.creates and e.went_well and _is_summary(e.path)]  # fmt: skip
    told(words, "no report was created")
    word = words[0] if isinstance(words[0], str) else "none"
    return Found(word, word)


def statuses(seen: Seen) -> Found:
    """Tell the statuses that came."""
    words = {_members(read_json(e.body)).get("status") for e in seen.exchanges
             if (e.creates or e.path.endswith("/status")) and e.went_well}  # fmt: skip
    found = sorted(word for word in words if isinstance(word, str))
    told(found, "no report was created")
    unknown = [w for w in found if not StatusReply("", Status.WAITING, w).is_documented]
    more = f" (not in the API's documents: {', '.join(unknown)})" if unknown else ""
    return Found(found, ", ".join(found) + more)


def done_status(seen: Seen) -> Found:
    """Tell the status of a report that is done."""
    words = set()
    for sight in seen.sights.values():
        if sight.rows:
            answers = [e for e in sight.exchanges if e.creates or e.path.endswith("/status")]
            words.add(_members(read_json(answers[-1].body)).get("status"))
    found = sorted(word for word in words if isinstance(word, str))
    told(found, "no report had rows")
    return Found(found[0] if len(found) == 1 else found, ", ".join(found))


def unknown_at_first(seen: Seen) -> Found:
    """Tell how often a report that was just created is not known yet."""
    told(seen.reports, "no report was created")
    polls = (e for e in seen.exchanges if e is not seen.missing and e.path.endswith("/status"))
    unknown = Counter(e.path for e in polls if e.status == HTTPStatus.NOT_FOUND)
    most = max(unknown.values(), default=0)
    return Found(most, f"no, {most} polls answer 404" if most else "yes")


def redirects(seen: Seen) -> Found:
    """Tell which requests are sent elsewhere."""
    told(seen.exchanges, "no answer came")
    moved = [
        e
        for e in seen.exchanges
        if HTTPStatus.MULTIPLE_CHOICES <= e.status < HTTPStatus.BAD_REQUEST
    ]
    value = sorted({f"{'download' if 'download' in e.path else e.method} {e.status}"
                    for e in moved})  # fmt: skip
    return Found(value, ", ".join(value) or "none")


def json_mark(seen: Seen) -> Found:
    """Tell whether JSON begins with a byte-order mark."""
    bodies = [e.body for e in seen.exchanges if e.went_well and "/download" not in e.path]
    told(bodies, "no answer came")
    marked = any(body.startswith(codecs.BOM_UTF8) for body in bodies)
    return Found(marked, "yes" if marked else "no")


def throttling(seen: Seen) -> Found:
    """Tell whether creations were throttled, and at how many reports in flight."""
    in_flight: set[str] = set()
    most, refused = 0, None
    for exchange in seen.exchanges:
        if exchange.creates and exchange.status == THROTTLED:
            refused = len(in_flight) if refused is None else refused
        members = _members(read_json(exchange.body)) if exchange.went_well else {}
        if exchange.creates and "id" in members:
            in_flight.add(str(members["id"]))
        elif exchange.path.endswith(("/status", "/data")):
            in_flight.discard(exchange.path.split("/")[-2])
        most = max(most, len(in_flight))
    told(most, "no report was created")
    if refused is None:
        return Found("no", f"not with {most} in flight")
    settings = {"max_concurrent_reports": max(1, refused)}
    return Found(refused, f"yes, with {refused} in flight; the tap waits", settings=settings)


def error_body(seen: Seen) -> Found:
    """Tell the form of an error's body."""
    if seen.missing is None:
        raise NotToldError("the API did not refuse a report that there is not")
    kind = seen.missing.headers.get("Content-Type", "").lower()
    body = read_json(seen.missing.body)
    if "problem+json" in kind:
        value = "problem"
    elif isinstance(body, dict):
        value = "fault" if "fault" in body else "message" if set(body) == {"message"} else "json"
    else:
        value = "html" if seen.missing.body.lstrip()[:1] == b"<" else "text"
    texts = {
        "problem": "problem details (RFC 9457)",
        "json": "a JSON object",
        "message": "a JSON object of a message alone",
        "fault": "a gateway's JSON",
        "text": "plain text",
        "html": "HTML",
    }
    return Found(value, f"HTTP {seen.missing.status}, {texts[value]}")


def rate_limits(seen: Seen) -> Found:
    """Tell which headers speak of limits to the rate of calls."""
    told(seen.exchanges, "no answer came")
    found = {
        name.lower()
        for exchange in seen.exchanges
        for name in exchange.headers
        if any(part in name.lower() for part in RATE_LIMITS)
    }
    return Found(sorted(found), ", ".join(sorted(found)) or "none")


def script_paths(seen: Seen) -> Found:
    """Tell how script paths are listed."""
    told(seen.listed is not None, "there is no list of report types")
    entries = [e for e in _entries(seen.listed) if e.get("type") == SCRIPT_PATHS]
    if not entries:
        return Found("absent", "not at all")
    value = "fields" if len(entries[0]) > 1 else "bare"
    return Found(value, "with fields" if value == "fields" else "by the type alone")


def listing(seen: Seen) -> Found:
    """Tell how many report types are listed, and how many of them streams are made of."""
    told(seen.listed is not None, "there is no list of report types")
    entries = _entries(seen.listed)
    left_out = len(entries) - len(seen.listing)
    text = f"{len(seen.listing)}" + (f", {left_out} left out" if left_out else "")
    return Found("some left out" if left_out else "all", text)


def detailed_creation(seen: Seen) -> Found:
    """Tell what answers the creation of a detailed report."""
    created = seen.sight("details").created
    if created is None:
        raise NotToldError(_why_no_details(seen))
    value = "list" if isinstance(read_json(created.body), list) else "object"
    return Found(value, {"list": "a list of one", "object": "an object"}[value])


def detailed_status(seen: Seen) -> Found:
    """Tell where the status of a detailed report is asked for, if it is not done at once."""
    sight = seen.sight("details")
    if sight.created is None:
        raise NotToldError(_why_no_details(seen))
    polls = [e.path for e in sight.exchanges if e.path.endswith("/status") and e.went_well]
    if not polls:
        return Found("done", "yes")
    value = "detailed" if polls[-1].startswith(DETAILED_PATH) else "ordinary"
    return Found(value, f"no; its status is asked for as a{'n' * (value[0] == 'o')} {value} one's")


def detailed_values(seen: Seen) -> Found:
    """Tell whether durations of detailed reports are objects of value and ongoing."""
    sight = seen.sight("details")
    rows = [row for page in sight.pages for row in read_rows(read_json(page.body))[1]]
    if not rows:
        raise NotToldError(_why_no_details(seen))
    cells = [c for row in rows for c in row.cells if c.value is not None]
    ongoing = any(isinstance(c.value, dict) and "ongoing" in c.value for c in cells)
    if ongoing:
        return Found("ongoing", "objects of value and ongoing")
    told(any(number_form(cell.value) for cell in cells), "no duration came")
    return Found("plain", "plain")


def _why_no_details(seen: Seen) -> str:
    if "details" in seen.sights:
        return seen.sight("details").why_not or "no rows"
    return "only asked for where the setting detailed_reports allows personal data"


def _is_summary(path: str) -> bool:
    return path.strip("/") == ""


def _members(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON is anything
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _entries(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - likewise
    if isinstance(value, dict):
        value = next((member for member in value.values() if isinstance(member, list)), [])
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


QUESTIONS: Iterable[Question] = (
    Question("listing", "How many report types are listed?", listing),
    Question("script_paths", "How are script paths listed?", script_paths),
    Question("creation", "What answers the creation of a report?", creation),
    Question("ids", "Are ids of reports numbers or texts?", ids),
    Question("first_status", "What is the first status of a report?", first_status),
    Question("statuses", "Which statuses came?", statuses),
    Question("done_status", "What is the status of a report that is done?", done_status),
    Question("unknown", "Is a new report known at once?", unknown_at_first),
    Question("redirects", "Which requests are sent elsewhere?", redirects),
    Question("json_mark", "Does JSON begin with a byte-order mark?", json_mark),
    Question("throttling", "Are creations throttled?", throttling),
    Question("rate_limits", "Which headers speak of rate limits?", rate_limits),
    Question("error_body", "What form has an error?", error_body),
    Question("detailed_creation", "What answers a detailed report's creation?", detailed_creation),
    Question("detailed_status", "Is a detailed report done at once?", detailed_status),
    Question("detailed_values", "How are a detailed report's durations?", detailed_values),
)
