"""The tap: settings, discovery, the order of reports, and how a run ends."""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

from singer_sdk import Stream, Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from tap_8x8_cc._sdk import ConfigInput, classproperty, without_deselected
from tap_8x8_cc.api.listing import merged
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.config.settings import PACKAGE, Settings
from tap_8x8_cc.config.sources import (
    read_config_file,
    read_environment,
    read_object,
    singer_state,
)
from tap_8x8_cc.config.validation import check_shape
from tap_8x8_cc.errors import ConfigError, StoppedError, TapError, one_line
from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.planning.catalog import PERSONAL_NAMES, define_streams
from tap_8x8_cc.planning.planner import summed_up
from tap_8x8_cc.progress import Progress
from tap_8x8_cc.reading.spool import check_temporary_folder
from tap_8x8_cc.run import Failure, Run
from tap_8x8_cc.streams.base import ReportStream, write_state
from tap_8x8_cc.streams.beside import ExtractionsStream
from tap_8x8_cc.streams.events import DetailedStream, ScriptPathsStream
from tap_8x8_cc.streams.state import bookmark_of
from tap_8x8_cc.streams.summary import SummaryStream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.planner import PlannedReport
    from tap_8x8_cc.streams.partition import Partition


MANY_REPORTS = 500
"""Reports in one run that are worth a warning: at a minute each, four at a time, two hours."""
STREAMS: dict[ReportKind, Callable[..., ReportStream]] = {
    ReportKind.SUMMARY: SummaryStream,
    ReportKind.DETAILED: DetailedStream,
    ReportKind.SCRIPT_PATHS: ScriptPathsStream,
}


