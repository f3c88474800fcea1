"""Streams of reports: the SDK's hooks, and the rows of each report written behind each other."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.metrics import Status, Tag
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_8x8_cc.errors import ReportError, TapError, one_line
from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.planning.catalog import is_selected, offered_metrics
from tap_8x8_cc.records.buckets import lack_offset
from tap_8x8_cc.records.columns import END_TIME, READ_AT
from tap_8x8_cc.records.decoder import Issues
from tap_8x8_cc.records.extractions import extraction
from tap_8x8_cc.streams.partition import Choice, Partition
from tap_8x8_cc.streams.state import StreamState
from tap_8x8_cc.streams.table import TableStream

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.helpers.types import Record as SingerRecord
    from singer_sdk.metrics import Timer

    from tap_8x8_cc.model.reports import ReportDefinition, ReportRequest
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.decoder import Record
    from tap_8x8_cc.run import Run
    from tap_8x8_cc.streams.beside import ExtractionsStream

STATE_SECONDS = 0.4
"""Seconds in which reports that are created side by side come together into one state."""


class ReportStream(TableStream):
    """The rows of one report, of any kind."""

    # Decoded rows hold exactly the selected columns and plain JSON values already.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self,
        tap: Tap,
        run: Run,
        definition: ReportDefinition,
        extractions: ExtractionsStream,
    ) -> None:
        self.selected_by_default = is_selected(definition)
        self._definition = definition
        # Events have no bucket that ends: what is newer of them has been read later.
        newest = END_TIME if definition.is_summary else READ_AT
        super().__init__(
            tap,
            definition.name,
            self._announced(bool(run.settings.tenant_ids)),
            newest if definition.is_incremental else None,
        )
        self._run = run
        self._extractions = extractions
        self._issues = Issues()
        self._tags: dict[str, Any] = {}
        self._partitions: dict[str | None, Partition] = {}

    @property
    @override
    def is_sorted(self) -> bool:
        return True

    @property
    @override
    def partitions(self) -> list[dict[str, Any]] | None:
        """One state partition for each tenant."""
        return [{"tenant_id": tenant} for tenant in self._run.settings.tenant_ids] or None

    def partition(self, tenant_id: str | None) -> Partition:
        """Return what this stream is for one tenant."""
        if tenant_id not in self._partitions:
            whole = self.stream_state
            own = whole if tenant_id is None else self.get_context_state({"tenant_id": tenant_id})
            others = whole.get("partitions", ()) if tenant_id is None else (whole,)
            selected = {column.key for column in self._emitted() if column.key}
            is_incremental = self.replication_method == REPLICATION_INCREMENTAL
            choice = Choice(
                metrics=self._choose(self._offered(tenant_id), selected),
                columns=self._columns,
                replication_key=self.replication_key if is_incremental else None,
            )
            self._partitions[tenant_id] = Partition(
                self._run,
                self._run.tenants[tenant_id],
                self._definition,
                StreamState(self.name, own, others),
                choice,
            )
        return self._partitions[tenant_id]

    @override  # type: ignore[misc]  # final, but its maps are made before, see `_sdk`
    def sync(self, context: Context | None = None) -> None:
        """Sync the stream, its maps rebuilt: the SDK made them of the catalog as it was given."""
        self._register_schema()
        super().sync(context)

    @override
    def get_records(self, context: Context | None) -> Iterator[SingerRecord]:
        """Return the rows of each window, and move the bookmark behind each.

        A window that can't be had ends the stream, for this tenant, with its bookmark where it
        is; other streams go on and the run fails in the end.
        """
        for records in self._read(context):
            yield from map(asdict, records)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[SingerRecord, Any, Any]:
        """Write records as they are if no stream map changes them.

        The SDK's own way, which looks at each record five times, is for stream maps, flattening
        and connection tests.
        """
        if not (write_messages and self._is_plain()):
            yield from super()._sync_records(context, write_messages=write_messages)
            return
        contexts = self.partitions if context is None else [context]
        with self.get_record_counter() as counter, self.get_sync_timer() as timer:
            for element in contexts or [None]:
                counter.with_context(element or {})
                timer.with_context(element or {})
                for records in self._read(element):
                    if self.selected:
                        MessageWriter.write_records(self.name, records)
                        counter.increment(len(records))

    @override
    def get_sync_timer(self) -> Timer:
        """Return the meter of the stream's duration, whose status says whether it failed."""
        timer = super().get_sync_timer()
        self._tags = timer.tags
        return timer

    @property
    def outputs(self) -> list[str]:
        """The names of the selected streams that its reports are read for."""
        return [self.name] if self.selected else []

    @property  # type: ignore[misc]  # final, but a stream may be read for what goes beside it
    @override
    def has_selected_descendents(self) -> bool:
        """Whether it is to be read for the rows beside its own."""
        return bool(self.outputs)

    @override
    def _increment_stream_state(
        self, latest_record: SingerRecord, *, context: Context | None = None
    ) -> None:
        """Leave the bookmark alone: it moves with windows, not with records."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave the state alone: the planner says where windows start."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: a bookmark is never ahead of the settled moment anyway."""
        return

    @abstractmethod
    def _announced(self, with_tenant: bool) -> tuple[Column, ...]:  # noqa: FBT001 - the only one
        """Return the columns that are announced at discovery."""

    @abstractmethod
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Return the metrics to ask for."""

    @abstractmethod
    def _records(
        self, request: ReportRequest, rows: ReportRows, read_at: str
    ) -> Iterator[list[Record]]:
        """Decode the rows of a report, some at a time."""

    def _offered(self, tenant_id: str | None) -> tuple[str, ...]:
        return offered_metrics(self._run.listings, tenant_id, self._definition)

    def _read(self, context: Context | None) -> Iterator[list[Record]]:
        partition = self.partition(context["tenant_id"] if context else None)
        is_test = self.ABORT_AT_RECORD_COUNT is not None
        if is_test:  # of the connection: the newest window is enough, and nobody lined it up
            partition.enqueue(newest_only=True)
        try:
            with closing(partition.read(self._meanwhile)) as reports:
                for request, rows in reports:
                    self._warn_of(rows)
                    read_at, written = self._run.read_at(), 0
                    for records in self._records(request, rows, read_at):
                        self._issues.note(records)
                        written += len(records)
                        yield records
                    self._run.progress.read(request, written)
                    self._log_extraction(request, rows, written, read_at)
                    partition.complete(request)
                    write_state(self._tap, self._run)
        except OSError:  # of this machine, as a full disk
            raise
        except Exception as error:  # also what nobody foresaw: other streams go on
            partition.drop()
            failure = error if isinstance(error, TapError) else _unforeseen(self.name, error)
            if is_test:
                raise failure from error
            partition.fail(failure)
            self._tags[Tag.STATUS] = Status.FAILED
        finally:
            for line in self._issues.warnings():
                self.logger.warning("%s", line)

    def _meanwhile(self) -> None:
        """Write the state if reports have been created that it does not know, but not too often."""
        if self._run.unread.is_due(STATE_SECONDS):
            write_state(self._tap, self._run)

    def _warn_of(self, rows: ReportRows) -> None:
        """Warn of what was noticed in reading a report."""
        self._issues.lack_offset |= lack_offset(rows.buckets)
        if rows.replaced:
            self._run.warn_once(
                "Texts of the API hold characters that warehouses can't store (U+0000 or half a "
                "surrogate pair); they were replaced by U+FFFD."
            )
        for key in sorted(rows.doubled):
            self._run.warn_once(
                f"{self.name}: rows hold a key twice; the second value is in the column for {key}."
            )

    def _log_extraction(
        self, request: ReportRequest, rows: ReportRows, written: int, read_at: str
    ) -> None:
        """Write down that the rows of a window have all been written, behind them."""
        if self.selected:
            self._extractions.emit(extraction(request, rows.origin, written, read_at))


def _unforeseen(name: str, error: Exception) -> ReportError:
    failure = ReportError(
        f"{name}: a report can't be read ({one_line(f'{type(error).__name__}: {error}')})."
    )
    failure.__cause__ = error
    return failure


def write_state(tap: Tap, run: Run) -> None:
    """Write the state, with the reports that are created and not read yet.

    Always from the thread that writes records, and never between those of one range.
    """
    for name, tenant_id in run.unread.changes():
        stream = tap.streams.get(name)
        if isinstance(stream, ReportStream):
            stream.partition(tenant_id).keep_unread()
    tap.state_writer.write_state(tap.state)
