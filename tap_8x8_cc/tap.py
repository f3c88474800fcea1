"""The tap: settings, discovery, the order of reports, and how a run ends."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from tap_8x8_cc.client import ApiAddress, ApiClient
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config import CONFIG_JSONSCHEMA
from tap_8x8_cc.definitions import define_streams
from tap_8x8_cc.detailed import DetailedReader
from tap_8x8_cc.errors import ConfigError, StoppedError, TapError
from tap_8x8_cc.event_streams import DetailedStream, ScriptPathsStream
from tap_8x8_cc.inputs import check_state, read_config_file, read_environment, read_object
from tap_8x8_cc.listing import Form, Listing, fetch_listing, merged
from tap_8x8_cc.pipeline import Pipeline
from tap_8x8_cc.planning import probe
from tap_8x8_cc.progress import Progress
from tap_8x8_cc.reading import Reader
from tap_8x8_cc.reports import Reports
from tap_8x8_cc.request import DetailedRequest, ReportRequest, ScriptPathsRequest
from tap_8x8_cc.script_paths import ScriptPathsReader
from tap_8x8_cc.setting_values import parse_zone
from tap_8x8_cc.settings import PACKAGE, Settings
from tap_8x8_cc.streams import ReportStream
from tap_8x8_cc.summary_streams import SummaryStream
from tap_8x8_cc.throttle import Throttle
from tap_8x8_cc.validation import check_shape
from tap_8x8_cc.writer import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from zoneinfo import ZoneInfo

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_8x8_cc.definitions import ReportDefinition
    from tap_8x8_cc.reading import Job, Reading
    from tap_8x8_cc.request import Request

STREAMS: dict[Form, Callable[[Tap8x8CC, ReportDefinition], ReportStream]] = {
    Form.SUMMARY: SummaryStream,
    Form.DETAILED: DetailedStream,
    Form.SCRIPT_PATHS: ScriptPathsStream,
}


class Tap8x8CC(Tap):
    """Singer tap for the 8x8 Contact Center Historical Analytics API."""

    name = PACKAGE
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    dynamic_catalog = True
    message_writer_class = MessageWriter
    # No BATCH: batch files would bypass selection and stream maps.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
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
    def clock(self) -> Clock:
        """Time, and the pace of waits."""
        return Clock.from_environment()

    @cached_property
    def client(self) -> ApiClient:
        """The one HTTP client of the run."""
        settings = self.settings
        address = ApiAddress(
            origin=settings.api_url,
            base_path=settings.base_path,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            user_agent=settings.user_agent,
            request_timeout=settings.request_timeout,
            connections=settings.max_concurrent_reports + 2,
        )
        return ApiClient(address, self.clock, Throttle(settings.max_concurrent_reports))

    @cached_property
    def reports(self) -> Reports:
        """Creates and reads reports."""
        return Reports(
            self.client,
            self.clock,
            timeout=self.settings.report_timeout,
            longest_poll=self.settings.poll_interval_max,
            on_done=self.progress.generated,
        )

    @cached_property
    def progress(self) -> Progress:
        """How far the run is."""
        return Progress(self.metrics_logger)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The line of all reports of the run."""
        settings, reports, page_size = self.settings, self.reports, self.settings.page_size
        readers: dict[type[Request], Callable[[Job], Reading]] = {
            ReportRequest: Reader(
                reports, data_format=settings.data_format, page_size=page_size
            ).fetch,
            DetailedRequest: DetailedReader(reports, self.client, page_size=page_size).fetch,
            ScriptPathsRequest: ScriptPathsReader(reports).fetch,
        }
        return Pipeline(lambda job: readers[type(job.request)](job), self.client.throttle)

    @cached_property
    def listings(self) -> Mapping[str | None, Listing]:
        """The report types on offer, for each tenant."""
        return {
            tenant_id: fetch_listing(self.client, tenant_id) for tenant_id in self.settings.tenants
        }

    @cached_property
    def failures(self) -> list[str]:
        """The streams that failed, with their tenants."""
        return []

    @cached_property
    def _zones(self) -> dict[str | None, ZoneInfo]:
        return {}

    @override
    def discover_streams(self) -> list[ReportStream]:
        """Give one stream per type and grouping on offer, and one per custom report."""
        listing = merged(self.listings.values())
        return [
            STREAMS[definition.form](self, definition)
            for definition in define_streams(listing, self.settings)
        ]

    def zone_of(self, tenant_id: str | None) -> ZoneInfo:
        """Tell a tenant's default time zone, by the details of a report that names none.

        Args:
            tenant_id: The tenant.

        Raises:
            ConfigError: The API does not say; it is not guessed.
            ApiError: A call failed for good.
        """
        if tenant_id not in self._zones:
            self._zones[tenant_id] = self._ask_for_zone(tenant_id)
        return self._zones[tenant_id]

    def _ask_for_zone(self, tenant_id: str | None) -> ZoneInfo:
        tenant = f" of tenant {tenant_id}" if tenant_id else ""
        request = probe(self.listings[tenant_id], tenant_id, self.settings, self.clock.now())
        details = None
        if request:
            report, _ = self.reports.create(request)
            details = self.reports.details(report)
        name = details.get("timezone") if isinstance(details, dict) else None
        if not isinstance(name, str) or not name:
            raise ConfigError(
                f"timezone: the API does not tell the default time zone{tenant}; "
                "set timezone to it."
            )
        self.logger.info("Time zone%s: %s", tenant, name)
        return parse_zone(name)

    def note_failure(self, stream: str, tenant_id: str | None, error: TapError) -> None:
        """Record that a stream failed for good; the run goes on and ends with exit code 1."""
        name = stream if tenant_id is None else f"{stream} (tenant {tenant_id})"
        self.failures.append(name)
        self.logger.error("Stream %s failed: %s", name, error)
        self.logger.debug("Stream %s failed", name, exc_info=error)

    def line_up(self) -> None:
        """Plan the reports of all selected streams and put them in line.

        Raises:
            TapError: A time zone or a bookmark makes no sense.
        """
        for stream in self.streams.values():
            if stream.selected and isinstance(stream, ReportStream):
                for tenant_id in self.settings.tenants:
                    jobs = stream.jobs(tenant_id)
                    self.pipeline.append(jobs)
                    self.progress.plan(len(jobs))

    @override  # type: ignore[misc]  # final, but the reports of all streams are lined up first
    def sync_all(self) -> None:
        """Sync all selected streams, their reports generated side by side; raises as `line_up`."""
        self.line_up()
        super().sync_all()
        for name in self._missing():
            self.note_failure(
                name, None, ConfigError("it is selected, but the API does not offer it.")
            )

    def _missing(self) -> list[str]:
        """Give the streams that the catalog selects and that there are not."""
        entries = self.input_catalog.streams if self.input_catalog else []
        return [
            entry.tap_stream_id
            for entry in entries
            if entry.metadata.root.selected and entry.tap_stream_id not in self.streams
        ]

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the files that `--config` names; raises ConfigError."""
        config: dict[str, Any] = {}
        for path in value:
            config |= {} if path == "ENV" else read_config_file(path)
        return _ConfigInput(config=config, parse_env="ENV" in value)

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
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the tap from the command line, as the SDK does, with an end of its own.

        Raises:
            TapError: The run failed, in whole or in part.
            StoppedError: A signal stopped it; its last complete state is written.
        """
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        source = config or _ConfigInput()
        tap = cls(
            config=source.config,
            state=None if state is None else read_object("state", state),
            catalog=None if catalog is None else read_object("catalog", catalog),
            parse_env_config=source.parse_env,
        )
        tap.run()

    def run(self) -> None:
        """Sync all selected streams.

        Raises:
            TapError: The run failed, in whole or in part.
            StoppedError: A signal stopped it; its last complete state is written.
        """
        try:
            self.sync_all()
        except StoppedError:
            self.state_writer.write_state(self.state)
            raise
        finally:
            MessageWriter.flush()
        self.progress.finished(self.client.stats)
        if self.failures:
            raise TapError(
                f"{len(self.failures)} of the selected streams failed, their bookmarks are where "
                f"they were: {', '.join(self.failures)}."
            )

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take up a state; raises ConfigError where it is none."""
        check_state(state)
        super().load_state(state)

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
