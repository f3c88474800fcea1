"""Each rule of the API: what is refused, with which status and text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api import state
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from sandbox_tests.api_client import (
    BASE,
    MONDAY,
    TUESDAY,
    Client,
    detailed,
    script_paths,
    summary,
)
from sandbox_tests.stub_center import (
    STATUS_CHANGES,
    WRAP_UP_REPORT,
    StubCenter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def v8() -> Iterator[Client]:
    patch = pytest.MonkeyPatch()
    patch.setattr(state, "contact_center", StubCenter)
    with patch.context(), SandboxServer(SandboxConfig()) as server, Client(server) as client:
        yield client
    patch.undo()


def span(length: timedelta, start: str = MONDAY) -> dict[str, str]:
    begin = datetime.fromisoformat(start)
    end = (begin + length).astimezone(UTC).isoformat(timespec="milliseconds")
    return {"start": start, "end": end.replace("+00:00", "Z")}


def media(*values: str) -> dict[str, Any]:
    filters = [{"name": "media", "values": list(values)}]
    return {"name": "media-and-queue", "filters": filters}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"type": None}, "type is required"),
        ({"type": "nonsense"}, "unknown report type"),
        ({"title": None}, "title is required"),
        ({"title": "a/b"}, "title allows only"),
        ({"title": "Zürich"}, "title allows only"),
        ({"dateRange": None}, "dateRange is required"),
        ({"dateRange": {"start": MONDAY}}, "dateRange.end is required"),
        ({"dateRange": {"start": MONDAY, "end": "2026-03-03"}}, "YYYY-MM-DDTHH:MM:SS.SSSZ"),
        ({"dateRange": {"start": MONDAY, "end": "2026-03-03T00:00:00Z"}}, "SS.SSSZ"),
        ({"dateRange": {"start": MONDAY, "end": "2026-13-03T00:00:00.000Z"}}, "SS.SSSZ"),
        ({"dateRange": {"start": MONDAY, "end": MONDAY}}, "before"),
        ({"dateRange": {"start": TUESDAY, "end": MONDAY}}, "before"),
        ({"granularity": None}, "granularity is required"),
        ({"granularity": "minute"}, "granularity minute is unknown"),
        ({"groupBy": None}, "groupBy is required"),
        ({"groupBy": {"name": "agent"}}, "groupBy.name agent"),
        ({"groupBy": {"name": "queue", "sort": 1}}, "unknown field groupBy.sort"),
        (
            {"groupBy": {"name": "queue", "filters": [{"name": "media", "values": ["Chat"]}]}},
            "media",
        ),
        ({"groupBy": media()}, "needs a list of values"),
        ({"groupBy": media("Fax")}, "Fax is not a value of media"),
        ({"metrics": ["accepted", "nonsense"]}, "nonsense"),
        ({"metrics": "accepted"}, "list of texts"),
        ({"timezone": "Asia/Tashkent"}, "not configured for the tenant"),
        ({"intraDayTimeRange": {"start": "08:00", "end": "09:00:00"}}, "hh:mm:ss"),
        ({"intraDayTimeRange": {"start": "08:00:00", "end": "08:14:59"}}, "at least 15 minutes"),
        ({"intraDayTimeRange": {"start": "08:00:00", "end": "08:00:00"}}, "at least 15 minutes"),
        ({"includeSubTotal": "yes"}, "includeSubTotal must be true or false"),
        ({"pageSize": 5}, "unknown field pageSize"),
        ({"searchQuery": []}, "unknown field searchQuery"),
    ],
)
def test_a_wrong_summary_request_is_refused(v8: Client, changes: dict[str, Any], part: str) -> None:
    answer = v8.post("", summary(**changes))
    assert answer.status_code == 400
    assert answer.text.startswith("Bad request: ")
    assert part in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Weekly - queue_report! (v1.0) 'all' *"},
        {"dateRange": {"start": "2026-03-02T05:00:00.00Z", "end": TUESDAY}},
        {"groupBy": {"name": "queue", "filters": []}},
        {"groupBy": media("Phone", "InboundPhone", "OutboundEmail")},
        {"metrics": []},
        {"timezone": "Europe/Helsinki"},
        {"intraDayTimeRange": {"start": "08:30:00", "end": "08:45:00"}},
        {"intraDayTimeRange": {"start": "20:00:00", "end": "06:00:00"}},
        {"includeSubTotal": True, "includeGrandTotal": "false"},
        {
            "type": WRAP_UP_REPORT,
            "groupBy": {
                "name": "wrap-up-code",
                "filters": [{"name": "wrap-up-code", "values": ["170-1201"]}],
            },
        },
    ],
)
def test_a_right_summary_request_is_accepted(v8: Client, changes: dict[str, Any]) -> None:
    assert v8.post("", summary(**changes)).status_code == 200


def test_a_wrap_up_code_names_its_list(v8: Client) -> None:
    filters = [{"name": "wrap-up-code", "values": ["1201"]}]
    body = summary(type=WRAP_UP_REPORT, groupBy={"name": "wrap-up-code", "filters": filters})
    assert v8.post("", body).status_code == 400


WEEK = timedelta(days=7)
INSTANT = timedelta(milliseconds=1)
SHORT = {"15m", "30m", "hour", "day", "none"}
MIDDLE = {"hour", "day", "week", "none"}
LONG = {"month", "year", "none"}
ALL = ("15m", "30m", "hour", "day", "week", "month", "year", "none")


def accepted(client: Client, **changes: Any) -> set[str]:
    return {
        granularity
        for granularity in ALL
        if client.post("", summary(granularity=granularity, **changes)).status_code == 200
    }


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(hours=1), SHORT),
        (WEEK, SHORT),
        (WEEK + INSTANT, MIDDLE),
        (timedelta(days=31), MIDDLE),
        (timedelta(days=31) + INSTANT, LONG),
        (timedelta(days=800), LONG),
    ],
)
def test_granularity_fits_the_length_of_the_range(
    v8: Client, length: timedelta, expected: set[str]
) -> None:
    assert accepted(v8, dateRange=span(length)) == expected


@pytest.mark.parametrize(
    ("month", "start", "days"),
    [
        ("28", MONDAY, 28),
        ("30", MONDAY, 30),
        ("calendar", "2026-02-01T00:00:00.000Z", 28),
        ("calendar", "2026-01-31T00:00:00.000Z", 28),
        ("calendar", "2025-12-15T00:00:00.000Z", 31),
    ],
)
def test_a_month_is_as_long_as_the_reading_says(
    serve: Callable[..., Client], month: str, start: str, days: int
) -> None:
    client = serve(quirks={"month": month}, default_timezone="UTC")
    length = timedelta(days=days)
    assert accepted(client, dateRange=span(length, start)) == MIDDLE
    assert accepted(client, dateRange=span(length + INSTANT, start)) == LONG


def test_a_calendar_month_is_one_of_the_reports_zone(serve: Callable[..., Client]) -> None:
    """March 2026 has an hour less in New York."""
    client = serve(quirks={"month": "calendar"})
    month = timedelta(days=31, hours=-1)
    assert accepted(client, dateRange=span(month, "2026-03-01T05:00:00.000Z")) == MIDDLE
    assert accepted(client, dateRange=span(month + INSTANT, "2026-03-01T05:00:00.000Z")) == LONG


def test_older_versions_know_less(serve: Callable[..., Client]) -> None:
    overnight = {"intraDayTimeRange": {"start": "20:00:00", "end": "06:00:00"}}
    v5 = serve("/analytics/cc/v5/historical-metrics")
    assert v5.post("", summary(**overnight)).status_code == 400
    v6 = serve("/analytics/cc/v6/historical-metrics")
    assert v6.post("", summary(**overnight)).status_code == 200
    v7 = serve("/analytics/cc/v7/historical-metrics")
    assert v7.post("", summary(groupBy=media("InboundEmail"))).status_code == 400
    assert v7.post("", script_paths()).status_code == 400
    v2 = serve("/analytics/cc/v2/historical-metrics")
    assert v2.post("/detailed-reports", detailed()).status_code == 404
    v1 = serve("/analytics/cc/v1/historical-metrics")
    assert v1.post("", summary(metrics=["acceptedPercentage"])).status_code == 400


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"granularity": "day"}, "unknown field granularity"),
        ({"groupBy": {"name": "queue"}}, "unknown field groupBy"),
        ({"metrics": ["nonsense"]}, "nonsense"),
        ({"type": "queue-interactions-summary"}, "not a detailed report"),
        ({"type": "script-paths", "timezone": "UTC"}, "not a detailed report"),
        ({"type": STATUS_CHANGES, "includeParticipants": True}, "includeParticipants"),
        ({"reportSettings": {"showAll": True}}, "unknown field reportSettings.showAll"),
        ({"reportSettings": {"showOngoingInteractions": 1}}, "true or false"),
        ({"searchQuery": [{"field": "nonsense", "operator": "in", "value": "x"}]}, "unknown field"),
        ({"searchQuery": [{"field": "queueName", "operator": "like", "value": "x"}]}, "operator"),
        ({"searchQuery": [{"field": "queueName", "operator": "in"}]}, "needs a value"),
        ({"intraDayTimeRange": {"start": "08:00:00", "end": "08:04:59"}}, "at least 5 minutes"),
    ],
)
def test_a_wrong_detailed_request_is_refused(
    v8: Client, changes: dict[str, Any], part: str
) -> None:
    answer = v8.post("/detailed-reports", detailed(**changes))
    assert answer.status_code == 400
    assert part in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"intraDayTimeRange": {"start": "08:00:00", "end": "08:05:00"}},
        {"includeParticipants": True, "reportSettings": {"showOngoingInteractions": True}},
        {"searchQuery": [{"field": "queueName", "operator": "contains", "value": "Sales"}]},
        {"searchQuery": [{"field": "queueName", "operator": "in", "value": ["a", "b"]}]},
        {"searchQuery": [{"field": "queueName", "operator": "is-empty"}]},
    ],
)
def test_a_right_detailed_request_is_accepted(v8: Client, changes: dict[str, Any]) -> None:
    assert v8.post("/detailed-reports", detailed(**changes)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": None},
        {"granularity": "none"},
        {"groupBy": {"name": "queue"}},
        {"metrics": []},
        {"includeSubTotal": False},
        {"includeParticipants": False},
        {"searchQuery": [{"field": "Queue", "operator": "in", "value": ["1"]}]},
        {"searchQuery": [{"field": "queue", "operator": "not-in", "value": ["1"]}]},
    ],
)
def test_a_wrong_request_for_script_paths_is_refused(v8: Client, changes: dict[str, Any]) -> None:
    assert v8.post("", script_paths(**changes)).status_code == 400


def test_any_zone_can_be_configured(serve: Callable[..., Client]) -> None:
    client = serve(timezones=["*"])
    assert client.post("", summary(timezone="Asia/Tashkent")).status_code == 200
    assert client.post("", summary(timezone="Mars/Olympus")).status_code == 400


@pytest.mark.parametrize("query", ["size=0", "size=1001", "page=-1", "page=x", "page=10&size=1000"])
def test_pages_have_limits(v8: Client, query: str) -> None:
    assert v8.get(f"/{v8.create()}/data?{query}").status_code == 400


def test_rows_are_not_given_before_they_are_done(serve: Callable[..., Client]) -> None:
    client = serve(generation_seconds=60)
    report_id = client.create()
    assert client.get(f"/{report_id}/status").json()["status"] == "IN_PROGRESS"
    assert "Link" not in client.get(f"/{report_id}/status").headers
    assert client.get(f"/{report_id}/data").status_code == 400
    download = client.get(f"/{report_id}/download", headers={"Accept": "text/csv"})
    assert download.status_code == 400
    assert [link["relation"] for link in client.get(f"/{report_id}/links").json()] == ["status"]


@pytest.mark.parametrize("part", ["", "/status", "/data", "/links"])
def test_unknown_reports_are_not_found(v8: Client, part: str) -> None:
    assert v8.get(f"/99{part}").status_code == 404
    assert v8.get(f"/abc{part}").status_code == 404


def test_a_report_of_the_ordinary_endpoint_is_no_detailed_one(v8: Client) -> None:
    assert v8.get(f"/detailed-reports/{v8.create(detailed())}/data").status_code == 404


@pytest.mark.parametrize("version", ["v0", "v9", "8", "vx"])
def test_unknown_versions_are_not_found(serve: Callable[..., Client], version: str) -> None:
    client = serve(BASE.replace("v8", version))
    assert client.get("/report-types").status_code == 404
    assert client.post("", summary()).status_code == 404


def test_other_methods_are_not_allowed(v8: Client) -> None:
    assert v8.session.delete(f"{v8.base}/report-types", timeout=5).status_code == 405
    assert v8.post(f"/{v8.create()}/status", {}).status_code == 405
    assert v8.get("").status_code == 405


def test_a_body_must_be_a_json_object(v8: Client) -> None:
    assert v8.session.post(v8.base, data="{", timeout=5).status_code == 400
    assert v8.post("", [summary()]).status_code == 400


def test_a_tenant_must_be_named_where_there_are_several(serve: Callable[..., Client]) -> None:
    client = serve(tenants=["north", "south"])
    missing = client.get("/report-types")
    assert (missing.status_code, missing.text) == (
        400,
        "Bad request: X-Tenant-Info header is missing.",
    )
    wrong = client.get("/report-types", headers={"X-Tenant-Info": "east"})
    assert (wrong.status_code, wrong.text) == (
        400,
        "Bad request: Invalid value for X-Tenant-Info header.",
    )
    north = {"X-Tenant-Info": "north"}
    report_id = client.create(headers=north)
    assert client.get(f"/{report_id}", headers=north).status_code == 200
    assert client.get(f"/{report_id}", headers={"X-Tenant-Info": "south"}).status_code == 404
    assert client.server.center("north").config.tenant == "north"


def test_a_single_tenant_may_be_named_in_vain(v8: Client) -> None:
    assert v8.get("/report-types", headers={"X-Tenant-Info": "any"}).status_code == 200
