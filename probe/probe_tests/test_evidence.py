"""The evidence: it shows how an API behaves, and nothing of the contact center behind it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from tap_8x8_cc_probe.answers import Exchange
from tap_8x8_cc_probe.cli import judge
from tap_8x8_cc_probe.evidence import STRUCTURE, evidence, headers, masked, shaped, words
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.likeness import EvidenceError, settings_like
from tap_8x8_cc_sandbox.api.server import SandboxServer

from probe_tests.probing import findings, sandbox, seen_at
from probe_tests.test_findings import SETUPS, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_probe.experiments import Seen

NOBODYS = re.compile(r"[1.,:%+\-TZ ]*|[Xx1_ ]*|n/a|null|true|false", re.IGNORECASE)
"""What the evidence itself is made of: forms, and words for nothing."""
PLAIN_SETUP = Setup("America/New_York", {}, {})
TOKEN = "eyJhbGciOiJIUzI1NiJ9.Zm9vIGJhciBiYXo.q1w2E3r4T5y6U7i8O9p0"


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def saved(seen: Seen) -> dict[str, Any]:
    """The evidence as it is read from a file."""
    return dict(json.loads(json.dumps(evidence(seen, judge(seen)))))


def returned(seen: Seen) -> set[str]:
    """All values that the sandbox returned in rows, however written, and the ids of reports."""
    found: set[str] = set()
    for exchange in seen.exchanges:
        text = exchange.body.decode("utf-8-sig")
        if exchange.path.endswith("/download"):
            for line in text.splitlines()[1:]:
                found |= set(line.split(","))
            continue
        for row in json.loads(text or "[]") if exchange.path.endswith("/data") else []:
            items = row["items"]
            cells = [i["value"] for i in items] if isinstance(items, list) else items.values()
            for cell in cells:
                found |= {str(leaf) for leaf in leaves(cell)}
        if exchange.method == "POST":
            body = json.loads(text)
            found.add(str((body[0] if isinstance(body, list) else body)["id"]))
    found -= {"subtotal", "grandtotal"}
    return {text for text in found if not NOBODYS.fullmatch(text)}


@pytest.mark.parametrize("name", ["plain", "forms", "values", "order"])
def test_nothing_of_the_contact_center_is_in_the_file(name: str) -> None:
    quirks = SETUPS.get(name, PLAIN_SETUP).quirks
    with sandbox(quirks, tenants=["acme-emea"], default_timezone="Asia/Kolkata") as server:
        seen = seen_at(server.url, tenant_ids=["acme-emea"], timezone="Asia/Kolkata")
        shown = saved(seen)
        center = server.center("acme-emea")
        names = {queue.name for queue in center.roster.queues} | {
            agent.name for agent in center.roster.agents
        }
        host = server.url.partition("//")[2]
    text = json.dumps(shown, ensure_ascii=False)
    values = returned(seen)
    assert len(values) > 500
    assert len(names & values) > 10
    for secret in {*names, *values, host, "acme-emea", "Kolkata", "sandbox-key", "sandbox-secret"}:
        # A figure of a digit or two stands everywhere, as part of the API's own names.
        if len(secret) > 2:
            inside = re.search(rf"(?<![\w.]){re.escape(secret)}(?![\w.])", text)
            assert not inside, f"{secret!r} in {text[inside.start() - 40 : inside.end() + 10]}"
    figures = {leaf for leaf in leaves(shown["exchanges"]) if isinstance(leaf, int | float)}
    assert {int(re.sub("[^0-9]", "", str(f)) or 1) for f in figures if not isinstance(f, bool)} <= {
        *(int("1" * length) for length in range(1, 20)),
        *(200, 204, 404),
    }


def test_a_token_that_the_api_echoes_is_nowhere() -> None:
    """As a status, in an error, a key, a label, a type, a header, a redirect, a finding."""
    seen = seen_like_nothing()
    json_bodies: list[Any] = [
        {"id": 4711, "status": f"Bearer {TOKEN}", "reason": TOKEN},
        {"message": f"Bad token {TOKEN}", "errors": [TOKEN], TOKEN: 1},
        [{"total": None, "items": [{"key": TOKEN, "label": TOKEN, "value": TOKEN}]}],
        [{"total": {"type": TOKEN}, "items": {TOKEN: TOKEN}}, {TOKEN: TOKEN}],
        [{"type": TOKEN, "groupBy": [{"name": TOKEN, "filters": [TOKEN]}], "metrics": [TOKEN]}],
        {"timezone": TOKEN, "granularity": TOKEN, "groupBy": {"name": TOKEN}, "data": TOKEN},
        TOKEN,
    ]
    sent = {"type": TOKEN, "title": TOKEN, "metrics": [TOKEN], "timezone": TOKEN}
    names = ("link", "location", "content-type", "etag", TOKEN)
    header = CaseInsensitiveDict(dict.fromkeys(names, TOKEN))
    header["link"] = f'<https://{TOKEN}/>; rel="{TOKEN}"'
    csv = f"{TOKEN},Queue\n{TOKEN},{TOKEN}\n"
    for path in ("", "/17/status", "/17/data", "/17/download", "/17", f"/{TOKEN}/x"):
        for status in (200, 302, 400):
            for body in (*map(json.dumps, json_bodies), csv, f"<p>{TOKEN}</p>"):
                for method in ("GET", "POST"):
                    exchange = Exchange("days", method, path, sent, status, header, body.encode())
                    seen.exchanges.append(exchange)
    text = json.dumps(saved(seen))
    assert not [part for part in re.split(r"\W", TOKEN) if part in text]


def seen_like_nothing() -> Seen:
    with sandbox(now="2025-02-20T00:00:00Z") as server:
        return seen_at(server.url, detailed_reports=False)


def test_a_status_that_echoes_the_token_is_not_shown() -> None:
    """The finding quotes the API's word: on the terminal it is masked as everywhere."""
    echo = {"on": "status", "action": "status", "status": 200, "times": 1}
    body = json.dumps({"id": 1, "status": f"Bearer {TOKEN}"})
    with sandbox(faults=[{**echo, "body": body}]) as server:
        seen = seen_at(server.url)
    assert any("Bearer" in word for word in findings(judge(seen))["statuses"])
    assert TOKEN not in json.dumps(saved(seen))
    found = saved(seen)["findings"]["statuses"]
    assert [word for word in found if word not in {"DONE", "IN_PROGRESS"}] == [masked_token()]


