"""What buckets say about how a tenant's API reads date ranges."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest

from tap_8x8_cc.api.listing import parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.windows import IntraDay, Window
from tap_8x8_cc.tenant import Tenant
from tests.support.fakes import FakeClock
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.model.reports import ReportRequest

NEW_YORK, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("UTC")
INSTANT, LOCAL = DateRangeReading
DAY = timedelta(days=1)
NIGHT_BEFORE, WITHIN, DAY_AFTER = range(-1, 2)
"""Days from the window's start. Only UTC reaches into the day before: its 00:00 is at 19:00 there;
only the local clock reaches into the day after."""


def tenant(**more: Any) -> Tenant:
    config = {"client_id": "k", "client_secret": "s", "start_date": "2026-03-01"}
    settings = Settings.from_config({**config, "timezone": "America/New_York", **more})
    return Tenant(None, {}, settings, FakeClock(), cast("Reports", None))


def judge(
    of: Tenant, *days: int, reading: DateRangeReading | None = None, zone: ZoneInfo = NEW_YORK
) -> None:
    start = datetime(2026, 3, 2, tzinfo=zone).astimezone(UTC)
    window = Window(start, start + DAY, start, reading)
    request = summary_request(window=window, zone=zone)
    of.judge(request, [(start + n * DAY, start + (n + 1) * DAY) for n in days])


@pytest.mark.parametrize(("day", "reading"), [(NIGHT_BEFORE, INSTANT), (DAY_AFTER, LOCAL)])
def test_a_bucket_that_one_reading_explains_proves_it(day: int, reading: DateRangeReading) -> None:
    of = tenant()
    judge(of, WITHIN)
    assert of.reading is None
    judge(of, WITHIN, day)
    assert of.reading is of.proven is reading


def test_proofs_that_contradict_each_other_end_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"contradict each other.*date_range_reading.*timezone"):
        judge(tenant(), NIGHT_BEFORE, DAY_AFTER)
    of = tenant()
    judge(of, NIGHT_BEFORE)
    with pytest.raises(ConfigError, match="contradict the reading that was proven before, instant"):
        judge(of, DAY_AFTER)
    assert of.reading is INSTANT


def test_buckets_that_contradict_a_setting_end_in_one_line() -> None:
    of = tenant(date_range_reading="instant")
    with pytest.raises(ConfigError, match="contradict the reading that was set, instant"):
        judge(of, DAY_AFTER, reading=INSTANT)
    assert of.proven is None


@pytest.mark.parametrize("day", [-2, 2])
def test_a_bucket_that_no_reading_explains_ends_in_one_line(day: int) -> None:
    """A clock 36 hours off is in neither way known: its days may be parts of days."""
    with pytest.raises(ConfigError, match=r"no known reading.*date_range_reading.*timezone") as it:
        judge(tenant(), WITHIN, day)
    assert "\n" not in str(it.value)


def test_another_zone_than_the_tenants_proves_nothing_and_must_not_contradict() -> None:
    of = tenant(timezone="UTC")
    judge(of, NIGHT_BEFORE)
    assert of.reading is None
    with pytest.raises(ConfigError, match="contradict"):
        judge(of, DAY_AFTER, reading=INSTANT)


def test_a_night_may_count_for_the_day_before_and_proves_nothing() -> None:
    of = tenant(timezone="UTC")
    start = datetime(2026, 3, 2, tzinfo=UTC)
    window = Window(start, start + DAY, start, None, start + DAY + timedelta(hours=6))
    night = IntraDay(time(22), time(6))
    request = summary_request(window=window, intra_day=night)
    of.judge(request, [(start - DAY, start), (start, start + DAY)])
    of.judge(request, [(start + DAY, start + 2 * DAY)])  # its morning is asked for
    assert of.reading is None
    with pytest.raises(ConfigError, match="no known reading"):
        of.judge(request, [(start + 2 * DAY, start + 3 * DAY)])
    with pytest.raises(ConfigError, match="no known reading"):
        of.judge(summary_request(window=window), [(start - DAY, start)])


def test_a_zone_in_which_nothing_was_found_is_not_looked_through_again() -> None:
    asked: list[ZoneInfo] = []

    def obtain(request: ReportRequest, *_: object) -> Any:
        asked.append(request.zone)
        return SimpleNamespace(groups=())

    entry = parse_entry({"type": "s", "groupBy": [{"name": "queue"}], "metrics": ["m"]})
    assert entry
    config = {"client_id": "k", "client_secret": "s", "start_date": "2020-03-01"}
    reports = cast("Reports", SimpleNamespace(obtain=obtain))
    of = Tenant(None, {"s": entry}, Settings.from_config(config), FakeClock(), reports)
    start = datetime(2020, 3, 1, tzinfo=UTC)
    window = Window(start, start + 20 * DAY, start)
    here, there = (summary_request(window=window, zone=zone) for zone in (NEW_YORK, UTC_ZONE))
    assert of.prove([here]) is None
    once = len(asked)
    assert once
    assert of.prove([here]) is None
    assert len(asked) == once
    assert of.prove([there]) is None
    assert asked[once:] == [UTC_ZONE] * once


def test_readings_of_streams_that_differ_make_it_unknown() -> None:
    of = tenant()
    of.recall(INSTANT)
    of.recall(INSTANT)
    assert of.reading is INSTANT
    of.recall(LOCAL)
    assert of.reading is None
