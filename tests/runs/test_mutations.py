"""Answers changed at random: rows, or one clear line; never a traceback, a hang or a lost row."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from singer_sdk.helpers._util import dump_json  # noqa: TID251 - as the SDK writes
from tap_8x8_cc_sandbox import FaultRule, SandboxConfig, SandboxServer

from tap_8x8_cc.api.auth import read_grant
from tap_8x8_cc.api.listing import read_listing
from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.statuses import read_status
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.reading.csv_file import CsvMistrustError, csv_groups, scan
from tap_8x8_cc.tap import Tap8x8CC
from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STREAM = "queue_interactions_summary_by_queue"
SEEDS = 24
PLACES = ("token", "types", "create", "status", "data", "download")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig()) as running:
        yield running


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_8X8_CC_TEST_PACE", "0.001")
    monkeypatch.setenv("TAP_8X8_CC_LOGLEVEL", "ERROR")


def settings(server: SandboxServer, place: str) -> dict[str, Any]:
    """Return settings under which a run asks for answers of this kind."""
    on_csv = place == "download"
    return tapcli.config(
        server.url, report_timeout=1000, page_size=20, end_date="2026-03-05",
        data_format="csv" if on_csv else "json",
    )  # fmt: skip


def run(config: dict[str, Any], catalog: dict[str, Any]) -> tuple[TapError | None, dict[str, Any]]:
    """Run the tap in this process; give what it failed with, and its state."""
    tap = None
    try:
        tap = Tap8x8CC(config=config, catalog=catalog)
        tap.run()
    except TapError as error:
        return error, dict(tap.state) if tap else {}
    return None, dict(tap.state)


@pytest.mark.parametrize("place", PLACES)
def test_mutated_answers_end_in_rows_or_in_one_clear_line(
    server: SandboxServer, place: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    config = settings(server, place)
    server.configure(faults=())
    catalog = tapcli.select(tapcli.discover(config), [STREAM])
    capfdbinary.readouterr()
    run(config, catalog)
    clean = tapcli.Run(0, capfdbinary.readouterr().out, "")
    reached = clean.bookmark(STREAM)
    outcomes: Counter[str] = Counter()
    server.clear_requests()
    for seed in range(SEEDS):
        # One answer in three: also where a change is met on the second page, or the retry.
        rule = FaultRule(place, "mutate", probability=0.4)  # type: ignore[arg-type]
        server.configure(faults=(rule,), fault_seed=seed)
        error, state = run(config, catalog)
        done = tapcli.Run(0, capfdbinary.readouterr().out, "")
        bookmark = state.get("bookmarks", {}).get(STREAM, {}).get("replication_key_value")
        if error is not None:
            outcomes["line"] += 1
            assert str(error).isprintable()
            assert bookmark is None
            continue
        outcomes["rows"] += 1
        if bookmark is None:  # a listing without the stream
            assert place == "types"
            continue
        assert bookmark == reached
        if place in {"data", "download"}:
            # A changed value can't be told from a right one; a row too few can.
            assert len(done.records[STREAM]) >= len(clean.records[STREAM])
        else:
            assert done.lasting == clean.lasting
    assert outcomes["rows"] > 0, dump_json(outcomes)
    assert sum("mutate" in request.faults for request in server.requests()) > SEEDS / 4


PAGE = (
    b'[{"total":{"type":"subtotal","startIndex":0,"endIndex":1},"items":[{"key":"startTime","label'
    b'":"Start","value":"2026-03-02T00:00-05:00"},{"key":"queue","label":"Queue","value":"B\xc3\xbcro'
    b'"},{"key":"accepted","label":"Accepted","value":"12"}]},{"total":null,"items":{"a":1.5e3}}]'
)
LISTING = (
    b'[{"type":"queue-interactions-summary","groupBy":[{"name":"queue","filters":["queue"]}],'
    b'"metrics":["accepted"]},{"type":"detailed-reports-survey","metrics":["score"],'
    b'"searchQuery":{"fields":["queue"],"operators":["in"]}},{"type":"script-paths"}]'
)
PROGRESS = b'{"id":2710192,"status":"IN_PROGRESS","reason":null}'
TOKEN = b'{"access_token":"abcdefgh12345678","expires_in":"1799","token_type":"BearerToken"}'
TABLE = b'\xef\xbb\xbfStart,Queue\r\n2026-03-02T00:00-05:00,"B\xc3\xbcro, ""1"""\r\n'


def _page(body: bytes) -> object:
    return read_page(Response(body, {}))


def _table(body: bytes) -> object:
    with io.BytesIO(body) as file:
        return list(csv_groups(file, replaces=scan(file)))


DECODERS: tuple[tuple[bytes, Callable[[bytes], object]], ...] = (
    (PAGE, _page),
    (LISTING, lambda body: read_listing(Response(body, {}))),
    (PROGRESS, lambda body: read_status(Response(body, {}))),
    (TOKEN, read_grant),
    (TABLE, _table),
)
PIECES = [b"\x00", b"\xff", b"\xed\xa0\x80", b'"', b"{", b"]", b",", b"null", b"1e999", b"[" * 2000]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, Callable[[bytes], object]]:
    """Return an answer with some of its bytes changed, and what decodes it."""
    body, decode = draw(st.sampled_from(DECODERS))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(body)))
        end = begin + draw(st.sampled_from([0, 0, 1, 1, 5, 1000]))
        body = body[:begin] + draw(st.sampled_from(PIECES) | st.binary(max_size=3)) + body[end:]
    return body, decode


@settings_of(max_examples=1000, deadline=None)
@given(damaged())
def test_any_bytes_are_decoded_or_refused_in_words(
    case: tuple[bytes, Callable[[bytes], object]],
) -> None:
    body, decode = case
    message = ""
    try:
        decode(body)
    except (TapError, CsvMistrustError) as error:
        message = str(error)
    assert message.isprintable()
    assert len(message) < 500
