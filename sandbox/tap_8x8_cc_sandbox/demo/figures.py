"""What a page of pictures shows: figures from the models that dbt built in a DuckDB file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

Records = list[dict[str, Any]]

_QUERIES: Final = {
    "headline": """
        SELECT min(local_date) AS first_day, max(local_date) AS last_day,
               sum(offered) AS offered, sum(accepted) AS accepted, sum(abandoned) AS abandoned,
               sum(accepted_in_time) / nullif(sum(offered), 0) AS service_level,
               sum(abandoned) / nullif(sum(offered), 0) AS abandonment,
               sum(handling_seconds + wrap_up_seconds) / nullif(sum(accepted), 0) AS handle_time
        FROM {schema}.eight_by_eight__overview_daily
    """,
    "hours": """
        SELECT isodow(local_date) AS day, local_hour AS hour, sum(offered) AS offered,
               sum(accepted_in_time) / sum(offered) AS service_level
        FROM {schema}.eight_by_eight__queue_hourly
        GROUP BY ALL HAVING sum(offered) > 0 ORDER BY ALL
    """,
    "days": """
        SELECT strftime(local_date, '%Y-%m-%d') AS day, sum(accepted) AS accepted,
               sum(abandoned) AS abandoned, sum(offered - accepted - abandoned) AS other
        FROM {schema}.eight_by_eight__overview_daily GROUP BY ALL ORDER BY ALL
    """,
    "queues": """
        SELECT queue_id, any_value(queue_name) AS queue, sum(offered) AS offered,
               sum(accepted_in_time) / nullif(sum(offered), 0) AS by_offered,
               sum(accepted_in_time) / nullif(sum(accepted), 0) AS by_answered
        FROM {schema}.eight_by_eight__queue_daily
        GROUP BY queue_id HAVING sum(offered) > 0 ORDER BY offered DESC, queue_id LIMIT 20
    """,
    "agents": """
        SELECT agent_id, any_value(agent_name) AS agent, any_value(team_name) AS team,
               sum(busy_seconds) / nullif(sum(busy_seconds + available_seconds), 0) AS occupancy,
               sum(accepted) AS accepted
        FROM {schema}.eight_by_eight__agent_daily
        GROUP BY agent_id HAVING sum(logged_in_seconds) > 0
        ORDER BY occupancy DESC, agent_id LIMIT 30
    """,
    "freshness": """
        SELECT stream, strftime(max(read_until), '%Y-%m-%d %H:%M') AS read_until,
               strftime(max(last_read_at), '%Y-%m-%d %H:%M') AS last_read
        FROM {schema}.eight_by_eight__freshness GROUP BY stream ORDER BY stream
    """,
}


class FiguresError(Exception):
    """The file holds no models; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page shows, as rows of columns.

    Attributes:
        headline: One row of sums over everything.
        hours: Service level by weekday (1 is Monday) and hour of the clock.
        days: Volume by day.
        queues: Service level of the busiest queues, by offered and by answered.
        agents: Occupancy of the busiest agents.
        freshness: How far each stream has been read; empty where that isn't known.
    """

    headline: dict[str, Any]
    hours: Records
    days: Records
    queues: Records
    agents: Records
    freshness: Records


def read_figures(database: Path, schema: str = "analytics") -> Figures:
    """Read the figures from a DuckDB file.

    Raises:
        FiguresError: The models haven't been built in it, or are empty.
    """
    import duckdb  # noqa: PLC0415 - a development dependency

    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        found: dict[str, Records] = {}
        for name, query in _QUERIES.items():
            try:
                result = connection.execute(query.format(schema=f'"{schema}"'))
            except duckdb.CatalogException as error:
                raise FiguresError(
                    f"{database} has no models in the schema {schema}: build them first, with "
                    "`meltano run dbt-duckdb:build`, or name their schema with --schema."
                ) from error
            columns = [column[0] for column in result.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    (headline,) = found.pop("headline")
    if not headline["offered"]:
        raise FiguresError(f"{database} holds no interactions: load them, then build the models.")
    return Figures(headline, **found)
