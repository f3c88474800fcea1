"""What buckets say about how a tenant's API reads date ranges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest

from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.tenant import Tenant
from tests.support.fakes import FakeClock
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from tap_8x8_cc.api.reports import Reports

NEW_YORK = ZoneInfo("America/New_York")
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


def test_readings_of_streams_that_differ_make_it_unknown() -> None:
    of = tenant()
    of.recall(INSTANT)
    of.recall(INSTANT)
    assert of.reading is INSTANT
    of.recall(LOCAL)
    assert of.reading is None
