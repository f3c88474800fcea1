"""Shards of a Meltano run as tasks of Airflow: what the DAGs share."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context, task
from airflow.sdk.exceptions import AirflowException

PROJECT = Path(os.environ.get("MELTANO_PROJECT_ROOT", "/project"))
ZONE = os.environ.get("TAP_8X8_CC_TIMEZONE", "America/New_York")
REPORTS = int(os.environ.get("TAP_8X8_CC_MAX_CONCURRENT_REPORTS", "4"))
"""Reports that one shard has in flight: the tap reads the same variable."""
POOL = os.environ.get("CONTACT_CENTER_POOL", "contact_center_api")
"""Its slots are the reports that all workers together may have in flight at the API."""
LOADER = os.environ.get("CONTACT_CENTER_LOADER", "target-postgres")
ALERT_URL = os.environ.get("CONTACT_CENTER_ALERT_URL")
"""Incoming webhook of a chat, which takes `{"text": …}`."""

_TAP_LINE = re.compile(r"\[(?P<level>\w+) *\] tap-8x8-cc +(?P<text>.*)")
_FAILED = re.compile(r"\d+ of the selected streams failed: (.*)")
_STREAM = re.compile(r"(\S.*?) \((?:no bookmark|bookmark [^)]*)\)")


class ShardFailedError(AirflowException):
    """A shard ended with another exit code than 0; its text names the streams that failed."""


class MeltanoShard(BaseOperator):
    """Runs a shard in the Meltano project; its log, the tap's closing line last, is the task's.

    Args:
        shard: One of the array that `tap-8x8-cc shards` prints.
    """

    template_fields = ("shard",)

    def __init__(self, *, shard: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.shard = shard
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> str:
        """Run it to its end; raises ShardFailedError."""
        argv = [*self.shard["argv"]]
        if context["ti"].try_number > 1 and "--force" not in argv:
            # For five minutes after a kill Meltano takes the killed run for one that goes on.
            argv.append("--force")
        self._process = subprocess.Popen(
            argv,
            cwd=PROJECT,
            env={**os.environ, **self.shard["env"], "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        closing, error = "", ""
        try:
            for line in self._process.stdout or ():
                self.log.info("%s", line.rstrip())
                if said := _TAP_LINE.search(line):
                    text = said["text"].strip()
                    closing = text if text.startswith("Read ") else closing
                    error = text if said["level"] == "error" else error
            code = self._process.wait()
        finally:
            self.on_kill()
        self.log.info("%s: %s", self.shard["name"], closing or "no report was read")
        if code:
            raise ShardFailedError(f"{self.shard['name']}: {reason(error, code)}")
        return closing

    def on_kill(self) -> None:
        """Stop Meltano, the tap and the loader: the task was stopped or took too long."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)


def reason(error: str, code: int) -> str:
    """Return the names of the streams that failed, or else the tap's last error."""
    if failed := _FAILED.search(error):
        return "failed streams: " + ", ".join(_STREAM.findall(failed[1].replace("), ", ")\n")))
    return error or f"Meltano ended with {code}; the tap is not to blame, see the log"


def alert(context: Context) -> None:
    """Tell people which streams failed in which shard, once all tries are used up."""
    ti = context["ti"]
    error = context.get("exception") or "the worker was lost, see the log of the scheduler"
    text = f"{ti.dag_id}, run {ti.run_id}, {ti.task_id}[{ti.map_index}]: {error}"
    print(text)
    if ALERT_URL:
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            ALERT_URL,
            json.dumps({"text": text}).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - the same address


DEFAULTS: dict[str, Any] = {
    "retries": int(os.environ.get("CONTACT_CENTER_RETRIES", "4")),
    "retry_delay": timedelta(seconds=int(os.environ.get("CONTACT_CENTER_RETRY_SECONDS", "60"))),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=30),
    "on_failure_callback": alert,
}


def cut(*options: str, **settings: str) -> list[dict[str, Any]]:
    """Return the shards of a run.

    Args:
        *options: Options of `tap-8x8-cc shards`.
        **settings: Settings of the tap that go before those of the project.
    """
    own = {f"TAP_8X8_CC_{name.upper()}": value for name, value in settings.items()}
    tap = PROJECT / ".meltano/extractors/tap-8x8-cc/venv/bin/tap-8x8-cc"
    argv = [str(tap), "shards", "--loader", LOADER, *options]
    with tempfile.TemporaryDirectory() as folder:  # the configuration holds the secret
        for what in ("config", "catalog"):
            file = Path(folder, f"{what}.json")
            file.write_text(_output(["meltano", "invoke", f"--dump={what}", "tap-8x8-cc"], own))
            argv += [f"--{what}", str(file)]
        shards = json.loads(_output(argv, own))
    return [{**shard, "env": own | shard["env"]} for shard in shards]


def _output(argv: list[str], env: dict[str, str]) -> str:
    """Return what a command in the project prints; what it logs goes to the task's log."""
    ran = subprocess.run(
        argv,
        cwd=PROJECT,
        env={**os.environ, **env, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stderr)
    if ran.returncode:
        raise AirflowException(ran.stderr.strip().rpartition("\n")[2] or f"{argv[0]} failed")
    return ran.stdout


@task
def without_rows(shards: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a shard that reads nothing: its loader makes the tables of every selected stream."""
    argv = ["meltano", "el", "tap-8x8-cc", LOADER, "--state-id", "create-tables"]
    edges = ("TAP_8X8_CC_START_DATE", "TAP_8X8_CC_END_DATE")
    return {
        "name": "create-tables",
        "env": {**(shards[0]["env"] if shards else {}), **dict.fromkeys(edges, "2026-01-01")},
        "argv": [*argv, "--full-refresh", "--force"],
    }


def load(shards: Any, *, priority: int) -> None:
    """Run shards side by side, as many as the pool has room for, once their tables are there.

    Two processes that make a table at once fail with DuplicateTable, so one makes them all first.
    """
    tables = MeltanoShard(task_id="create_tables", shard=without_rows(shards))
    loads = MeltanoShard.partial(
        task_id="load",
        pool=POOL,
        pool_slots=REPORTS,
        priority_weight=priority,
        execution_timeout=timedelta(hours=12),
        map_index_template="{{ task.shard['name'] }}",
    ).expand(shard=shards)
    tables >> loads
