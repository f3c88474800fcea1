"""The same report by dlt: extract, normalize and load, as its documentation shows it.

It runs in an environment of its own, which has dlt and nothing of this project:
`python dlt_pipeline.py ORIGIN WINDOWS POSTGRES_URL SCHEMA`. It prints the number of rows.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import dlt
import requests

BASE = "/analytics/cc/v8/historical-metrics"
FIRST_DAY, WINDOW_DAYS, PAGE_ROWS = date(2001, 1, 1), 28, 1000
TEXTS = {"startTime", "endTime", "media", "channel", "queue", "queueId"}


@dlt.resource(name="rows", write_disposition="append")
def rows(origin: str, windows: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of each window's report."""
    session = requests.Session()
    for window in range(windows):
        start = FIRST_DAY + timedelta(days=WINDOW_DAYS * window)
        body = {"dateRange": {"start": f"{start}T00:00:00.000Z"}}
        number = session.post(f"{origin}{BASE}", json=body, timeout=60).json()["id"]
        page, pages = 0, 1
        while page < pages:
            answer = session.get(
                f"{origin}{BASE}/{number}/data",
                params={"page": page, "size": PAGE_ROWS},
                timeout=60,
            )
            pages = int(answer.headers["X-Total-Pages"])
            yield [
                {
                    cell["key"]: cell["value"] if cell["key"] in TEXTS else float(cell["value"])
                    for cell in row["items"]
                }
                for row in answer.json()
            ]
            page += 1


def main() -> None:
    """Run the pipeline of the command line."""
    origin, windows, url, schema = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            pipeline_name=schema,
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(url),
            dataset_name=schema,
        )
        pipeline.run(rows(origin, int(windows)))
        with pipeline.sql_client() as client:
            print(client.execute_sql("SELECT count(*) FROM rows")[0][0])  # noqa: T201


if __name__ == "__main__":
    main()
