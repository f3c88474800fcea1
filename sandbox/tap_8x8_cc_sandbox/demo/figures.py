"""The figures of the page, read from the models that dbt built in a DuckDB file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

Row: TypeAlias = dict[str, Any]

SERVICE_LEVELS: Final = {
    "service_level": "as on 8x8's screens: accepted in time, of all that entered the queue except "
    "short abandons and those still waiting within the threshold",
    "service_level_industry": "as the industry counts: accepted in time, of all accepted or "
    "abandoned except short abandons",
    "answered_in_sla": "accepted in time, of all accepted",
}
"""What the models' headline can be, by its name in them."""
_MEASURES: Final = """
    coalesce(sum(offered), 0) AS offered,
    coalesce(sum(accepted), 0) AS accepted,
    coalesce(sum(abandoned), 0) AS abandoned,
    coalesce(sum(diverted), 0) AS diverted,
    coalesce({base}, 0) AS counted,
    sum(accepted_in_time) / nullif({base}, 0) AS service_level,
    coalesce(max(headline_service_level_name), 'service_level') AS service_level_name,
    sum(abandoned) / nullif(sum(accepted + abandoned + diverted), 0) AS abandonment,
    sum(answer_wait_seconds) / nullif(sum(accepted), 0) AS speed_of_answer,
    sum(handling_seconds + wrap_up_seconds) / nullif(sum(accepted), 0) AS handle_time
"""
_ONE_DAY: Final = _MEASURES.format(base="sum(headline_service_level_base)")
_PERIOD: Final = _MEASURES.format(
    base="""CASE max(headline_service_level_name) WHEN 'service_level' THEN
        sum(offered) - coalesce(sum(short_abandoned), 0)
        + coalesce(sum(carried_over) FILTER (local_date = $first), 0)
        - coalesce(sum(still_in_time) FILTER (local_date = $last), 0)
        ELSE sum(headline_service_level_base) END"""
)
"""8x8 counts what waits once in a period, however many of its days it waits."""
_QUERIES: Final = {
    "totals": """
        SELECT {period} FROM eight_by_eight__overview_daily
        WHERE local_date BETWEEN $first AND $last
    """,
    "days": """
        SELECT each.day, {one_day}
        FROM (SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY))::date AS day) AS each
        LEFT JOIN eight_by_eight__overview_daily ON local_date = each.day
        GROUP BY each.day ORDER BY each.day
    """,
    "hours": """
        SELECT isodow(local_date) AS weekday, local_hour AS hour,
               sum(accepted + abandoned) AS counted,
               sum(accepted_in_time) / nullif(sum(accepted + abandoned), 0) AS service_level
        FROM eight_by_eight__queue_hourly WHERE local_date BETWEEN $first AND $last
        GROUP BY weekday, hour HAVING counted > 0 ORDER BY weekday, hour
    """,
    "queues": """
        SELECT tenant_id, queue_id, max_by(queue_name, local_date) AS name, {period}
        FROM eight_by_eight__queue_daily WHERE local_date BETWEEN $first AND $last
        GROUP BY tenant_id, queue_id HAVING sum(offered) > 0 OR counted > 0
        ORDER BY offered DESC, tenant_id, queue_id
    """,
    "agents": """
        WITH numbered AS (
            SELECT *, dense_rank() OVER (ORDER BY tenant_id, agent_id) AS number
            FROM eight_by_eight__agent_daily
        )
        SELECT tenant_id, agent_id, number, max_by(agent_name, local_date) AS name,
               max_by(team_name, local_date) AS team, sum(accepted) AS accepted,
               sum(busy_seconds) / nullif(sum(busy_seconds + available_seconds), 0) AS occupancy
        FROM numbered WHERE local_date BETWEEN $first AND $last
        GROUP BY tenant_id, agent_id, number HAVING sum(logged_in_seconds) > 0
        ORDER BY occupancy DESC NULLS LAST, number
    """,
}
_FRESHNESS: Final = """
    SELECT stream, tenant_id, timezone, read_until, last_read_at FROM eight_by_eight__freshness
    ORDER BY stream, tenant_id
"""
_DAYS: Final = "SELECT min(local_date), max(local_date) FROM eight_by_eight__overview_daily"


class FiguresError(Exception):
    """The file has no models, or empty ones; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Period:
    """The figures of some days, as rows of columns."""

    first: date  # the first day
    last: date  # the last day
    totals: Row  # all queues together
    days: list[Row]  # all queues together, for each day
    # Those accepted in time, of those accepted or abandoned, for each weekday (1 is Monday) and
    # hour of the clock. 8x8's form would count who waits again in each hour.
    hours: list[Row]
    queues: list[Row]  # for each queue, the busiest first
    agents: list[Row]  # for each agent, the busiest first


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows."""

    current: Period  # the newest days
    previous: Period | None  # as many days before them; None if not all of these are loaded
    freshness: list[Row]  # how far each stream has been read, in UTC; empty if that is not known


def read_figures(database: Path, schema: str, days: int) -> Figures:
    """Read the figures of the newest days, and of as many days before them.

    Raises:
        FiguresError: The models have not been built in the file, or are empty.
    """
    import duckdb  # noqa: PLC0415 - a development dependency

    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        try:
            connection.execute(f'USE "{schema}"')
            oldest, last = connection.execute(_DAYS).fetchall()[0]
            if last is None:
                raise FiguresError(f"{database} has no interactions: load and build them first.")
            first = max(oldest, last - timedelta(days - 1))
            before = first - timedelta(days)
            current = _period(connection, first, last)
            previous = (
                _period(connection, before, first - timedelta(1)) if oldest <= before else None
            )
            return Figures(current, previous, _rows(connection, _FRESHNESS))
        except duckdb.CatalogException as error:
            raise FiguresError(
                f"{database} has no models in the schema {schema}: build them first, with "
                "`meltano run dbt-duckdb:build`, or name their schema with --schema."
            ) from error


def _period(connection: DuckDBPyConnection, first: date, last: date) -> Period:
    found = {
        name: _rows(
            connection,
            query.format(one_day=_ONE_DAY, period=_PERIOD),
            {"first": first, "last": last},
        )
        for name, query in _QUERIES.items()
    }
    (totals,) = found.pop("totals")
    return Period(first, last, totals, **found)


def _rows(
    connection: DuckDBPyConnection, query: str, parameters: dict[str, date] | None = None
) -> list[Row]:
    result = connection.execute(query, parameters)
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