class Tap8x8CC(Tap):
    """Singer tap for the 8x8 Contact Center Historical Analytics API."""

    name = PACKAGE
    # A copy: the SDK adds its own settings to it.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(CONFIG_JSONSCHEMA)
    dynamic_catalog = True
    message_writer_class = MessageWriter
    # No BATCH: batch files would bypass selection and stream maps.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @cached_property
    def settings(self) -> Settings:
        """The settings, parsed."""
        return Settings.from_config(self.config)

    @cached_property
    def current(self) -> Run:
        """The run that this tap does: API calls, and how far it is."""
        return self.open_run(Clock.from_environment())

    def open_run(self, clock: Clock) -> Run:
        """Make the run; a dry run, or a simulation, makes another."""
        return Run(self.settings, clock, Progress(self.metrics_logger, clock))

    @override
    def setup_mapper(self) -> None:
        """Make the stream maps, of the selected streams only.

        Of the others the SDK takes no column, their keys neither, and refuses any map of theirs.
        """
        PluginBase.setup_mapper(self)
        entries = self.catalog.items()
        selected = {name: e for name, e in entries if e.metadata.resolve_selection()[()]}
        self.mapper.register_raw_streams_from_catalog(Catalog(selected))

    @override
    def discover_streams(self) -> list[Stream]:
        """Return a stream per type and grouping on offer and per custom report, and their log."""
        listing = merged(self.current.listings.values())
        extractions = ExtractionsStream(self)

        def refuse(name: str, error: ConfigError) -> None:
            """Leave an impossible custom report out; the others are read."""
            self.current.note_failure(name, None, error)

        reports = [
            STREAMS[definition.kind](self, self.current, definition, extractions)
            for definition in define_streams(listing, self.settings, refuse)
        ]
        detailed = [stream for stream in reports if isinstance(stream, DetailedStream)]
        participants = [stream.participants for stream in detailed if stream.participants]
        return [*reports, *participants, extractions]

    def plan_reports(self) -> list[PlannedReport]:
        """Plan the reports of all selected streams, in order; raises AuthError."""
        # All of them first: they recall what earlier runs found out about the tenants.
        return [report for partition in self._partitions() for report in partition.plan()]

    def plan_apart(self) -> list[ReportRequest]:
        """Plan the reports of all selected streams as if each were read alone; raises AuthError."""
        return [request for partition in self._partitions() for request in partition.plan_apart()]

    def enqueue_reports(self) -> None:
        """Plan the reports of all selected streams and put them in line; raises TapError."""
        run, reports = self.current, self.plan_reports()
        run.unread.keep_only(report.request for report in reports)
        for partition in self._partitions():
            partition.enqueue()
        run.progress.plan(len(reports))
        waiting = sum(run.unread.find(report.request) is not None for report in reports)
        waiting_since = f"; an interrupted run has created {waiting} of them" if waiting else ""
        self.logger.info("To create: %s%s.", summed_up(reports), waiting_since)
        if early := [p.name for p in self._partitions() if p.is_too_early]:
            since = self.settings.start_date.isoformat()
            line = f"No complete bucket since start_date ({since}) yet: nothing is read"
            if len(early) == len(self._partitions()) and self.settings.end_date is None:
                # Nothing was ever read, and nothing is: a success would hide a wrong start_date.
                raise ConfigError(f"{line}. Set an earlier start_date, or run again later.")
            more = f" and {len(early) - 1} more" if len(early) > 1 else ""
            self.logger.warning("%s of %s%s.", line, early[0], more)
        if len(reports) > MANY_REPORTS:
            self.logger.warning(
                "This run is going to create %d reports. Fewer streams (select), a later "
                "start_date or a coarser granularity make fewer; %s plan lists them.",
                len(reports),
                self.name,
            )

    def _partitions(self) -> list[Partition]:
        streams = self.streams.values()
        return [
            stream.partition(tenant_id)
            for stream in streams
            if isinstance(stream, ReportStream) and stream.outputs
            for tenant_id in self.settings.tenants
        ]

    @override  # type: ignore[misc]  # final, but the reports of all streams are lined up first
    def sync_all(self) -> None:
        """Sync all selected streams, their reports generated side by side."""
        selected = sum(stream.selected for stream in self.streams.values())
        self.logger.info("Selected: %d of %d streams.", selected, len(self.streams))
        if not selected:
            self.logger.warning("No stream is selected: nothing is read.")
        self.enqueue_reports()
        with without_deselected(self.logger):
            super().sync_all()
        if self.current.unread.is_due(0.0):
            write_state(self, self.current)
        self._note_missing()

    def _note_missing(self) -> None:
        """Record that the streams failed that the catalog selects and that there are not."""
        known = {*self.streams, *(failure.stream for failure in self.current.failures)}
        for entry in self.input_catalog.streams if self.input_catalog else ():
            name = entry.tap_stream_id
            if not entry.metadata.root.selected or name in known:
                continue
            why = "it is selected, but the API does not offer it."
            if name.startswith(PERSONAL_NAMES) and self.settings.detailed_reports is not True:
                why = (
                    "it is selected, but holds personal data, which detailed_reports does not "
                    "allow: set it to true, or add the type to its list."
                )
            self.current.note_failure(name, None, ConfigError(why))

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> ConfigInput:
        """Read what `--config` names; raises ConfigError."""
        del ctx, param
        return cls.read_config(value)

    @classmethod
    def read_config(cls, sources: Sequence[str]) -> ConfigInput:
        """Read files of settings; `ENV` stands for the environment; raises ConfigError."""
        config: dict[str, Any] = {}
        for path in sources:
            config |= {} if path == "ENV" else read_config_file(path)
        return ConfigInput(config=config, parse_env="ENV" in sources)

    @classmethod
    def open(
        cls,
        source: ConfigInput,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        *,
        discover: bool = True,
    ) -> Self:
        """Make the tap of what the command line names; raises ConfigError.

        Args:
            source: The settings.
            state: A file that holds a state.
            catalog: A file that holds a catalog.
            discover: Whether to ask the API for its streams at once, as the SDK does.
        """
        return cls(
            config=source.config,
            state=None if state is None else read_object("state", state),
            catalog=None if catalog is None else read_object("catalog", catalog),
            parse_env_config=source.parse_env,
            setup_mapper=discover,
        )

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """The settings that environment variables give; raises ConfigError."""
        cls.append_builtin_config(cls.config_jsonschema)
        return read_environment(cls.config_jsonschema, cls._env_var_prefix)

    @classmethod
    @override
    def invoke(  # type: ignore[override]  # as the SDK's own taps do
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the tap from the command line, as the SDK does; raises what `run` raises."""
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        cls.open(config or ConfigInput(), state, catalog).run()

    def run(self) -> None:
        """Sync all selected streams.

        Raises:
            TapError: The run failed, in whole or in part.
            StoppedError: A signal stopped it; its last complete state is written.
        """
        check_temporary_folder()
        try:
            self.sync_all()
        except StoppedError:
            write_state(self, self.current)
            raise
        finally:
            MessageWriter.flush()
            self.current.progress.close()
        self.current.progress.finished(self.current.client.stats)
        if failures := self.current.failures:
            named = ", ".join(f"{each.name} ({self._where(each)})" for each in failures)
            raise TapError(f"{len(failures)} of the selected streams failed: {named}.")

    def _where(self, failed: Failure) -> str:
        """Return where the next run continues with what failed."""
        bookmark = bookmark_of(self.state, failed.stream, failed.tenant_id)
        return "no bookmark" if bookmark is None else f"bookmark {one_line(str(bookmark), 40)}"

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take up a state; raises ConfigError if it is not one."""
        super().load_state(singer_state(state))

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings' shape, then their values; one line names all faults."""
        self.append_builtin_config(self.config_jsonschema)
        errors = check_shape(self._config, self.config_jsonschema)
        if not errors:
            try:
                _ = self.settings
            except ConfigError as error:
                errors = [str(error)]
        if errors and raise_errors:
            raise ConfigError(" ".join(errors))
        return errors

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop at once, but not within a message (the SDK would exit with 0)."""
        MessageWriter.stop.signal(signum)
