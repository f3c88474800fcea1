"""The secret and the tokens appear in no output, at no level, whatever goes wrong.

Besides what is asked here, every run of the tap in the tests is searched for them at debug level,
see `tapcli`.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_sandbox import CenterConfig, FaultRule, SandboxConfig, SandboxServer

from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.statuses import read_status
from tap_8x8_cc.redaction import MASK, REDACTOR, Redactor
from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAM = "queue_interactions_summary_by_queue"
SECRET = "S3cr3t/with+odd%chars&more"
BASIC = base64.b64encode(f"sandbox-key:{SECRET}".encode()).decode()


SMALL = CenterConfig(agents=3, queues=2)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(client_secret=SECRET, center=SMALL)) as running:
        yield running


@pytest.fixture(scope="module")
def config(server: SandboxServer) -> dict[str, Any]:
    return tapcli.config(server.url, client_secret=SECRET)


@pytest.fixture(scope="module")
def catalog(config: dict[str, Any]) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(config), [STREAM])


@pytest.mark.parametrize("place", ["create", "status", "data", "token"])
def test_an_api_that_echoes_the_credential_gives_nothing_away(
    server: SandboxServer, config: dict[str, Any], catalog: dict[str, Any], place: str
) -> None:
    said = json.dumps({"message": f"Basic {BASIC} of {SECRET}"})
    server.configure(faults=(FaultRule(place, "status", status=403, body=said),))  # type: ignore[arg-type]
    done = tapcli.tap(config, catalog=catalog)
    server.configure(faults=())
    assert done.exit_code == 1
    # What the token endpoint says is never quoted: it may be a token.
    assert (f"Basic {MASK} of {MASK}" in done.stderr) == (place != "token")
    for hidden in (SECRET, BASIC, "S3cr3t"):
        assert hidden not in done.log
    assert "Traceback" not in done.stderr
    assert "Traceback" in done.log  # at debug level, masked like all else


def test_a_wrong_secret_is_not_shown_either(config: dict[str, Any]) -> None:
    done = tapcli.tap({**config, "client_secret": "wrong-but-secret"}, "--discover")
    assert done.exit_code == 1
    (line,) = done.errors
    assert "client_id" in line
    assert "wrong-but" not in done.log


def test_logging_of_one_s_own_is_masked_as_well(
    server: SandboxServer, config: dict[str, Any], catalog: dict[str, Any], tmp_path: Path
) -> None:
    log = tmp_path / "own.log"
    own = tmp_path / "logging.json"  # JSON is YAML
    own.write_text(
        json.dumps(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
                "handlers": {
                    "own": {
                        "class": "logging.FileHandler",
                        "filename": str(log),
                        "formatter": "json",
                    }
                },
                "loggers": {
                    "tap-8x8-cc": {"level": "DEBUG", "handlers": ["own"]},
                    "tap_8x8_cc": {"level": "DEBUG", "handlers": ["own"]},
                },
            }
        )
    )
    said = f"Basic {BASIC} of {SECRET}"
    server.configure(faults=(FaultRule("create", "status", status=403, body=said),))
    done = tapcli.tap(
        config, catalog=catalog, environment={"SINGER_SDK_LOG_CONFIG": str(own)}, process=True
    )
    server.configure(faults=())
    assert done.exit_code == 1
    assert MASK in log.read_text()
    for hidden in (SECRET, BASIC):
        assert hidden not in log.read_text()


WORDS = st.text("ab%/+ é", min_size=4)


@given(WORDS, WORDS, WORDS)
def test_a_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    assert secret not in redactor(f"{before}{secret}{after}").replace(MASK, "\x00")


@pytest.mark.parametrize(
    "form", ["pa ss/w+rd%é", "pa%20ss%2Fw%2Brd%25%C3%A9", "pa+ss%2Fw%2Brd%25%C3%A9"]
)
def test_a_secret_is_masked_as_urls_write_it(form: str) -> None:
    redactor = Redactor()
    redactor.add("pa ss/w+rd%é")
    assert redactor(f"GET /x?secret={form}&y=1") == f"GET /x?secret={MASK}&y=1"


def test_tracebacks_and_arguments_of_messages_are_masked() -> None:
    redactor = Redactor()
    redactor.add("hunter22")
    failure = (ValueError, ValueError("password hunter22"), None)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "got %s", ("hunter22",), failure)
    assert redactor.filter(record)
    assert "hunter22" not in logging.Formatter().format(record)
    assert record.getMessage() == f"got {MASK}"


@given(st.text(max_size=60))
def test_no_text_of_the_api_makes_a_second_line_of_the_log(text: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "zone %s", (text,), None)
    assert Redactor().filter(record)
    assert record.getMessage().isprintable()


def test_a_status_that_echoes_the_token_shows_no_part_of_it() -> None:
    REDACTOR.add("bearer-token-0123456789abcdef")
    for before in range(45):
        word = "y" * before + "bearer-token-0123456789abcdef"
        body = json.dumps({"id": 1, "status": word, "reason": f"{'z' * 280}{word}"}).encode()
        reply = read_status(Response(body, {}))
        assert "bea" not in reply.word + reply.reason


@pytest.mark.parametrize(
    "damage",
    [
        FaultRule("token", "truncate", keep=0.8, times=1),
        FaultRule("token", "truncate", keep=0.97, times=1),
        FaultRule("token", "cut_body", keep=0.9, times=1),
        FaultRule("token", "html", times=1),
        FaultRule("token", "mutate", times=3),
        FaultRule("token", "gzip_cut", keep=0.9, times=1),
        FaultRule("token", "bom", times=1),
        FaultRule("token", "refuse", times=1),
    ],
    ids=lambda rule: f"{rule.action} {rule.keep}",
)
def test_a_damaged_token_answer_gives_nothing_away(
    server: SandboxServer, config: dict[str, Any], catalog: dict[str, Any], damage: FaultRule
) -> None:
    """Every run is searched for every token that the sandbox gave out; see `tapcli`."""
    server.configure(faults=(damage,))
    done = tapcli.tap(config, catalog=catalog)
    server.configure(faults=())
    assert done.exit_code == 0
    assert 'access_token"' not in done.log
