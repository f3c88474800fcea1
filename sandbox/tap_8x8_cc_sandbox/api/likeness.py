"""Settings that make the simulated API answer as a real one did, by the evidence of a probe.

The evidence is a JSON object, `{"evidence": "tap-8x8-cc probe", "form": 1, "findings": {…}}`. Each
finding answers a question by its name; null: not answered. `_TRAITS` has those that are a quirk's
value in other words; `creation` holds status, form and members (`200 object id status`, and `slash`
if its path ends so), `redirects` method or `download` and status (`GET 307`), `statuses` words,
`rate_limits` names of headers.

A value that no quirk stands for leaves its quirk as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Trait:
    """A quirk that a finding tells."""

    quirk: str  # its name
    finding: str  # the finding's name
    # The quirk's value for a finding's; a finding that is not in it is taken as it is.
    values: Mapping[Any, Any] | None = None

    def read(self, findings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a quirk may be anything
        """Return the quirk's value; None where the finding does not tell."""
        found = findings.get(self.finding)
        if self.values is not None and isinstance(found, str | int):
            return self.values.get(found)
        return found


_TRAITS = (
    _Trait("range", "date_range"),
    _Trait("end_inclusive", "end", {"included": True, "excluded": False}),
    _Trait("details_timezone", "default_zone", {"told": "filled", "absent": "absent",
                                                "null": "null"}),
    _Trait("utc", "offset", {"zulu": "Z", "zero": "+00:00"}),
    _Trait("seconds_in_times", "seconds", {"seconds": True, "minutes": False}),
    _Trait("none_times", "none_times"),
    _Trait("items", "row_form"),
    _Trait("total_key", "total_key"),
    _Trait("value_types", "numbers"),
    _Trait("durations", "durations", SAME_FORM),
    _Trait("csv_durations", "csv_durations", SAME_FORM),
    _Trait("percentages", "percentages"),
    _Trait("csv_percentages", "csv_percentages"),
    _Trait("nothing", "nothing"),
    _Trait("csv_nothing", "csv_nothing"),
    _Trait("total_elements", "count"),
    _Trait("empty_total_pages", "empty_pages"),
    _Trait("csv_disagrees", "csv_rows", {"other": "order"}),
    _Trait("csv_header", "csv_header"),
    _Trait("csv_bom", "csv_mark"),
    _Trait("csv_totals", "csv_totals"),
    _Trait("script_paths_listing", "script_paths"),
    _Trait("ids", "ids"),
    _Trait("first_status", "first_status"),
    _Trait("error_body", "error_body"),
    _Trait("days_cut", "days"),
    _Trait("data_wrapper", "envelope"),
    _Trait("empty_report", "empty", {"array": "list", "no body": "204", "null": "null",
                                     "{}": "object", "HTTP 404": "404"}),
    _Trait("done_status", "done_status"),
    _Trait("unknown_polls", "unknown"),
    _Trait("detailed_status", "detailed_status"),
    _Trait("detailed_create", "detailed_creation"),
    _Trait("detailed_values", "detailed_values"),
)  # fmt: skip


def settings_like(evidence: object) -> dict[str, Any]:
    """Return the settings under which the simulated API answers as the one that was probed.

    Raises:
        EvidenceError: It is not the evidence of a probe.
    """
    findings = _findings(evidence)
    possible = get_type_hints(Quirks)
    quirks: dict[str, Any] = {}
    for trait in _TRAITS:
        value = trait.read(findings)
        if value is not None:
            quirks[trait.quirk] = value
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
