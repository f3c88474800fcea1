"""The benchmarks of shards run, on a very small scale, and the arithmetic of size is right."""

from __future__ import annotations

import pytest

from benchmarks import pool, size, tenants

pytestmark = pytest.mark.pipeline

WORK = pool.Work(shards=2, reports=2, limit=1, seconds=0.8, pace=0.02)


def test_shards_finish_where_the_api_throttles_them_together() -> None:
    outcome = pool.measure(WORK, at_a_time=2, side_by_side=2)
    assert outcome.seen.created == 4
    assert outcome.seen.refused >= 1  # each shard has two in flight if it can
    assert outcome.seen.most_unready == 1
    assert outcome.wall >= WORK.least == pytest.approx(3.2)
    assert len(pool.line(outcome, WORK)) == len(pool.HEADER)


def test_a_night_of_many_tenants_is_measured() -> None:
    night = tenants.measure(2, groups=2, at_a_time=2)
    # The listing once a tenant, and for each report its creation, a poll and a page at the least.
    assert night.requests >= 2 + 2 * 2 * 3
    assert night.cpu > 0
    assert len(tenants.line(night)) == len(tenants.HEADER)


def test_two_years_of_twenty_tenants_are_what_they_come_to_by_hand() -> None:
    costs = size.Costs(shard=8, report=0.01, row=1e-5, loaded_row=1e-4, json_row=2000)
    load = size.Load(size.Span("years", days=730, days_a_report=28), 20, streams=5, rows=50)
    assert load.reports == 20 * 5 * 27
    assert load.all_rows == 20 * 5 * 730 * 50
    assert load.number == 32
    assert load.waiting(30, in_flight=4) == 675 * 30
    assert load.tap(costs) == pytest.approx(27 + 36.5)
    assert load.loader(costs) == pytest.approx(365)
    assert load.starts(costs) == 256
    assert load.read(costs) == pytest.approx(3_650_000 * 2000)
    text = size.table([load], costs, [30], in_flight=4)
    assert "| years | 20 | 2,700 | 3,650,000 | 7,300 | 338 | 4.3 | 1.1 | 6.1 |" in text


def test_long_reports_are_divided() -> None:
    """About 13,500 rows a report: two parts of it are short enough for JSON."""
    load = size.Load(size.Span("years", days=730, days_a_report=28), 20, streams=5, rows=500)
    assert load.reports == 2 * 2700
    assert load.read(size.Costs(json_row=2000)) == pytest.approx(36_500_000 * 2000)


def test_a_night_is_read_as_json() -> None:
    load = size.Load(size.Span("night", days=4, days_a_report=28), 1, streams=2, rows=50)
    assert (load.reports, load.number, load.all_rows) == (2, 1, 400)
    assert load.read(size.Costs(json_row=2000)) == 800_000
