"""What has been read of a stream: taken from its state, and entered there behind each range."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_8x8_cc.errors import StateError
from tap_8x8_cc.planning.shape import advice, changes, shape_of
from tap_8x8_cc.streams.state import StreamState, doubts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from singer_sdk import Stream

    from tap_8x8_cc.model.coverage import Coverage
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.planner import Planner
    from tap_8x8_cc.planning.shape import Shape
    from tap_8x8_cc.session import Session


class Ledger:
    """Keeps the state of one stream.

    Args:
        stream: The stream.
        session: The run that it is part of.
        planner: Knows what the stream asks for, and from when to when.
    """

    def __init__(self, stream: Stream, session: Session, planner: Planner) -> None:
        self._stream = stream
        self._session = session
        self._planner = planner
        self._frozen: dict[str | None, frozenset[str]] = {}

    def covered(self, tenant_id: str | None, zone: ZoneInfo) -> Coverage | None:
        """Return what earlier runs have read; None where nothing, or where each run reads all.

        Raises:
            StateError: The state can't be gone on from.
        """
        state, shape = self._state(tenant_id, zone), self._shape(zone)
        before = state.read_as
        if before is not None and (names := changes(before, shape)):
            raise StateError(advice(self._stream.name, names, before, shape))
        if not self.is_incremental:
            return None
        first, last = self._planner.first(zone), self._planner.last(zone)
        covered = state.covered(first)
        if covered:
            now = self._session.clock.now()
            for line in doubts(self._stream.name, covered, first, last, now):
                self._stream.logger.warning("%s", line)
        return covered

    def in_order(self, parts: Sequence[ReportRequest]) -> Sequence[ReportRequest]:
        """Return the parts of a report in the order in which they leave no hole when each is read.

        What lacks of the past is joined from its end, all else from its begin.
        """
        if not parts or not self.is_incremental:
            return parts
        last = parts[-1]
        state = self._state(last.tenant_id, last.zone)
        covered = state.covered(self._planner.first(last.zone))
        is_past = covered is not None and last.window.end <= covered.since
        return parts[::-1] if is_past else parts

    def enter(self, request: ReportRequest) -> None:
        """Take down that the rows of a report's window have all been written."""
        state = self._state(request.tenant_id, request.zone)
        state.keep_shape(self._shape(request.zone))
        if request.tenant_id in self._frozen:
            state.keep_identity(self._frozen[request.tenant_id])
        key = self._stream.replication_key
        if self.is_incremental and key:
            first = self._planner.first(request.zone)
            state.complete(request.window.start, request.window.end, key, first)
            state.keep_reading(self._session.proven_reading(request.tenant_id))

    def identity(self, tenant_id: str | None) -> frozenset[str] | None:
        """Return what identifies rows, by column or key; None until some have been read."""
        return self._frozen.get(tenant_id) or self._state(tenant_id, ZoneInfo("UTC")).identity

    def freeze(self, tenant_id: str | None, identity: Collection[str]) -> None:
        """Let rows be identified by this from now on, if it is anything."""
        if identity:
            self._frozen[tenant_id] = frozenset(identity)

    def keep_unread(self, tenant_id: str | None) -> None:
        """Take down which reports are created and not yet read."""
        unread = self._session.unread.of((self._stream.name, tenant_id))
        self._state(tenant_id, ZoneInfo("UTC")).keep_unread(unread)

    def zone_before(self, tenant_id: str | None) -> str | None:
        """Return the zone in which earlier runs read it, if the state says; raises StateError."""
        zone = (self._state(tenant_id, ZoneInfo("UTC")).read_as or {}).get("timezone")
        return zone if isinstance(zone, str) else None

    @property
    def is_incremental(self) -> bool:
        """Whether each run reads what is new, rather than all of it."""
        return self._stream.replication_method == REPLICATION_INCREMENTAL

    def _shape(self, zone: ZoneInfo) -> Shape:
        with_tenants = bool(self._session.settings.tenant_ids)
        return shape_of(self._planner.definition, zone, with_tenants=with_tenants)

    def _state(self, tenant_id: str | None, zone: ZoneInfo) -> StreamState:
        stream = self._stream
        whole = stream.stream_state
        if tenant_id is None:
            return StreamState(stream.name, whole, zone, whole.get("partitions", ()))
        own = stream.get_context_state({"tenant_id": tenant_id})
        return StreamState(stream.name, own, zone, (whole,))
