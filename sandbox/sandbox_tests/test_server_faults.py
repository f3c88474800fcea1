"""Each fault as a client sees it."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tap_8x8_cc_sandbox.api.config import SettingsError
from tap_8x8_cc_sandbox.api.faults import FaultPlan, FaultRule
from tap_8x8_cc_sandbox.api.operations import Target

from sandbox_tests.api_client import Client, detailed, summary
from sandbox_tests.stub_center import INTERACTIONS, QUEUE_REPORT

if TYPE_CHECKING:
    from collections.abc import Callable

CSV = {"Accept": "text/csv"}


def faulty(serve: Callable[..., Client], *rules: FaultRule, **settings: Any) -> Client:
    """Start a sandbox whose faults begin after the client has its token."""
    client = serve(**settings)
    client.server.configure(faults=rules)
    return client


def test_a_status_with_its_headers_and_body(serve: Callable[..., Client]) -> None:
    rule = FaultRule("types", "status", status=429, headers={"Retry-After": "2"}, body="Slow down")
    answer = faulty(serve, rule).get("/report-types")
    assert (answer.status_code, answer.text) == (429, "Slow down")
    assert answer.headers["Retry-After"] == "2"


def test_a_status_without_a_body_has_the_form_of_errors(serve: Callable[..., Client]) -> None:
    rule = FaultRule("any", "status", status=503)
    client = faulty(serve, rule, quirks={"error_body": "json"})
    assert client.get("/report-types").json()["message"] == "Service Unavailable"


def test_retry_after_as_a_date(serve: Callable[..., Client]) -> None:
    rule = FaultRule("types", "status", status=429, retry_after_date_in=60)
    answer = faulty(serve, rule).get("/report-types")
    date = parsedate_to_datetime(answer.headers["Retry-After"])
    assert 55 < date.timestamp() - time.time() <= 60


@pytest.mark.parametrize("abrupt", [True, False])
def test_a_connection_without_an_answer(serve: Callable[..., Client], abrupt: bool) -> None:  # noqa: FBT001
    client = faulty(serve, FaultRule("types", "reset_before", times=1, abrupt=abrupt))
    with pytest.raises(requests.ConnectionError):
        client.get("/report-types")
    assert client.get("/report-types").status_code == 200
    assert [entry.status for entry in client.server.requests()[1:]] == [0, 200]


@pytest.mark.parametrize("part", ["data", "download"])
def test_a_body_cut_off(serve: Callable[..., Client], part: str) -> None:
    client = faulty(serve, FaultRule(part, "cut_body", times=1))  # type: ignore[arg-type]
    path = f"/{client.create()}/{part}"
    headers = CSV if part == "download" else {}
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get(path, headers=headers)
    whole = client.get(path, headers=headers).content
    client.server.configure(faults=[FaultRule(part, "cut_body")])  # type: ignore[arg-type]
    with client.get(path, headers=headers, stream=True) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))


def test_a_truncated_body_is_good_http(serve: Callable[..., Client]) -> None:
    client = serve()
    path = f"/{client.create()}/data"
    whole = client.get(path).content
    client.server.configure(faults=[FaultRule("data", "truncate", keep=0.25)])
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 4]
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_web_page_in_place_of_json(serve: Callable[..., Client]) -> None:
    answer = faulty(serve, FaultRule("status", "html")).get("/1/status")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_slow_answer(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("types", "slow", seconds=0.2))
    begun = time.monotonic()
    assert client.get("/report-types").status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_report_fails_with_a_reason(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("create", "failed", reason="Out of memory", times=1))
    answer = client.post("", summary()).json()
    assert answer["status"] == "IN_PROGRESS"
    status = client.get(f"/{answer['id']}/status")
    assert status.json() == {"id": answer["id"], "status": "FAILED", "reason": "Out of memory"}
    assert "Link" not in status.headers
    assert client.get(f"/{answer['id']}/data").status_code == 400
    assert client.get(f"/{client.create()}/status").json()["status"] == "DONE"


def test_a_detailed_report_fails_at_once(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("detailed_create", "failed"))
    answer = client.post("/detailed-reports", detailed())
    assert answer.json()["status"] == "FAILED"
    assert "Link" not in answer.headers


def test_a_report_that_failed_is_found_out_when_asked(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("status", "failed", skip=1, times=1))
    report_id = client.create()
    statuses = [client.get(f"/{report_id}/status").json()["status"] for _ in range(3)]
    assert statuses == ["DONE", "FAILED", "FAILED"]


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (FaultRule("create", "stuck"), "IN_PROGRESS"),
        (FaultRule("create", "unknown_status"), "ARCHIVED"),
        (FaultRule("create", "unknown_status", status_name="EXPIRED"), "EXPIRED"),
    ],
)
def test_a_report_that_is_never_done(
    serve: Callable[..., Client], rule: FaultRule, status: str
) -> None:
    client = faulty(serve, rule)
    report_id = client.create()
    assert client.get(f"/{report_id}/status").json()["status"] == status
    assert client.get(f"/{report_id}/data").status_code == 400


def test_a_report_vanishes(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("data", "vanish", times=1))
    report_id = client.create()
    assert client.get(f"/{report_id}/status").status_code == 200
    assert client.get(f"/{report_id}/data").status_code == 404
    assert client.get(f"/{report_id}/status").status_code == 404


@pytest.mark.parametrize("status", [400, 404, 409])
def test_done_but_not_ready(serve: Callable[..., Client], status: int) -> None:
    client = faulty(serve, FaultRule("any", "not_ready", status=status, tries=2))
    for report_id in (client.create(), client.create()):
        assert client.get(f"/{report_id}/status").json()["status"] == "DONE"
        codes = [client.get(f"/{report_id}/data").status_code for _ in range(3)]
        assert codes == [status, status, 200]


def test_headers_that_claim_more(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("data", "short", rows=2))
    answer = client.get(f"/{client.create()}/data?size=3")
    assert len(answer.json()) == 3
    assert answer.headers["X-Total-Elements"] == "5"
    assert answer.headers["X-Total-Pages"] == "2"


def test_rows_that_are_missing(serve: Callable[..., Client]) -> None:
    client = serve()
    whole = client.csv().splitlines()
    client.server.configure(faults=[FaultRule("any", "fewer_rows", rows=2)])
    report_id = client.create()
    answer = client.get(f"/{report_id}/data")
    assert len(answer.json()) == 1
    assert answer.headers["X-Total-Elements"] == "3"
    assert client.csv().splitlines() == whole[:2]


def test_a_token_ends_early(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("types", "expire_token", skip=1, times=1))
    assert [client.get("/report-types").status_code for _ in range(3)] == [200, 401, 401]
    client.session.headers["Authorization"] = (
        f"Bearer {client.token_answer().json()['access_token']}"
    )
    assert client.get("/report-types").status_code == 200


def test_a_mutation_changes_something(serve: Callable[..., Client]) -> None:
    client = serve()
    path = f"/{client.create()}/data"
    whole = client.get(path).json()
    client.server.configure(faults=[FaultRule("any", "mutate")])
    answers = [client.get(path).content for _ in range(20)]
    assert len(set(answers)) > 10
    assert sum(json.loads(answer) != whole for answer in answers) >= 18
    client.server.configure(faults=[])
    assert client.get(path).json() == whole


def test_a_refusal_is_not_damaged(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("any", "mutate"), FaultRule("any", "truncate"))
    assert client.get("/99").text == "Not found: no such report."


def test_a_fault_is_aimed(serve: Callable[..., Client]) -> None:
    rule = FaultRule("create", "status", status=500, report_type="interaction-details")
    client = faulty(serve, rule, FaultRule("any", "status", status=502, path_contains="/links"))
    assert client.post("", summary()).status_code == 200
    assert client.post("", detailed()).status_code == 500
    report_id = client.create()
    assert client.get(f"/{report_id}/links").status_code == 502
    assert client.get(f"/{report_id}/status").status_code == 200


def test_a_fault_aimed_at_a_type_finds_its_reports(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("status", "status", report_type=QUEUE_REPORT, status=500))
    assert client.get(f"/{client.create()}/status").status_code == 500
    assert client.get(f"/{client.create(detailed())}/status").status_code == 200
    logged = [entry.report_type for entry in client.server.requests()[-3:]]
    assert logged == [QUEUE_REPORT, INTERACTIONS, INTERACTIONS]


def test_faults_count_each_report_by_itself(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("status", "status", times=1, per_report=True))
    for report_id in (client.create(), client.create()):
        codes = [client.get(f"/{report_id}/status").status_code for _ in range(2)]
        assert codes == [500, 200]


def test_chance_is_the_same_for_the_same_seed() -> None:
    rule = FaultRule("status", "status", probability=0.3)

    def hits(seed: int) -> list[bool]:
        plan = FaultPlan((rule,), seed)
        return [bool(plan.draw(Target("status", 1), "/1/status", "")) for _ in range(1000)]

    assert hits(1) == hits(1)
    assert hits(1) != hits(2)
    assert 230 < sum(hits(1)) < 370


def test_the_log_names_the_faults(serve: Callable[..., Client]) -> None:
    client = faulty(serve, FaultRule("types", "slow", seconds=0), FaultRule("types", "html"))
    client.get("/report-types")
    assert client.server.requests()[-1].faults == ("slow", "html")


def test_an_unknown_fault_is_refused(client: Client) -> None:
    with pytest.raises(SettingsError):
        client.server.configure(faults=[{"on": "status", "action": "explode"}])
    with pytest.raises(SettingsError):
        client.server.configure(faults=[{"on": "status", "action": "html", "when": 3}])
