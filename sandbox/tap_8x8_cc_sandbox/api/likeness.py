"""Settings that make the simulated API answer as a real one did, by the evidence of a probe.

The evidence is a JSON object, `{"evidence": "tap-8x8-cc probe", "form": 1, "findings": {…}}`. Each
finding answers a question by its name; null: not answered. `_TRAITS` has those that are a quirk's
value in other words; `creation` holds status, form and members (`200 object id status`, and `slash`
if its path ends so), `redirects` method or `download` and status (`GET 307`), `statuses` words,
`rate_limits` names of headers.

A value that no quirk stands for leaves its quirk as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

from tap_8x8_cc_sandbox.api.quirks import Quirks

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND, FORM = "tap-8x8-cc probe", 1
SAME_FORM = {"integer": "ms", "decimal": "ms_decimal", "clock": "clock"}
"""The durations of the quirks by the probe's words for their forms."""


class EvidenceError(ValueError):
    """The file is not the evidence of a probe."""


_TRAITS: tuple[tuple[str, str, Mapping[Any, Any] | None], ...] = (
    ("range", "date_range", None),
    ("end_inclusive", "end", {"included": True, "excluded": False}),
    ("details_timezone", "default_zone",
     {"told": "filled", "absent": "absent", "null": "null"}),
    ("utc", "offset", {"zulu": "Z", "zero": "+00:00"}),
    ("seconds_in_times", "seconds", {"seconds": True, "minutes": False}),
    ("none_times", "none_times", None),
    ("items", "row_form", None),
    ("total_key", "total_key", None),
    ("value_types", "numbers", None),
    ("durations", "durations", SAME_FORM),
    ("csv_durations", "csv_durations", SAME_FORM),
    ("percentages", "percentages", None),
    ("csv_percentages", "csv_percentages", None),
    ("nothing", "nothing", None),
    ("csv_nothing", "csv_nothing", None),
    ("total_elements", "count", None),
    ("empty_total_pages", "empty_pages", None),
    ("csv_disagrees", "csv_rows", {"other": "order"}),
    ("csv_header", "csv_header", None),
    ("csv_bom", "csv_mark", None),
    ("csv_totals", "csv_totals", None),
    ("script_paths_listing", "script_paths", None),
    ("ids", "ids", None),
    ("first_status", "first_status", None),
    ("error_body", "error_body", None),
    ("days_cut", "days", None),
    ("data_wrapper", "envelope", None),
    ("empty_report", "empty",
     {"array": "list", "no body": "204", "null": "null", "{}": "object", "HTTP 404": "404"}),
    ("done_status", "done_status", None),
    ("unknown_polls", "unknown", None),
    ("detailed_status", "detailed_status", None),
    ("detailed_create", "detailed_creation", None),
    ("detailed_values", "detailed_values", None),
)  # fmt: skip
"""A quirk, the finding that tells it, and its values for the finding's; None: the same."""


def settings_like(evidence: object) -> dict[str, Any]:
    """Return the settings under which the simulated API answers as the one that was probed.

    Raises:
        EvidenceError: It is not the evidence of a probe.
    """
    findings = _findings(evidence)
    possible = get_type_hints(Quirks)
    quirks: dict[str, Any] = {}
    for quirk, finding, values in _TRAITS:
        value = findings.get(finding)
        if values is not None and isinstance(value, str | int):
            value = values.get(value)
        if value is not None:
            quirks[quirk] = value
    for more in (_creation, _words, _times, _redirects):
        quirks |= more(findings)
    quirks = {
        name: value
        for name, value in quirks.items()
        if name in possible and _is_possible(value, possible[name])
    }
    limits = findings.get("rate_limits") or []
    quirks["rate_limit_headers"] = any("ratelimit" in name for name in limits)
    if _differs(findings, quirks):
        quirks["csv_disagrees"] = "values"
    return {"quirks": quirks, **_zone(findings)}


def _findings(evidence: object) -> dict[str, Any]:
    if not isinstance(evidence, dict) or evidence.get("evidence") != KIND:
        raise EvidenceError("This is not the evidence of a probe (tap-8x8-cc-probe --save).")
    if evidence.get("form") != FORM or not isinstance(evidence.get("findings"), dict):
        raise EvidenceError(f"This evidence has another form than {FORM}.")
    return dict(evidence["findings"])


def _creation(findings: Mapping[str, Any]) -> dict[str, Any]:
    code, *parts = str(findings.get("creation") or "none").split()
    if not code.isdigit():
        return {}
    answer = "full" if "status" in parts else "id" if "id" in parts else "location"
    slash = {"post_slash": "needed"} if "slash" in parts else {}
    return {"create_code": int(code), "create_answer": answer, **slash}


def _words(findings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status of a report under way: one that is neither the first nor the last."""
    ends = {findings.get("first_status"), findings.get("done_status")}
    between = [word for word in findings.get("statuses") or () if word not in ends]
    first = findings.get("first_status")
    return {"waiting_status": between[0] if between else first} if first else {}


def _times(findings: Mapping[str, Any]) -> dict[str, Any]:
    offset, seconds = findings.get("offset"), findings.get("seconds")
    if offset == "none":
        return {"bucket_times": {"epoch": "epoch", "neither": "date"}.get(str(seconds), "local")}
    return {"bucket_times": "milliseconds"} if seconds == "milliseconds" else {}


def _redirects(findings: Mapping[str, Any]) -> dict[str, Any]:
    quirks: dict[str, Any] = {}
    for method, code in (text.split() for text in findings.get("redirects") or ()):
        if method == "download":
            quirks["downloads"] = "elsewhere"
        else:
            quirks["redirect_gets" if method == "GET" else "redirect_posts"] = int(code)
    if quirks.get("redirect_gets"):
        quirks.pop("downloads", None)
    return quirks


def _is_possible(value: object, hint: object) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


def _differs(findings: Mapping[str, Any], quirks: Mapping[str, Any]) -> bool:
    """Tell whether the CSV was doubted, and none of the other findings says why."""
    return (
        findings.get("csv") == "doubted"
        and findings.get("durations") == findings.get("csv_durations")
        and "csv_disagrees" not in quirks
    )


def _zone(findings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default zone where it shows; which one it is, the evidence does not tell."""
    in_utc = findings.get("date_range") == "same" or findings.get("offset") in {"zulu", "zero"}
    return {"default_timezone": "UTC"} if in_utc else {}
