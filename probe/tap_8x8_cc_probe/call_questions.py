"""Questions about calls: ids, statuses, throttling, errors, the listing, detailed reports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe.answers import number_form
from tap_8x8_cc_probe.asking import DETAILED_PATH, NOT_FOUND
from tap_8x8_cc_probe.findings import Found, NotSeenError, only, question, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.experiments import Seen
    from tap_8x8_cc_probe.tape import Exchange

DOCUMENTED = frozenset({"QUEUED", "IN_PROGRESS", "DONE", "FAILED"})
THROTTLED = 429
NO_REPORT = "no report was created"
_ERRORS = {
    "problem": "problem details (RFC 9457)",
    "json": "a JSON object",
    "message": "a JSON object with only a message",
    "fault": "a gateway's JSON",
    "text": "plain text",
    "html": "HTML",
}
_IDS = {"number": "numbers", "text": "texts", "elsewhere": "not in the body"}
_STATUS_PATHS = {
    "done": "in the answer to its creation: done at once",
    "detailed": "at the path of detailed reports",
    "ordinary": "at the path of other reports",
}


@question("listing", "How many report types are listed?")
def _listing(seen: Seen) -> Found:
    listed, left_out = len(seen.listing), len(_entries(seen)) - len(seen.listing)
    if left_out:
        return Found("some left out", f"{listed}, {left_out} left out")
    return Found("all", f"{listed}")


@question("script_paths", "How are script paths listed?")
def _script_paths(seen: Seen) -> Found:
    entries = [entry for entry in _entries(seen) if entry.get("type") == "script-paths"]
    value = "fields" if entries and len(entries[0]) > 1 else "bare" if entries else "absent"
    texts = {"fields": "with fields", "bare": "by the type alone", "absent": "not at all"}
    return Found(value, texts[value])


@question("creation", "What answers the creation of a report?")
def _creation(seen: Seen) -> Found:
    created = _summaries(seen)[0]
    form = "list" if isinstance(created.json, list) else "object" if created.json else "headers"
    parts = [form] + [name for name in ("id", "status") if name in _members(created)]
    slash = " slash" if created.path.endswith("/") else ""
    more = ", at a path with a slash at its end" if slash else ""
    text = f"HTTP {created.status}, {' with '.join(parts[:2])}{more}"
    return Found(f"{created.status} {' '.join(parts)}{slash}", text)


@question("ids", "Are ids of reports numbers or texts?")
def _ids(seen: Seen) -> Found:
    names = {"int": "number", "str": "text"}
    types = (type(_members(created).get("id")).__name__ for created in seen.created)
    return only((names.get(name, "elsewhere") for name in types), _IDS, NO_REPORT)


@question("first_status", "What is the first status of a report?")
def _first_status(seen: Seen) -> Found:
    words = _words(_summaries(seen)[:1]) or ["none"]
    return Found(words[0], words[0], quotes=True)


@question("statuses", "Which statuses were seen?")
def _statuses(seen: Seen) -> Found:
    found = _words(seen.exchanges)
    require(found, NO_REPORT)
    unknown = [word for word in found if word.upper().replace(" ", "_") not in DOCUMENTED]
    more = f" (not in the API's documents: {', '.join(unknown)})" if unknown else ""
    return Found(found, ", ".join(found) + more, quotes=True)


@question("done_status", "What is the status of a report that is done?")
def _done_status(seen: Seen) -> Found:
    read = [sight.exchanges for sight in seen.sights.values() if sight.rows]
    last = [[e for e in exchanges if _members(e).get("status")][-1:] for exchanges in read]
    found = _words(e for exchanges in last for e in exchanges)
    require(found, "no report had rows")
    return Found(found[0] if len(found) == 1 else found, ", ".join(found), quotes=True)


@question("unknown", "Is a new report known at once?")
def _unknown(seen: Seen) -> Found:
    require(seen.created, NO_REPORT)
    polls = [e for s in seen.sights.values() for e in s.exchanges if e.call == "status"]
    detailed = {e.path.removeprefix(DETAILED_PATH) for e in polls if DETAILED_PATH in e.path}
    unknown = Counter(e.path for e in polls if e.status == NOT_FOUND and e.path not in detailed)
    most = max(unknown.values(), default=0)
    return Found(most, f"no, {most} polls answer 404" if most else "yes")


@question("redirects", "Which requests are redirected?")
def _redirects(seen: Seen) -> Found:
    moved = [e for e in seen.exchanges if 300 <= e.status < 400]  # noqa: PLR2004
    names = {f"{'download' if e.call == 'download' else e.method} {e.status}" for e in moved}
    return Found(sorted(names), ", ".join(sorted(names)) or "none")


@question("throttling", "Are create calls throttled?")
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


@question("rate_limits", "Which headers describe rate limits?")
def _rate_limits(seen: Seen) -> Found:
    names = {name.lower() for exchange in seen.exchanges for name in exchange.headers}
    parts = ("ratelimit", "rate-limit", "retry-after")
    found = sorted(name for name in names if any(part in name for part in parts))
    return Found(found, ", ".join(found) or "none", quotes=True)


@question("error_body", "What form does an error have?")
def _error_body(seen: Seen) -> Found:
    error = seen.of("missing")
    if error is None or error.went_well:
        raise NotSeenError("the API does not refuse a report that does not exist")
    value = "html" if error.body.lstrip()[:1] == b"<" else "text"
    if "problem+json" in error.headers.get("content-type", "").lower():
        value = "problem"
    elif isinstance(body := error.json, dict):
        value = "fault" if "fault" in body else "message" if set(body) == {"message"} else "json"
    return Found(value, f"HTTP {error.status}, {_ERRORS[value]}")


@question("detailed_creation", "What answers a detailed report's creation?")
def _detailed_creation(seen: Seen) -> Found:
    created = _details(seen)[0]
    if isinstance(created.json, list):
        return Found("list", "a list of one")
    return Found("object", "an object")


@question("detailed_status", "Where does a detailed report's status stand?")
def _detailed_status(seen: Seen) -> Found:
    polls = [e.path for e in _details(seen) if e.call == "status"]
    value = "done"
    if polls:
        value = "detailed" if polls[-1].startswith(DETAILED_PATH) else "ordinary"
    return Found(value, _STATUS_PATHS[value])


@question("detailed_values", "How are a detailed report's durations written?")
def _detailed_values(seen: Seen) -> Found:
    _details(seen)
    values = [v for row in seen.sight("details").rows for v in row.values.values()]
    if any(isinstance(value, dict) and "ongoing" in value for value in values):
        return Found("ongoing", "as objects of value and ongoing")
    require(any(number_form(value) for value in values), "no duration was seen")
    return Found("plain", "as plain values")


def _details(seen: Seen) -> list[Exchange]:
    """Return the exchanges about the detailed report that went well."""
    allowed = "the setting detailed_reports does not allow personal data"
    found = [e for e in seen.sight("details").exchanges if e.went_well]
    require(found, seen.sight("details").why_not if "details" in seen.sights else allowed)
    return found


def _summaries(seen: Seen) -> list[Exchange]:
    """Return the create calls of summary reports that went well."""
    found = [e for e in seen.created if not e.path.startswith(DETAILED_PATH)]
    require(found, NO_REPORT)
    return found


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