def masked_token() -> str:
    return "Bearer " + "".join(
        "1" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in TOKEN
    )


def test_the_forms_are_there() -> None:
    """What one can learn from it: keys, labels, statuses, headers, how values are written."""
    with sandbox({"durations": "clock", "percentages": "sign", "seconds_in_times": True}) as server:
        seen = seen_at(server.url)
    shown = saved(seen)
    (days,) = [e for e in shown["exchanges"] if (e["report"], e["call"]) == ("days", "create")]
    assert days["sent"]["type"] == "queue-interactions-summary"
    assert days["sent"]["groupBy"] == {"name": "media-and-channel-and-queue"}
    assert days["sent"]["dateRange"]["start"] == "1111-11-11T11:11:11.111Z"
    assert days["sent"]["timezone"] == "named"
    assert days["body"]["status"] == "IN_PROGRESS"
    assert days["body"]["id"] == 1111111
    page = next(e for e in shown["exchanges"] if (e["report"], e["call"]) == ("days", "data"))
    assert page["headers"]["x-page-size"] == "111"
    cells = {item["key"]: item for item in page["body"][0]["items"]}
    assert cells["startTime"]["value"] == "1111-11-11T11:11:11+11:11"
    assert cells["queueId"]["label"] == "Queue Id"
    durations = [i["value"] for row in page["body"] for i in row["items"] if "Time" in i["key"]]
    assert "1:11:11" in durations
    csv = next(e for e in shown["exchanges"] if (e["report"], e["call"]) == ("days", "download"))
    assert csv["body"]["lines"][0][:3] == ["Start Time", "End Time", "Media"]
    missing = next(e for e in shown["exchanges"] if e["report"] == "missing")
    assert (missing["status"], missing["body"]) == (404, "Not found: no such report.")
    assert shown["findings"]["columns"]["channel"] == ["channel"]


