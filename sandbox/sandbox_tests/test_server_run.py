"""The life of reports, the control requests, the server and its command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
import requests
from click.testing import CliRunner
from tap_8x8_cc_sandbox.api import store
from tap_8x8_cc_sandbox.api.config import SandboxConfig, SettingsError
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig, Granularity, ReportSpec
from tap_8x8_cc_sandbox.cli import cli

from sandbox_tests.api_client import MONDAY, SECONDS, TUESDAY, Client, summary
from sandbox_tests.stub_center import STATUS_CHANGES, StubCenter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _until_brace(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.startswith("}"):
            return


def wait_until_done(client: Client, report_id: str) -> float:
    """Return the monotonic time at which a report was first seen done."""
    while client.get(f"/{report_id}/status").json()["status"] != "DONE":
        time.sleep(0.01)
    return time.monotonic()


def test_reports_are_generated_so_many_at_a_time(serve: Callable[..., Client]) -> None:
    client = serve(generation_seconds=0.2, parallel_generation=2)
    begun = time.monotonic()
    ids = [client.create() for _ in range(4)]
    done = [wait_until_done(client, report_id) - begun for report_id in ids]
    assert all(seconds >= 0.2 for seconds in done[:2])
    assert all(seconds >= 0.4 for seconds in done[2:])
    state = client.server.state()
    assert state["max_generating"] == 4
    assert state["reports_ready"] == 4


def test_a_creation_is_refused_while_too_many_reports_are_being_generated(
    serve: Callable[..., Client],
) -> None:
    client = serve(generation_seconds=0.3, most_unready=2)
    first = [client.create() for _ in range(2)]
    refused = client.post("/", summary())
    assert refused.status_code == 429
    wait_until_done(client, first[0])
    wait_until_done(client, client.create())


def test_generation_takes_its_time_by_type(serve: Callable[..., Client]) -> None:
    client = serve(generation_seconds=60, generation_seconds_by_type={STATUS_CHANGES: 0})
    quick = client.create(
        {
            "type": STATUS_CHANGES,
            "title": "Quick",
            "dateRange": {"start": MONDAY, "end": TUESDAY},
        }
    )
    assert client.get(f"/{quick}/status").json()["status"] == "DONE"
    assert client.get(f"/{client.create()}/status").json()["status"] == "IN_PROGRESS"


def test_old_reports_are_forgotten(serve: Callable[..., Client]) -> None:
    client = serve(max_reports=2)
    ids = [client.create() for _ in range(3)]
    codes = [client.get(f"/{report_id}/status").status_code for report_id in ids]
    assert codes == [404, 200, 200]
    assert client.server.state()["reports_forgotten"] == 1


def test_a_report_is_computed_once(serve: Callable[..., Client]) -> None:
    client = serve()
    report_id = client.create()
    for _ in range(3):
        client.get(f"/{report_id}/data")
    center = client.server.center()
    assert isinstance(center, StubCenter)
    assert len(center.specs) == 1


def test_a_report_shows_the_center_of_its_creation(serve: Callable[..., Client]) -> None:
    client = serve()
    report_id = client.create()
    client.control("PATCH", "/config", json={"center": {"queues": 1}})
    assert len(client.get(f"/{report_id}/data").json()) == 3
    assert len(client.records()) == 1


def test_unfinished_reports_are_counted(serve: Callable[..., Client]) -> None:
    client = serve(center={"queues": 3})
    first, second = client.create(), client.create()
    client.get(f"/{first}/data?size=2&page=0")
    assert client.server.state()["reports_unfinished"] == 2
    client.get(f"/{first}/data?size=2&page=1")
    client.get(f"/{second}/download", headers={"Accept": "text/csv"})
    client.create()
    state = client.server.state()
    assert state["reports_unfinished"] == 1
    assert state["max_unfinished"] == 2


def test_the_log_tells_what_was_asked(serve: Callable[..., Client]) -> None:
    client = serve(tenants=["north"])
    tenant = {"X-Tenant-Info": "north"}
    report_id = client.create(headers=tenant)
    client.get(f"/{report_id}/data?page=0", headers=tenant)
    logged = client.control("GET", "/requests")
    assert [(entry["method"], entry["operation"], entry["status"]) for entry in logged] == [
        ("POST", "token", 200),
        ("POST", "create", 200),
        ("GET", "data", 200),
    ]
    assert logged[1]["body"] == summary()
    assert logged[1]["tenant"] == "north"
    assert {entry["report_id"] for entry in logged[1:]} == {int(report_id)}
    assert {entry["report_type"] for entry in logged[1:]} == {summary()["type"]}
    assert logged[2]["query"] == {"page": "0"}
    assert client.control("DELETE", "/requests") == []


def test_state_counts_polls_and_tokens(client: Client) -> None:
    report_id = client.create()
    client.get(f"/{report_id}/status")
    client.get(f"/{report_id}/status")
    state = client.control("GET", "/state")
    assert state["polls"] == {report_id: 2}
    assert state["reports_created"] == 1
    assert state["tokens_issued"] == 1


def test_settings_are_merged_at_run_time(client: Client) -> None:
    patch = {"quirks": {"ids": "text"}, "center": {"renames": [["103", "Sales"]]}}
    changed = client.control("PATCH", "/config", json=patch)
    assert changed["quirks"]["ids"] == "text"
    assert changed["quirks"]["durations"] == "ms"
    assert changed["center"]["renames"] == [["103", "Sales"]]
    assert changed["center"]["queues"] == 3
    assert client.control("GET", "/config") == changed


@pytest.mark.parametrize(
    "patch",
    [
        {"nonsense": 1},
        {"quirks": {"nonsense": 1}},
        {"quirks": {"ids": "roman"}},
        {"center": {"agents": "many"}},
        {"default_timezone": "Mars/Olympus"},
        {"now": "2026-03-10T00:00:00"},
        {"parallel_generation": 0},
        {"most_unready": -1},
        [],
    ],
)
def test_wrong_settings_are_refused(client: Client, patch: object) -> None:
    url = client.server.url + "/_sandbox/config"
    before = client.control("GET", "/config")
    assert client.session.patch(url, json=patch, timeout=SECONDS).status_code == 400
    assert client.control("GET", "/config") == before


def test_a_wrong_setting_is_found_before_the_start() -> None:
    with pytest.raises(SettingsError, match=r"quirks\.nonsense"):
        SandboxConfig.from_dict({"quirks": {"nonsense": 1}})
    with pytest.raises(SettingsError):
        SandboxServer(SandboxConfig(default_timezone="Mars/Olympus"))


def test_a_server_starts_and_stops_silently() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with SandboxServer() as server:
            url = server.url
            assert requests.get(f"{url}/_sandbox/state", timeout=SECONDS).status_code == 200
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox"]
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=SECONDS)


def test_a_server_stops_in_the_middle_of_an_answer() -> None:
    slow = FaultRule("token", "slow", seconds=30)
    with SandboxServer(SandboxConfig(faults=(slow,))) as server:
        url = f"{server.url}/oauth/v2/token"
        asking = threading.Thread(target=lambda: requests.post(url, timeout=SECONDS))
        asking.start()
        while not server.requests():
            time.sleep(0.01)
        begun = time.monotonic()
    asking.join()
    assert time.monotonic() - begun < 15


def test_servers_run_side_by_side() -> None:
    with SandboxServer() as first, SandboxServer() as second:
        assert first.url != second.url
        first.configure(quirks={"ids": "text"})
        assert second.config.quirks.ids == "number"


def test_the_real_center_answers_what_it_knows() -> None:
    with SandboxServer(SandboxConfig(center=CenterConfig(queues=2))) as server:
        with Client(server) as client:
            records = client.records(summary(granularity="hour", metrics=["accepted"]))
        start, end = (records[0]["items"][index]["value"] for index in (0, 1))
        assert start < end
        spec = ReportSpec(
            type=str(summary()["type"]),
            group_by="queue",
            granularity=Granularity.HOUR,
            start=_instant(MONDAY),
            end=_instant(TUESDAY),
            timezone="America/New_York",
            end_inclusive=True,
            metrics=("accepted",),
        )
        table = server.center().table(spec, server.clock.now())
    assert [record["items"][-1]["value"] for record in records] == [
        str(row.values[0]) for row in table.rows[:100]
    ]


def test_serve_prints_what_a_tap_needs(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    file.write_text(json.dumps({"client_id": "from-file", "quirks": {"ids": "text"}}))
    options = ["serve", "--config", str(file), "--tenant", "north", "--quirk", "month=28"]
    command = [sys.executable, "-c", "from tap_8x8_cc_sandbox.cli import cli; cli()", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving at http://127.0.0.1:")
        settings = json.loads("".join(_until_brace(process.stdout)))
        url = f"{settings['api_url']}/_sandbox/config"
        config = requests.get(url, timeout=SECONDS).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert settings["client_id"] == "from-file"
    assert settings["tenant_ids"] == ["north"]
    assert config["quirks"]["month"] == "28"
    assert config["quirks"]["ids"] == "text"


@pytest.mark.parametrize(
    "options", [["--quirk", "ids"], ["--quirk", "ids=roman"], ["--now", "soon"]]
)
def test_serve_explains_a_wrong_option(options: list[str]) -> None:
    result = CliRunner().invoke(cli, ["serve", *options])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def test_a_long_report_is_not_kept_whole(
    serve: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "HELD_ROWS", 11_000)
    client = serve(center={"queues": 11_001})
    report_id = client.create()
    page = client.get(f"/{report_id}/data?page=9&size=1000")
    assert len(page.json()) == 1000
    assert page.headers["X-Total-Elements"] == "11001"
    text = client.get(f"/{report_id}/download", headers={"Accept": "text/csv"}).text
    assert [line.split(",")[3] for line in text.splitlines()[2:]] == [
        str(100 + index) for index in range(1, 11_001)
    ]
