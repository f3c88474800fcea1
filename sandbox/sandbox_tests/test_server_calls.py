"""Each call of the simulated API, over HTTP."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import openpyxl  # type: ignore[import-untyped]
import pytest
import requests

from sandbox_tests.api_client import BASE, SECONDS, Client, detailed, script_paths, summary
from sandbox_tests.stub_center import INTERACTIONS, QUEUE_NAME, QUEUE_REPORT

if TYPE_CHECKING:
    from collections.abc import Callable

CSV = {"Accept": "text/csv"}


def test_token_answer_has_the_published_fields(client: Client) -> None:
    answer = client.token_answer().json()
    assert answer["token_type"] == "BearerToken"
    assert answer["expires_in"] == "1799"
    assert len(answer["issued_at"]) == 13
    assert answer["issued_at"].isdigit()
    assert answer["api_product_list"] == "[analytics realtime-api]"
    assert answer["api_product_list_json"] == ["analytics realtime-api"]


def test_token_needs_the_right_secret_and_grant(client: Client) -> None:
    assert client.token_answer(secret="wrong").status_code == 401
    assert client.token_answer(grant_type="password").status_code == 400


def test_calls_without_a_valid_token_are_unauthorized(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic abc"}):
        answer = requests.get(client.base + "/report-types", headers=headers, timeout=SECONDS)
        assert answer.status_code == 401


def test_a_token_ends_after_its_life(serve: Callable[..., Client]) -> None:
    assert serve(token_seconds=0).get("/report-types").status_code == 401


def test_listing_has_a_form_for_each_sort_of_type(client: Client) -> None:
    listed = {entry["type"]: entry for entry in client.get("/report-types").json()}
    assert listed[QUEUE_REPORT]["groupBy"][1] == {
        "name": "media-and-queue",
        "filters": ["media", "queue"],
    }
    assert "groupBy" not in listed[INTERACTIONS]
    assert set(listed[INTERACTIONS]["searchQuery"]) == {"fields", "operators"}
    assert listed["script-paths"] == {"type": "script-paths"}
    assert client.get(f"/report-types/{QUEUE_REPORT}").json() == listed[QUEUE_REPORT]
    assert client.get("/report-types/nonsense").status_code == 404


def test_listing_depends_on_the_version(serve: Callable[..., Client]) -> None:
    old = serve("/analytics/cc/v2/historical-metrics")
    assert {entry["type"] for entry in old.get("/report-types").json()}.isdisjoint(
        {INTERACTIONS, "script-paths"}
    )


@pytest.mark.parametrize("region", ["", "/eu", "/au", "/ca"])
def test_every_region_answers_with_links_to_itself(
    serve: Callable[..., Client], region: str
) -> None:
    client = serve(region + BASE)
    answer = client.post("", summary())
    report_id = answer.json()["id"]
    assert answer.json() == {"id": report_id, "status": "IN_PROGRESS"}
    assert answer.headers["Link"] == f'<{client.base}/{report_id}/status>; rel="status"'


def test_create_works_with_a_trailing_slash(client: Client) -> None:
    assert client.post("/", summary()).status_code == 200


def test_status_links_to_the_rows_once_done(client: Client) -> None:
    report_id = client.create()
    answer = client.get(f"/{report_id}/status")
    assert answer.json() == {"id": int(report_id), "status": "DONE"}
    url = f"{client.base}/{report_id}"
    assert answer.headers["Link"] == (
        f'<{url}/data?page=0&size=100>; rel="data",<{url}/download>; rel="download"'
    )
    assert client.get(f"/{report_id}/links").json() == [
        {"relation": "status", "link": f"{url}/status"},
        {"relation": "data", "link": f"{url}/data?page=0&size=100"},
        {"relation": "download", "link": f"{url}/download"},
    ]


def test_details_repeat_the_definition(client: Client) -> None:
    body = summary(timezone="UTC", metrics=["accepted"])
    report_id = client.create(body)
    details = client.get(f"/{report_id}").json()
    assert details == {"id": int(report_id), "status": "DONE", **body}


def test_pages_tell_their_place(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 5})
    report_id = client.create()
    first = client.get(f"/{report_id}/data?page=0&size=2")
    assert len(first.json()) == 2
    assert {name: first.headers[name] for name in first.headers if name.startswith("x-")} == {
        "x-page": "0",
        "x-page-size": "2",
        "x-total-pages": "3",
        "x-total-elements": "5",
    }
    assert first.links["next"]["url"] == f"{client.base}/{report_id}/data?page=1&size=2"
    last = client.get(f"/{report_id}/data?page=2&size=2")
    assert len(last.json()) == 1
    assert "Link" not in last.headers
    assert client.get(f"/{report_id}/data?page=3&size=2").json() == []


def test_page_size_is_100_unless_asked_otherwise(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 101})
    answer = client.get(f"/{client.create()}/data")
    assert len(answer.json()) == 100
    assert answer.headers["X-Page-Size"] == "100"


def test_rows_are_items_of_key_label_and_value(client: Client) -> None:
    items = client.items()
    assert items[0] == [
        {"key": "startTime", "label": "Start Time", "value": "2026-03-02T00:00-05:00"},
        {"key": "endTime", "label": "End Time", "value": "2026-03-03T00:00-05:00"},
        {"key": "queue", "label": "Queue", "value": QUEUE_NAME},
        {"key": "queueId", "label": "Queue Id", "value": "100"},
        {"key": "accepted", "label": "Accepted", "value": "3"},
        {"key": "avgHandlingTime", "label": "Avg Handling Time", "value": "32281"},
        {"key": "acceptedPercentage", "label": "Accepted %", "value": "66.67"},
    ]
    assert [item["value"] for item in items[1][4:]] == ["0", None, None]


def test_totals_are_marked_in_json(client: Client) -> None:
    records = client.records(summary(includeSubTotal=True, includeGrandTotal="true"))
    assert [record["total"] for record in records[2:]] == [
        None,
        {"type": "subtotal", "startIndex": 0, "endIndex": 2},
        {"type": "grandtotal", "startIndex": None, "endIndex": None},
    ]
    assert [item["value"] for item in records[-1]["items"][:4]] == [None] * 4


def test_only_10000_records_come_as_json(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 10_003})
    path = f"/{client.create()}/data?size=300&page="
    assert len(client.get(f"{path}33").json()) == 100
    assert client.get(f"{path}34").status_code == 400
    assert client.get(f"{path}33").headers["X-Total-Elements"] == "10003"


def test_csv_download_is_whole(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 10_003})
    report_id = client.create(summary(title="Queues of\tMarch (all)"))
    answer = client.get(f"/{report_id}/download", headers=CSV)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="Queues of March (all).csv"'
    )
    lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    assert lines[0] == [
        "Start Time",
        "End Time",
        "Queue",
        "Queue Id",
        "Accepted",
        "Avg Handling Time",
        "Accepted %",
    ]
    assert len(lines) == 10_004
    assert lines[1][2:] == [QUEUE_NAME, "100", "3", "32281", "66.67"]
    assert lines[2][4:] == ["0", "", ""]


@pytest.mark.parametrize("accept", ["text/xlsx", "application/vnd.ms-excel"])
def test_xlsx_download_opens_as_a_workbook(client: Client, accept: str) -> None:
    answer = client.get(f"/{client.create()}/download", headers={"Accept": accept})
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][2:4] == (QUEUE_NAME, "100")
    assert len(rows) == 4


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_download_needs_a_known_form(client: Client, accept: str) -> None:
    answer = client.get(f"/{client.create()}/download", headers={"Accept": accept})
    assert answer.status_code == 406


def test_answers_come_as_xml_on_request(client: Client) -> None:
    report_id = client.create()
    answer = client.get(f"/{report_id}/status", headers={"Accept": "application/xml"})
    assert answer.headers["Content-Type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    assert {child.tag: child.text for child in root} == {"id": report_id, "status": "DONE"}
    page = client.get(f"/{report_id}/data", headers={"Accept": "application/xml"})
    names = ET.fromstring(page.content).findall("./item/items/item/value")
    assert names[2].text == QUEUE_NAME
    assert client.get("/report-types", headers={"Accept": "text/html"}).status_code == 406


def test_detailed_report_is_done_at_once_and_paged_by_document(
    serve: Callable[..., Client],
) -> None:
    client = serve(center={"queues": 5}, generation_seconds=60)
    created = client.post("/detailed-reports", detailed()).json()
    assert created["status"] == "DONE"
    path = f"/detailed-reports/{created['id']}/data?size=2"
    seen, document = [], ""
    for _ in range(3):
        answer = client.get(path + (f"&lastDocumentId={document}" if document else ""))
        seen += [record["items"][0]["value"] for record in answer.json()]
        document = answer.headers.get("Last-Document-Id", "")
        assert ("Link" in answer.headers) == bool(document)
    assert seen == ["int-1", "int-2", "int-3", "int-4", "int-5"]
    assert not document
    assert client.get(f"{path}&lastDocumentId=nonsense").status_code == 400


def test_detailed_values_have_their_forms(client: Client) -> None:
    report_id = client.post("/detailed-reports", detailed()).json()["id"]
    record = client.get(f"/detailed-reports/{report_id}/data").json()[0]
    assert {item["key"]: item["value"] for item in record["items"]} == {
        "interactionId": "int-1",
        "creationTime": "2026-03-02T00:00:00.000-05:00",
        "finishedTime": {"value": "2026-03-02T00:00:32.281-05:00", "ongoing": False},
        "interactionDuration": {"value": 32281, "ongoing": True},
        "participantHold": "2",
        "interactionLabels": ["Queued", "Handled"],
        "queueName": None,
        "participants": [{"participantId": "ag1", "participantHold": "1"}],
    }


def test_detailed_report_downloads_from_the_ordinary_endpoint(client: Client) -> None:
    lines = list(csv.reader(io.StringIO(client.csv(detailed()), newline="")))
    assert lines[0][:4] == [
        "Interaction Id",
        "Creation Time",
        "Finished Time",
        "Interaction Duration",
    ]
    assert lines[1][2:7] == ["2026-03-02T00:00:32.281-05:00", "32281", "2", "Queued, Handled", ""]
    assert client.get(f"/{client.create(detailed())}/data").status_code == 400


def test_script_paths_come_as_csv_alone(client: Client) -> None:
    query = [{"field": "script", "operator": "in", "value": ["7"]}]
    assert client.csv(script_paths(searchQuery=query)).splitlines() == [
        "Path ID,Parent Path ID,Script ID,Script Name,Node Type,Node Label,Depth,Count,Terminal",
        "1,,,,ENTRY_POINT,Start,0,5,false",
        "2,1,7,Main,MENU,Welcome,1,5,true",
    ]
    report_id = client.create(script_paths())
    assert client.get(f"/{report_id}/data").status_code == 400
    assert client.get(f"/{report_id}/download", headers={"Accept": "text/xlsx"}).status_code == 406
    links = client.get(f"/{report_id}/links").json()
    assert [link["relation"] for link in links] == ["status", "download"]
