"""The evidence: it shows an API's manner, and nothing of the contact center behind it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_probe.evidence import evidence
from tap_8x8_cc_probe.masking import Mask, masked
from tap_8x8_cc_probe.verdict import judge
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.likeness import EvidenceError, settings_like
from tap_8x8_cc_sandbox.api.server import SandboxServer

from probe_tests.probing import findings, sandbox, seen_at
from probe_tests.test_findings import FORMS, ORDER, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_probe.seen import Seen

NOBODYS = re.compile(r"[1.,:%+\-TZ ]*|[Xx1_ ]*|n/a|null|true|false", re.IGNORECASE)
"""What the evidence itself is made of: forms, and words for nothing."""


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def returned(seen: Seen) -> set[str]:
    """All values that the sandbox returned in rows, however written, and the ids of reports."""
    found: set[str] = set()
    for exchange in seen.exchanges:
        text = exchange.body.decode("utf-8-sig")
        if exchange.path.endswith("/download"):
            for line in text.splitlines()[1:]:
                found |= set(line.split(","))
            continue
        for row in json.loads(text) if exchange.path.endswith("/data") else []:
            items = row["items"]
            cells = [i["value"] for i in items] if isinstance(items, list) else items.values()
            for cell in cells:
                found |= {str(leaf) for leaf in leaves(cell)}
        if exchange.creates:
            body = json.loads(text)
            found.add(str((body[0] if isinstance(body, list) else body)["id"]))
    found -= {"subtotal", "grandtotal"}
    return {text for text in found if not NOBODYS.fullmatch(text)}


@pytest.mark.parametrize("quirks", [{}, FORMS[0], VALUES[0], ORDER[0]])
def test_nothing_of_the_contact_center_is_in_the_file(quirks: dict[str, Any]) -> None:
    with sandbox(quirks, tenants=["acme-emea"], default_timezone="Asia/Kolkata") as server:
        seen = seen_at(server.url, tenant_ids=["acme-emea"])
        shown = evidence(seen, judge(seen), "v8")
        center = server.center("acme-emea")
        names = {queue.name for queue in center.roster.queues} | {
            agent.name for agent in center.roster.agents
        }
        host = server.url.partition("//")[2]
    text = json.dumps(shown, ensure_ascii=False)
    values = returned(seen)
    assert len(values) > 500
    assert len(names & values) > 10
    for name in {*names, *values, host, "acme-emea", "Kolkata", "sandbox-key", "sandbox-secret"}:
        # A figure of a digit or two stands everywhere, as part of the API's own names.
        if len(name) > 2:
            inside = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text)
            assert not inside, f"{name!r} in {text[inside.start() - 40 : inside.end() + 10]}"
    figures = {leaf for leaf in leaves(shown["exchanges"]) if isinstance(leaf, int | float)}
    assert {int(re.sub("[^0-9]", "", str(f)) or 1) for f in figures if not isinstance(f, bool)} <= {
        *(int("1" * length) for length in range(1, 20)),
        *(200, 404),
    }


def test_the_forms_are_there() -> None:
    """What one can learn from it: keys, labels, statuses, headers, how values are written."""
    with sandbox({"durations": "clock", "percentages": "sign", "seconds_in_times": True}) as server:
        seen = seen_at(server.url)
    shown = evidence(seen, judge(seen), "v8")
    (days,) = [e for e in shown["exchanges"] if (e.get("report"), e["call"]) == ("days", "create")]
    assert days["sent"]["type"] == "queue-interactions-summary"
    assert days["sent"]["groupBy"] == {"name": "media-and-channel-and-queue"}
    assert days["sent"]["dateRange"]["start"] == "1111-11-11T11:11:11.111Z"
    assert days["sent"]["timezone"] == "named"
    assert days["body"]["status"] == "IN_PROGRESS"
    assert days["body"]["id"] == 1111111
    page = next(e for e in shown["exchanges"] if (e.get("report"), e["call"]) == ("days", "data"))
    assert page["headers"]["x-page-size"] == "11"
    cells = {item["key"]: item for item in page["body"][0]["items"]}
    assert cells["startTime"]["value"] == "1111-11-11T11:11:11+11:11"
    assert cells["queueId"]["label"] == "Queue Id"
    durations = [i["value"] for row in page["body"] for i in row["items"] if "Time" in i["key"]]
    assert "1:11:11" in durations
    csv = next(e for e in shown["exchanges"] if e["call"] == "download")
    assert csv["body"]["lines"][0][:3] == ["Start Time", "End Time", "Media"]
    missing = next(e for e in shown["exchanges"] if e["call"] == "missing")
    assert (missing["status"], missing["body"]) == (404, "Not found: no such report.")
    assert shown["findings"]["columns"]["channel"] == ["channel"]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=50))
def test_a_text_keeps_its_length_and_none_of_its_letters_and_digits(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert {c for c in shown if c.isalnum()} <= {"X", "x", "1", "T", "Z", *"null", *"NULnaA"}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("0:00:41", "1:11:11"), ("66.67%", "11.11%"), (32281, 11111), (-7, -1), (0.5, 1.1),
        (True, True), (None, None), ("N/A", "N/A"), ("", ""), ("Anna O'Lee 7", "Xxxx X_Xxx 1"),
        ("2026-03-02T00:00-05:00", "1111-11-11T11:11+11:11"), ("2026-03-02", "1111-11-11"),
        ("a@b.org", "x_x_xxx"), ("+1 555 0100", "_1 111 1111"), (["Øl"], ["Xx"]),
    ],
)  # fmt: skip
def test_forms(value: object, form: object) -> None:
    assert masked(value) == form


def test_a_key_that_was_seen_as_a_value_is_no_structure() -> None:
    mask = Mask({"queue"}, {"Gold Support", "Platinum", "queue"})
    assert mask.key("Platinum") == "Xxxxxxxx"
    assert mask.label("Gold Support") == "Xxxx Xxxxxxx"
    assert (mask.key("queue"), mask.key("newKey"), mask.label("New Key")) == (
        "queue", "newKey", "New Key",
    )  # fmt: skip
    assert mask.key("Anna Lee") == "Xxxx Xxx"
    assert (
        mask.error("No queue of Anna Lee was found: 4711") == "No xxxxx of Xxxx Xxx was found: 1111"
    )


@pytest.mark.parametrize(
    ("quirks", "zone"),
    [
        ({}, "America/New_York"), (FORMS[0], "Asia/Kolkata"), (VALUES[0], "America/St_Johns"),
        (ORDER[0], "Asia/Tokyo"), ({"utc": "+00:00"}, "UTC"), ({"csv_disagrees": "values"}, "UTC"),
    ],
)  # fmt: skip
def test_a_sandbox_like_it_is_found_to_be_like_it(quirks: dict[str, Any], zone: str) -> None:
    with sandbox(quirks, default_timezone=zone) as server:
        seen = seen_at(server.url)
    verdict = judge(seen)
    saved = json.loads(json.dumps(evidence(seen, verdict, "v8")))
    with SandboxServer(SandboxConfig().patched(settings_like(saved))) as likeness:
        again = judge(seen_at(likeness.url))
    assert findings(again) == findings(verdict)


def test_what_is_no_evidence_is_refused() -> None:
    others: list[Any] = [[], {}, {"evidence": "x"}, {"evidence": "tap-8x8-cc probe", "form": 2}]
    for other in others:
        with pytest.raises(EvidenceError, match="evidence"):
            settings_like(other)


def test_a_finding_that_no_quirk_stands_for_leaves_the_sandbox_as_it_is() -> None:
    found = {"durations": "other", "ids": "elsewhere", "first_status": "WONDERING", "unheard": 1}
    settings = settings_like({"evidence": "tap-8x8-cc probe", "form": 1, "findings": found})
    assert SandboxConfig().patched(settings) == SandboxConfig()
