"""Manners of an API that its documents do not tell of: calls, pages, rows and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from click.testing import CliRunner
from tap_8x8_cc_sandbox.api.config import SettingsError
from tap_8x8_cc_sandbox.cli import _quirk, cli

from sandbox_tests.api_client import BASE, SECONDS, Client, detailed, script_paths, summary
from sandbox_tests.stub_center import INTERACTIONS, QUEUE_REPORT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("word", ["DONE", "done", "COMPLETED", "COMPLETE", "SUCCESS", "READY"])
def test_words_for_done(serve: Callable[..., Client], word: str) -> None:
    client = serve(quirks={"done_status": word})
    report = client.create()
    assert client.get(f"/{report}/status").json()["status"] == word
    assert client.get(f"/{report}/data").status_code == 200


@pytest.mark.parametrize("word", ["PENDING", "RUNNING", "In Progress", "in_progress"])
def test_words_for_waiting(serve: Callable[..., Client], word: str) -> None:
    client = serve(quirks={"first_status": word, "waiting_status": word}, generation_seconds=60)
    created = client.post("", summary()).json()
    assert created["status"] == word
    assert client.get(f"/{created['id']}/status").json()["status"] == word


@pytest.mark.parametrize("word", ["failed", "ERROR", "CANCELLED", "EXPIRED"])
def test_words_for_failed(serve: Callable[..., Client], word: str) -> None:
    fault = {"on": "create", "action": "failed"}
    client = serve(quirks={"failed_status": word}, faults=[fault])
    assert client.get(f"/{client.create()}/status").json()["status"] == word


def test_answers_of_a_create(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"create_answer": "id", "create_code": 201})
    answer = client.post("", summary())
    assert (answer.status_code, set(answer.json())) == (201, {"id"})
    assert "Link" not in answer.headers
    client.server.configure(quirks={"create_answer": "location", "create_code": 202})
    answer = client.post("", summary())
    assert (answer.status_code, answer.content) == (202, b"")
    report = answer.headers["Location"].rpartition("/")[2]
    assert client.get(f"/{report}/status").json()["status"] == "DONE"


def test_a_new_report_may_be_unknown(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"unknown_polls": 2})
    report = client.create()
    found = [client.get(f"/{report}/status").status_code for _ in range(3)]
    assert found == [404, 404, 200]


def test_slashes(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"post_slash": "needed"})
    assert [client.post(path, summary()).status_code for path in ("", "/")] == [404, 200]
    client.server.configure(quirks={"post_slash": "refused"})
    assert [client.post(path, summary()).status_code for path in ("", "/")] == [200, 405]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_gets_are_redirected(serve: Callable[..., Client], status: int) -> None:
    client = serve(quirks={"redirect_gets": status})
    answer = client.get("/report-types")
    assert [first.status_code for first in answer.history] == [status]
    assert answer.json()


@pytest.mark.parametrize("status", [307, 308])
def test_posts_are_redirected(serve: Callable[..., Client], status: int) -> None:
    client = serve(quirks={"redirect_posts": status})
    answer = client.post("", summary())
    assert [first.status_code for first in answer.history] == [status]
    assert answer.json()["id"]


def test_downloads_elsewhere_want_no_token(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"downloads": "elsewhere"})
    path, accept = f"/{client.create()}/download", {"Accept": "text/csv"}
    answer = client.get(path, headers=accept, allow_redirects=False)
    assert answer.status_code == 302
    url = answer.headers["Location"]
    assert not url.startswith(client.server.url)
    assert requests.get(url, headers=accept, timeout=SECONDS).text.startswith("Start Time")
    token = {"Authorization": f"Bearer {client.token}"}
    assert requests.get(url, headers=accept | token, timeout=SECONDS).status_code == 400
    assert requests.get(f"{url}x", headers=accept, timeout=SECONDS).status_code == 403


def test_gateways_and_regions(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"regions": "any"})
    client.base = f"{client.server.url}/jp{BASE}"
    assert client.get("/report-types").status_code == 200
    client.server.configure(quirks={"gateway_path": "/gateway/cc", "regions": "known"})
    assert client.get("/report-types").status_code == 404
    client.base = f"{client.server.url}/gateway/cc{BASE}"
    assert client.get("/report-types").status_code == 200


SAID = "Not found: no such report."


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("message", {"message": SAID}),
        ("fault", {"fault": {"faultstring": SAID, "detail": {"errorcode": "cc.http.404"}}}),
    ],
)
def test_bodies_of_errors(
    serve: Callable[..., Client], body: str, expected: dict[str, Any]
) -> None:
    assert serve(quirks={"error_body": body}).get("/99").json() == expected


def test_json_with_a_mark(serve: Callable[..., Client]) -> None:
    client = serve()
    report = client.create()
    client.server.configure(quirks={"json_bom": True})
    assert client.get(f"/{report}/data").content.startswith(b"\xef\xbb\xbf[")


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("milliseconds", "2026-03-02T00:00:00.000-05:00"),
        ("local", "2026-03-02T00:00"),
        ("date", "2026-03-02"),
        ("epoch", "1772427600000"),
    ],
)
def test_forms_of_times(serve: Callable[..., Client], form: str, start: str) -> None:
    items = serve(quirks={"bucket_times": form, "items": "object"}).items()
    assert items[0]["startTime"] == start


@pytest.mark.parametrize(
    ("form", "code", "body"),
    [("204", 204, b""), ("null", 200, b"null"), ("object", 200, b"{}"), ("404", 404, None)],
)
def test_no_rows(serve: Callable[..., Client], form: str, code: int, body: bytes | None) -> None:
    client = serve(center={"queues": 0}, quirks={"empty_report": form})
    answer = client.get(f"/{client.create()}/data")
    assert answer.status_code == code
    assert body is None or answer.content == body


@pytest.mark.parametrize("name", ["items", "data", "content"])
def test_rows_in_an_object(serve: Callable[..., Client], name: str) -> None:
    client = serve(quirks={"data_wrapper": name})
    assert len(client.get(f"/{client.create()}/data").json()[name]) == 3


def test_forms_of_rows(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"items": "flat"})
    assert {"total", "startTime", "queue"} < client.records()[0].keys()
    client.server.configure(quirks={"unasked_total": "absent"})
    assert "total" not in client.records()[0]
    client.server.configure(quirks={"items": "list", "unasked_total": "false", "labels": "object"})
    record = client.records()[0]
    assert record["total"] is False
    assert record["items"][0]["label"] == {"en": "Start Time"}
    client.server.configure(quirks={"labels": "number"})
    assert client.items()[0][1]["label"] == 1


def test_counts_and_pages(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 150}, quirks={"count_headers": "first"})
    report = client.create()

    def page(number: int, size: int = 50) -> requests.Response:
        return client.get(f"/{report}/data?page={number}&size={size}")

    assert page(0).headers["X-Total-Elements"] == "150"
    assert "X-Total-Elements" not in page(1).headers
    client.server.configure(quirks={"count_headers": "none"})
    assert "X-Total-Pages" not in page(0).headers
    client.server.configure(quirks={"count_headers": "all", "total_pages": "by_default"})
    assert page(0).headers["X-Total-Pages"] == "2"
    assert page(3).json() == []
    for code in (400, 404):
        client.server.configure(quirks={"past_end": str(code)})
        assert page(3).status_code == code
    client.server.configure(quirks={"least_page_size": 10})
    assert [page(0, size).status_code for size in (9, 10)] == [400, 200]


@pytest.mark.parametrize(("form", "first"), [("repeated", 149), ("shifted", 151)])
def test_rows_that_move_while_pages_are_turned(
    serve: Callable[..., Client], form: str, first: int
) -> None:
    client = serve(center={"queues": 100}, quirks={"live_rows": form, "items": "object"})
    report = client.create()
    firsts = []
    for _ in range(2):
        for number in range(2):
            records = client.get(f"/{report}/data?page={number}&size=50").json()
            firsts.append(int(records[0]["items"]["queueId"]))
    assert firsts == [100, first, 100, 150]


def test_a_long_report_may_be_refused(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 10_001}, quirks={"large_reports": "refused"})
    answer = client.get(f"/{client.create()}/data")
    assert (answer.status_code, "10000" in answer.text) == (400, True)


def test_details_in_progress(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"detailed_status": "ordinary", "waiting_status": "RUNNING"})

    def codes() -> list[int]:
        created = client.post("/detailed-reports", detailed()).json()
        assert created["status"] == "RUNNING"
        paths = (f"/{created['id']}/status", f"/detailed-reports/{created['id']}/status")
        return [client.get(path).status_code for path in paths]

    assert codes() == [200, 404]
    client.server.configure(quirks={"detailed_status": "detailed"})
    assert codes() == [404, 200]


def test_the_last_page_echoes_its_document(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"last_cursor": "echo"})
    report = client.post("/detailed-reports", detailed()).json()["id"]
    path = f"/detailed-reports/{report}/data?size=2"
    document = client.get(path).headers["Last-Document-Id"]
    last = client.get(f"{path}&lastDocumentId={document}")
    assert last.headers["Last-Document-Id"] == document


def test_participants_of_bare_numbers(serve: Callable[..., Client]) -> None:
    client = serve(quirks={"participants": "bare"})
    report = client.post("/detailed-reports", detailed()).json()["id"]
    record = client.get(f"/detailed-reports/{report}/data").json()[0]
    people = next(item["value"] for item in record["items"] if item["key"] == "participants")
    assert people == [{"participantId": "ag1", "participantHold": 1}]


@pytest.mark.parametrize(("since", "code"), [(3, 200), (9, 400)])
def test_settings_of_details(serve: Callable[..., Client], since: int, code: int) -> None:
    client = serve(quirks={"settings_since": since})
    body = detailed(includeParticipants=True)
    assert client.post("/detailed-reports", body).status_code == code
    assert client.post("/detailed-reports", detailed()).status_code == 200


@pytest.mark.parametrize("root", ["0", "-", "null", "itself"])
def test_roots_of_script_paths(serve: Callable[..., Client], root: str) -> None:
    client = serve(quirks={"script_root": root})
    first = client.csv(script_paths()).splitlines()[1].split(",")
    assert first[1] == ("1" if root == "itself" else root)


def test_forms_of_the_listing(serve: Callable[..., Client]) -> None:
    client = serve(
        quirks={
            "listing_metrics": "objects",
            "listing_group_by": "names",
            "listing_search": True,
            "listing_extra": "fields",
        }
    )
    listed = {entry["type"]: entry for entry in client.get("/report-types").json()}
    queues = listed[QUEUE_REPORT]
    assert queues["metrics"][0] == {"name": "accepted", "since": "v1"}
    assert queues["groupBy"] == ["queue", "media-and-queue"]
    assert {"searchQuery", "labels"} < queues.keys()
    assert "groupBy" not in listed[INTERACTIONS]
    client.server.configure(quirks={"listing_extra": "entry"})
    assert "type" not in client.get("/report-types").json()[0]
    client.server.configure(quirks={"listing": "empty"})
    assert client.get("/report-types").json() == []
    client.server.configure(quirks={"listing": "object"})
    assert client.get("/report-types").json() == {"status": "ok"}


def test_quirks_on_the_command_line() -> None:
    assert _quirk("redirect_gets=307") == ("redirect_gets", 307)
    assert _quirk("past_end=404") == ("past_end", "404")
    assert _quirk("month=28") == ("month", "28")
    assert _quirk("json_bom=true") == ("json_bom", True)
    with pytest.raises(SettingsError):
        _quirk("json_bom")
    refused = CliRunner().invoke(cli, ["serve", "--quirk", "past_end=500"])
    assert refused.exit_code == 1
    assert "past_end" in refused.output
