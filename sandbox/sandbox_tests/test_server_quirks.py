"""Each reading of the documentation: how the answers look under it."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_sandbox.api import quirks as quirks_module
from tap_8x8_cc_sandbox.api.config import SandboxConfig, SettingsError
from tap_8x8_cc_sandbox.api.formats import csv_forms, json_forms
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.center.model import Kind

from sandbox_tests.api_client import Client, detailed, summary
from sandbox_tests.stub_center import METRICS, QUEUE_NAME, SCRIPT_PATHS, StubCenter

if TYPE_CHECKING:
    from collections.abc import Callable

TOTALS: dict[str, Any] = {"includeSubTotal": True, "includeGrandTotal": True}


def values(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["key"]: item["value"] for item in items}


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    ("quirks", "first", "nothing"),
    [
        ({}, ("3", "32281", "66.67"), None),
        ({"durations": "ms_decimal"}, ("3", "32281.4", "66.67"), None),
        ({"durations": "clock"}, ("3", "0:00:32", "66.67"), None),
        ({"percentages": "sign"}, ("3", "32281", "66.67%"), None),
        ({"nothing": "empty"}, ("3", "32281", "66.67"), ""),
        ({"nothing": "dash"}, ("3", "32281", "66.67"), "-"),
        ({"nothing": "na"}, ("3", "32281", "66.67"), "N/A"),
        ({"value_types": "native"}, (3, 32281, 66.67), None),
        ({"value_types": "native", "durations": "ms_decimal"}, (3, 32281.4, 66.67), None),
        ({"value_types": "native", "durations": "clock"}, (3, "0:00:32", 66.67), None),
    ],
)
def test_values_in_json(
    serve: Callable[..., Client], quirks: dict[str, str], first: tuple[Any, ...], nothing: Any
) -> None:
    records = serve(quirks=quirks).items()
    assert tuple(values(records[0])[key] for key in METRICS) == first
    assert [values(records[1])[key] for key in METRICS[1:]] == [nothing, nothing]


@pytest.mark.parametrize(
    ("quirks", "first", "nothing"),
    [
        ({}, ["3", "32281", "66.67"], ""),
        ({"nothing": "na", "durations": "clock"}, ["3", "0:00:32", "66.67"], "N/A"),
        ({"nothing": "na", "csv_nothing": "null"}, ["3", "32281", "66.67"], ""),
        ({"csv_nothing": "dash"}, ["3", "32281", "66.67"], "-"),
        ({"durations": "ms", "csv_durations": "clock"}, ["3", "0:00:32", "66.67"], ""),
        ({"csv_durations": "ms_decimal"}, ["3", "32281.4", "66.67"], ""),
        ({"csv_percentages": "sign"}, ["3", "32281", "66.67%"], ""),
        ({"value_types": "native"}, ["3", "32281", "66.67"], ""),
    ],
)
def test_values_in_csv(
    serve: Callable[..., Client], quirks: dict[str, str], first: list[str], nothing: str
) -> None:
    rows = lines(serve(quirks=quirks).csv())
    assert rows[1][4:] == first
    assert rows[2][5:] == [nothing, nothing]


@given(st.integers(min_value=0, max_value=10**10))
def test_a_clock_is_the_duration_to_the_second(milliseconds: int) -> None:
    written = json_forms(Quirks(durations="clock")).metric(Kind.DURATION)(milliseconds)
    hours, minutes, seconds = (int(part) for part in str(written).split(":"))
    assert minutes < 60
    assert seconds < 60
    assert abs((hours * 3600 + minutes * 60 + seconds) * 1000 - milliseconds) <= 500


@pytest.mark.parametrize(
    ("quirks", "start"),
    [
        ({}, "2026-03-02T00:00Z"),
        ({"utc": "+00:00"}, "2026-03-02T00:00+00:00"),
        ({"seconds_in_times": True}, "2026-03-02T00:00:00Z"),
        ({"seconds_in_times": True, "utc": "+00:00"}, "2026-03-02T00:00:00+00:00"),
    ],
)
def test_times_of_buckets(serve: Callable[..., Client], quirks: dict[str, Any], start: str) -> None:
    client = serve(quirks=quirks)
    assert values(client.items(summary(timezone="UTC"))[0])["startTime"] == start
    assert lines(client.csv(summary(timezone="UTC")))[1][0] == start


def test_only_an_offset_of_zero_is_zulu() -> None:
    forms = csv_forms(Quirks())
    london = datetime.fromisoformat("2026-07-01T00:00+01:00")
    assert forms.bucket_time(london) == "2026-07-01T00:00+01:00"
    assert forms.bucket_time(london.astimezone(UTC)) == "2026-06-30T23:00Z"


@pytest.mark.parametrize(("present", "expected"), [(True, "startTime"), (False, "queue")])
def test_times_of_granularity_none(
    serve: Callable[..., Client],
    present: bool,  # noqa: FBT001
    expected: str,
) -> None:
    client = serve(quirks={"none_times": present, "csv_header": "key"})
    body = summary(granularity="none")
    assert client.items(body)[0][0]["key"] == expected
    assert lines(client.csv(body))[0][0] == expected
    assert client.items()[0][0]["key"] == "startTime"


@pytest.mark.parametrize("inclusive", [True, False])
def test_the_end_of_the_range(serve: Callable[..., Client], inclusive: bool) -> None:  # noqa: FBT001
    client = serve(quirks={"end_inclusive": inclusive})
    client.items()
    center = client.server.center()
    assert isinstance(center, StubCenter)
    assert center.specs[0].end_inclusive is inclusive


@pytest.mark.parametrize(
    ("reading", "elements", "pages"), [("true", "10003", "11"), ("capped", "10000", "10")]
)
def test_elements_beyond_the_limit(
    serve: Callable[..., Client], reading: str, elements: str, pages: str
) -> None:
    client = serve(center={"queues": 10_003}, quirks={"total_elements": reading})
    answer = client.get(f"/{client.create()}/data?page=9&size=1000")
    assert answer.headers["X-Total-Elements"] == elements
    assert answer.headers["X-Total-Pages"] == pages
    assert ("next" in answer.links) is (reading == "true")


@pytest.mark.parametrize("pages", [0, 1])
def test_pages_of_an_empty_report(serve: Callable[..., Client], pages: int) -> None:
    client = serve(center={"queues": 0}, quirks={"empty_total_pages": pages})
    answer = client.get(f"/{client.create()}/data")
    assert answer.json() == []
    assert answer.headers["X-Total-Pages"] == str(pages)
    assert answer.headers["X-Total-Elements"] == "0"


def test_the_key_of_totals(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"total_key": "totals", "unasked_total": "absent"})
    assert client.records(summary(**TOTALS))[-1]["totals"]["type"] == "grandtotal"
    assert client.records(summary(**TOTALS))[0]["totals"] is None
    assert set(client.records()[0]) == {"items"}


@pytest.mark.parametrize(
    ("form", "ordinary", "total"), [("object", dict, dict), ("mixed", dict, list)]
)
def test_items_as_objects(
    serve: Callable[..., Client], form: str, ordinary: type[object], total: type[object]
) -> None:
    items = serve(quirks={"items": form}).items(summary(**TOTALS))
    assert items[0]["queue"] == QUEUE_NAME
    assert (type(items[0]), type(items[-1])) == (ordinary, total)


def test_ids_as_text(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"ids": "text"})
    report_id = client.post("", summary()).json()["id"]
    assert isinstance(report_id, str)
    assert client.get(f"/{report_id}/status").json()["id"] == report_id


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("filled", {"timezone": "America/New_York"}),
        ("null", {"timezone": None}),
        ("absent", {}),
    ],
)
def test_timezone_of_details(
    serve: Callable[..., Client], form: str, expected: dict[str, Any]
) -> None:
    client = serve(quirks={"details_timezone": form})
    details = client.get(f"/{client.create()}").json()
    assert {key: value for key, value in details.items() if key == "timezone"} == expected
    named = client.get(f"/{client.create(summary(timezone='UTC'))}").json()
    assert named["timezone"] == "UTC"


def test_forms_of_errors(serve: Callable[..., Client]) -> None:
    client = serve()
    assert client.get("/99").text == "Not found: no such report."
    client.server.configure(quirks={"error_body": "json"})
    assert client.get("/99").json()["message"] == "Not found: no such report."
    client.server.configure(quirks={"error_body": "problem"})
    problem = client.get("/99")
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json()["detail"] == "Not found: no such report."


def test_first_status(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"first_status": "QUEUED"}, generation_seconds=60, parallel_generation=1)
    assert client.post("", summary()).json()["status"] == "QUEUED"
    first, second = client.create(), client.create()
    assert int(second) == int(first) + 1
    assert client.get(f"/{second}/status").json()["status"] == "QUEUED"


def test_names_of_csv_columns(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"csv_header": "key", "csv_bom": True})
    text = client.csv()
    assert text.startswith("\ufeffstartTime,endTime,queue,queueId,accepted")


def test_marked_totals_of_a_csv(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"csv_totals": "marked"})
    rows = lines(client.csv(summary(**TOTALS)))
    assert [row[0] for row in rows] == ["Total", "", "", "", "subtotal", "grandtotal"]
    assert rows[-1][1:5] == ["", "", "", ""]
    assert lines(client.csv())[0][0] == "Start Time"


def test_wrong_csvs(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 1002})
    right = lines(client.csv())
    client.server.configure(quirks={"csv_disagrees": "order"})
    assert lines(client.csv()) == [right[0], *reversed(right[1:])]
    client.server.configure(quirks={"csv_disagrees": "values"})
    wrong = lines(client.csv())
    assert all(row[4:] != other[4:] for row, other in zip(wrong[1:], right[1:], strict=True))
    client.server.configure(quirks={"csv_disagrees": "late"})
    late = lines(client.csv())
    assert late[:1001] == right[:1001]
    assert all(row[4:] != other[4:] for row, other in zip(late[1001:], right[1001:], strict=True))
    client.server.configure(quirks={"csv_disagrees": "duplicate_labels"})
    assert lines(client.csv())[0][-2:] == ["Avg Handling Time", "Avg Handling Time"]
    labels = [item["label"] for item in client.items()[0]]
    assert labels[-2:] == ["Avg Handling Time", "Avg Handling Time"]


def test_forms_of_detailed_reports(serve: Callable[..., Client]) -> None:
    client = serve(
        quirks={"detailed_create": "list", "detailed_values": "plain", "durations": "clock"}
    )
    created = client.post("/detailed-reports", detailed()).json()
    assert isinstance(created, list)
    record = client.get(f"/detailed-reports/{created[0]['id']}/data").json()[0]
    found = values(record["items"])
    assert found["finishedTime"] == "2026-03-02T00:00:32.281-05:00"
    assert found["interactionDuration"] == "0:00:32"


@pytest.mark.parametrize(
    ("form", "keys"),
    [("fields", {"type", "metrics", "searchQuery"}), ("bare", {"type"}), ("absent", None)],
)
def test_listing_of_script_paths(
    serve: Callable[..., Client], form: str, keys: set[str] | None
) -> None:
    client = serve(quirks={"script_paths_listing": form})
    listed = {entry["type"]: set(entry) for entry in client.get("/report-types").json()}
    assert listed.get(SCRIPT_PATHS) == keys


def test_rate_limit_headers(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"rate_limit_headers": True})
    headers = client.get("/report-types").headers
    assert headers["x-ratelimit-limit"] == "1000"
    assert int(headers["x-ratelimit-remaining"]) < 1000
    assert 0 < int(headers["x-ratelimit-reset"]) <= 60


def test_every_value_of_every_reading_is_reachable() -> None:
    """Also through JSON, where a value of another type would be refused."""
    hints = get_type_hints(Quirks, vars(quirks_module))
    for reading in fields(Quirks):
        hint = hints[reading.name]
        options = [True, False] if hint is bool else _literals(hint)
        assert len(options) > 1
        for option in options:
            config = SandboxConfig.from_dict({"quirks": {reading.name: option}})
            assert getattr(config.quirks, reading.name) == option
            assert (
                SandboxConfig.from_dict(msgspec.json.decode(msgspec.json.encode(config))) == config
            )
        with pytest.raises(SettingsError):
            SandboxConfig.from_dict({"quirks": {reading.name: "nonsense"}})


def _literals(hint: Any) -> list[Any]:
    parts = get_args(hint)
    return [value for part in parts for value in (get_args(part) or (part,))]


def test_a_simulated_present_stands_still_until_moved(serve: Callable[..., Client]) -> None:
    client = serve(now="2026-03-10T00:00:00Z")
    clock = client.server.clock
    assert clock.now() == datetime(2026, 3, 10, tzinfo=UTC)
    clock.advance(timedelta(days=1))
    assert client.control("GET", "/config")["now"] == "2026-03-11T00:00:00Z"
    assert clock.now() == datetime(2026, 3, 11, tzinfo=UTC)
    client.items()
    center = client.server.center()
    assert isinstance(center, StubCenter)
    assert center.computed_at == [datetime(2026, 3, 11, tzinfo=UTC)]
