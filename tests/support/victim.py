"""Asks servers for one thing each and prints the memory in MB that it took, and the error."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tap_8x8_cc.api.calls import ApiAddress, ApiCall
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.pages import read_first_page
from tap_8x8_cc.api.patience import ROW_BYTES
from tap_8x8_cc.api.statuses import read_status
from tap_8x8_cc.errors import TapError
from tests.support.fakes import FakeClock


def ask(url: str, place: str) -> None:
    """Ask for a status, page, listing or download."""
    address = ApiAddress(url, "/base", "key", "very-secret", "agent", 2.0, retry_seconds=0.0)
    client = ApiClient(address, FakeClock())
    if place == "/report-types":
        fetch_listing(client, None)
    elif place == "/7/download":
        largest = ROW_BYTES * 25
        call = ApiCall("CSV", place, accept="text/csv", elsewhere=True, largest=largest)
        with tempfile.TemporaryFile() as file:
            client.download(call, file)
    elif place == "/7/data":
        client.get(ApiCall("page 0", place, largest=ROW_BYTES * 1000), read_first_page)
    else:
        client.get(ApiCall("status", "/7/status"), read_status)


def peak() -> int:
    """Return the most memory in MB since this was last asked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    # Not getrusage: it includes what the process was forked from.
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(found[1]) // 1024 if found else 0


if __name__ == "__main__":
    for asked in sys.argv[1:]:
        url, _, place = asked.partition("#")
        message = ""
        try:
            ask(url, place)
        except TapError as error:
            message = str(error)
        print(peak(), message, flush=True)  # noqa: T201
