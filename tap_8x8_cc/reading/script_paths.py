"""Script paths: the tree of ways that interactions took through the scripts, as a CSV.

The API gives this report as a download only, one tree in each. Its columns are documented; they
are found by their names, spelt as labels ("Path ID") or as keys (`pathId`), in any order.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from tap_8x8_cc.api.responses import proves_empty
from tap_8x8_cc.errors import RefusedError, ReportError
from tap_8x8_cc.model.instants import NOTHING
from tap_8x8_cc.model.origins import Transport
from tap_8x8_cc.reading.csv_file import CsvMistrustError, check_lines, csv_groups, ends_whole
from tap_8x8_cc.reading.job import fetch_whole
from tap_8x8_cc.reading.spool import ReportRows
from tap_8x8_cc.records.event_columns import PATH_ID
from tap_8x8_cc.records.naming import column_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.reading.job import Job

logger = logging.getLogger(__name__)

DOUBTFUL_TRIES = 5
"""How often a download that may have broken off is asked for."""
ROOTLESS = NOTHING | {"0", "-1", "none"}
"""What a root may have for a parent, where there is no such node."""
PARENT_ID = "parent_path_id"
AGREEING = 3
"""How many of these must be the same for it to be taken for whole."""


class ScriptPathsReader:
    """Has reports of script paths generated and reads them; safe for threads.

    Args:
        reports: Creates, polls and downloads.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def fetch(self, job: Job) -> ReportRows:
        """Generate a report and read all of it; raises as `fetch_whole`."""
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, _job: Job) -> ReportRows:
        """Download the tree, and again if it may have broken off: no count would show it."""
        name, doubt = report.request.name, ""
        seen: Counter[bytes] = Counter()
        for _ in range(DOUBTFUL_TRIES):
            with tempfile.TemporaryFile() as file:
                try:
                    answer = self._reports.download(report, file)
                except RefusedError as error:
                    if proves_empty(error.status, error.said.encode(), {}):
                        return _stored([], [])
                    raise
                if not file.tell() and proves_empty(answer.status, b"", answer.headers):
                    return _stored([], [])
                try:
                    header, rows = read_tree(file)
                except CsvMistrustError as error:
                    doubt = str(error)
                else:
                    file.seek(0)
                    digest = hashlib.blake2b(file.read()).digest()
                    seen[digest] += 1
                    if ends_whole(file) or seen[digest] == AGREEING:
                        return _stored(header, rows)
                    doubt = "it may have broken off"
            logger.info("%s: the download is requested again: %s", name, doubt)
        raise ReportError(f"{name}: the download can't be used: {doubt}.")


def _stored(header: Sequence[str], rows: Sequence[Sequence[str]]) -> ReportRows:
    """Keep a tree; it has a node for each way through the scripts, so it is small."""
    stored = ReportRows(Transport.CSV, with_buckets=False)
    keys = tuple(column_name(name) for name in header)
    if rows:
        stored.add_rows(keys, [[None, *[cell or None for cell in row]] for row in rows])
    return stored


def read_tree(file: BinaryIO) -> tuple[list[str], list[list[str]]]:
    """Read header and nodes of a download.

    Raises:
        CsvMistrustError: The download lacks the column of node ids, or a node is missing.
    """
    check_lines(file)
    header, *rows = chain.from_iterable(csv_groups(file))
    names = [column_name(label) for label in header]
    if PATH_ID not in names or len(set(names)) < len(names):
        raise CsvMistrustError("its first line does not name the columns of script paths")
    if any(len(row) != len(header) for row in rows):
        raise CsvMistrustError("its rows differ in their number of columns")
    if PARENT_ID in names:
        _check_tree(rows, names.index(PATH_ID), names.index(PARENT_ID))
    return header, rows


def _check_tree(rows: list[list[str]], own: int, parent: int) -> None:
    """See that each node's parent is there; a root is given none, however that was written.

    Raises:
        CsvMistrustError: A node is missing that others come from.
    """
    ids = {row[own] for row in rows}
    for row in rows:
        if row[parent] == row[own] or row[parent].strip().lower() in ROOTLESS - ids:
            row[parent] = ""
        elif row[parent] not in ids:
            raise CsvMistrustError("a node is missing that others come from")
