"""Reports created: once each, as far as the API lets that be known."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.statuses import StatusReply, read_status
from tap_8x8_cc.errors import RefusedError, UnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from tap_8x8_cc.api.client import ApiClient
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.model.reports import ReportRequest

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds after a report failed; doubled each time: hasty re-creation adds to the load."""
LOST_TRIES = 4
"""How often a creation is repeated of which no usable answer came."""
_OTHER_PATH = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}


@dataclass(frozen=True, slots=True)
class Report:
    """A report that exists at the API.

    Args:
        id: The API's id, from the create call's own answer.
        request: What was asked.
        created: When, on the monotonic clock.
        created_at: When, in UTC.
        generation_seconds: How long it took to be DONE.
        is_surely_done: Whether its status is a word that the API's documents know. Of another that
            sounds like it, only the rows show that it means it.
    """

    id: str
    request: ReportRequest
    created: float
    created_at: datetime
    generation_seconds: float = 0.0
    is_surely_done: bool = True


class ReportCreator:
    """Creates reports; safe for threads.

    Args:
        client: Sends the calls.
        clock: Time and waiting.
    """

    def __init__(self, client: ApiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._slash = ""

    def create(self, request: ReportRequest) -> tuple[Report, StatusReply]:
        """Create a report; gives it with its first status; raises ApiError.

        Where the API refuses to generate so many at a time, it waits until another one of this
        run is no longer needed. A creation that the API may have acted on without a usable answer
        is repeated four times at the most: a few reports that nobody reads are harmless, many are
        a burden.
        """
        throttle = self._client.throttle
        lost = 0
        while True:
            ended = throttle.ended
            try:
                reply = self._create_once(request)
            except UnavailableError as error:
                if error.throttled and throttle.wait_for_another(ended):
                    continue
                lost += 1
                if not error.processed or lost > LOST_TRIES:
                    raise
                wait = PAUSE * 2**lost
                logger.warning("%s Trying again in %.1f s.", error, wait)
                self._clock.sleep(wait)
            else:
                break
        logger.info("%s: report %s created", request.name, reply.id)
        return Report(reply.id, request, self._clock.monotonic(), self._clock.now()), reply

    def _create_once(self, request: ReportRequest) -> StatusReply:
        """Ask for a report, with or without a slash at the path's end, as the API wants it."""
        for slash in (self._slash, "" if self._slash else "/"):
            call = ApiCall(
                what=f"creation of the report {request.name}",
                path=request.path + slash,
                tenant_id=request.tenant_id,
                body=request.body(),
                repeatable=False,
            )
            try:
                reply = self._client.get(call, read_status)
            except RefusedError as error:
                if error.status not in _OTHER_PATH or slash != self._slash:
                    raise _advised(error) from error
                refused = error
            else:
                if slash != self._slash:
                    logger.warning("The API wants reports created at a path with%s a slash at "
                                   "its end.", "" if slash else "out")  # fmt: skip
                    self._slash = slash
                return reply
        raise refused


_ADVICE = {
    "timezone": "Set timezone to a zone that is configured for the tenant, or leave it out.",
    "time zone": "Set timezone to a zone that is configured for the tenant, or leave it out.",
    "includeParticipants": "Set include_participants to false.",
    "reportSettings": "Set show_ongoing_interactions to false.",
}
"""What to do about a refusal that speaks of these."""


def _advised(error: RefusedError) -> RefusedError:
    """Say what to do about a refusal, where that is known."""
    said = str(error).rpartition("HTTP ")[2]
    hint = next((_ADVICE[words] for words in _ADVICE if words in said), "")
    return RefusedError(f"{error} {hint}".rstrip(), error.status)