def test_every_name_that_the_vendor_publishes_stays() -> None:
    with sandbox() as server:
        seen = seen_at(server.url, detailed_reports=False)
    for entry in seen.listing.values():
        for name in (entry.type, *entry.groupings, *entry.metrics):
            assert words(name) == name


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=50))
def test_a_text_keeps_its_length_and_none_of_its_letters_and_digits(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert {c for c in shown if c.isalnum()} <= {"X", "x", "1", "T", "Z", *"null", *"NULnaA"}


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=40))
def test_a_chunk_passes_whole_or_not_at_all(text: str) -> None:
    shown = words(text)
    assert len(shown) == len(text)
    if not text.isascii():
        assert set(shown) <= {"X", "x", "1"}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("0:00:41", "1:11:11"), ("66.67%", "11.11%"), (32281, 11111), (-7, -1), (0.5, 1.1),
        (True, True), (None, None), ("N/A", "N/A"), ("", ""), ("Anna O'Lee 7", "Xxxx X_Xxx 1"),
        ("2026-03-02T00:00-05:00", "1111-11-11T11:11+11:11"), ("2026-03-02", "1111-11-11"),
        ("a@b.org", "x_x_xxx"), ("+1 555 0100", "_1 111 1111"), ("Øl", "Xx"),
        ("IN_PROGRESS", "XX_XXXXXXXX"),
    ],
)  # fmt: skip
def test_forms(value: object, form: object) -> None:
    assert masked(value) == form


def test_words_stay_by_the_list_alone() -> None:
    assert words("queueId") == "queueId"
    assert words("acceptedPercentage.1h-1h30m") == "acceptedPercentage.1h-1h30m"
    assert words("Platinum Queue 7") == "Xxxxxxxx Queue 1"
    assert words("queueAcme") == "xxxxxXxxx"
    assert (
        shaped("No queue of Anna Lee was found: 4711", None)
        == "No queue of Xxxx Xxx was found: 1111"
    )
    assert shaped(["ON_HOLD", "On hold", "Acme", {"Acme": "queue"}], None, "status") == [
        "ON_HOLD", "On hold", "Xxxx", {"Xxxx": "queue"},
    ]  # fmt: skip
    assert shaped({"status": "A" * 31, "name": "queue", "title": "queue"}, STRUCTURE) == {
        "status": "X" * 31, "name": "queue", "title": "xxxxx",
    }  # fmt: skip
    assert headers({"x-acme": "1", "retry-after": "30"}) == {"retry-after": "11"}


@pytest.mark.parametrize(
    "setup",
    [
        PLAIN_SETUP, SETUPS["forms"], SETUPS["values"], SETUPS["order"],
        Setup("UTC", {"utc": "+00:00"}, {}), Setup("UTC", {"csv_disagrees": "values"}, {}),
    ],
)  # fmt: skip
def test_a_sandbox_like_it_is_found_to_be_like_it(setup: Setup) -> None:
    with sandbox(setup.quirks, default_timezone=setup.zone) as server:
        seen = seen_at(server.url, **setup.settings)
    with SandboxServer(SandboxConfig().patched(settings_like(saved(seen)))) as likeness:
        again = seen_at(likeness.url, **setup.settings)
    assert findings(judge(again)) == findings(judge(seen))


def test_other_files_are_refused() -> None:
    others: list[Any] = [[], {}, {"evidence": "x"}, {"evidence": "tap-8x8-cc probe", "form": 2}]
    for other in others:
        with pytest.raises(EvidenceError, match="evidence"):
            settings_like(other)


def test_a_finding_that_no_quirk_stands_for_leaves_the_sandbox_as_it_is() -> None:
    found = {"durations": "other", "ids": "elsewhere", "first_status": "WONDERING", "unheard": 1}
    settings = settings_like({"evidence": "tap-8x8-cc probe", "form": 1, "findings": found})
    assert SandboxConfig().patched(settings) == SandboxConfig()
