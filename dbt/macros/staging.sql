{#- The rows of a stream's table that still exist at the contact center, typed alike in every
    warehouse. A table that was not loaded gives no rows, a column that was not selected is null.

    Arguments:
      stream: Name of the source's table; its identifier is also the stream's name.
      columns: Pairs of a column of the stream and its type: text, date, timestamp, count, seconds
        (from milliseconds), number or boolean; or triples, with the name that it gets.
      buckets: Whether the rows are buckets of time with totals among them, or events. -#}
{% macro current_rows(stream, columns, buckets=true) -%}
{%- set declared = source('eight_by_eight', stream) -%}
{%- set present = [] -%}
{%- set relation = load_relation(declared) if execute else none -%}
{%- if relation is not none -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do present.append(column.name | lower) -%}
    {%- endfor -%}
{%- elif execute and flags.WHICH in ('build', 'run') -%}
    {%- do log('eight_by_eight: the table ' ~ declared.identifier ~ ' is not loaded, so '
               ~ model.name ~ ' is empty', info=true) -%}
{%- endif -%}
{%- set log_table = source('eight_by_eight', 'extractions') -%}
{%- set has_log = execute and load_relation(log_table) is not none and 'read_at' in present -%}
{%- set fixed = [('row_id', 'text'), ('tenant_id', 'text'), ('local_date', 'date'),
                 ('timezone', 'text'), ('read_at', 'timestamp')] -%}
{%- if buckets -%}
    {%- set fixed = fixed + [('start_time', 'timestamp'), ('end_time', 'timestamp'),
                             ('granularity', 'text')] -%}
{%- endif -%}
{%- if relation is not none and has_log %}
with written as (
    select distinct known.read_at
    from {{ declared }} as known
    where known.read_at is not null
),
{#- Later runs may have written all rows of an extraction again, over ranges of their own. -#}
rewritten as (
    select extraction.row_id
    from {{ log_table }} as extraction
    inner join {{ declared }} as known
        on known.read_at > extraction.read_at
        and {{ eight_by_eight.is_covered('extraction', 'known', buckets, 'tenant_id' in present) }}
    where extraction.stream = '{{ declared.identifier }}'
        and extraction.read_at not in (select written.read_at from written)
    group by extraction.row_id, extraction.row_count
    having count(*) >= extraction.row_count
),

arrived as (
    select *
    from {{ log_table }} as extraction
    where extraction.stream = '{{ declared.identifier }}'
        and (extraction.row_count = 0
            or extraction.read_at in (select written.read_at from written)
            or extraction.row_id in (select rewritten.row_id from rewritten))
)
{% endif %}
select
{%- for entry in fixed + columns %}
    {{ eight_by_eight.typed(entry[0], entry[1], present) }} as {{ entry[2] or entry[0] }}
    {{- "," if not loop.last }}
{%- endfor %}
{%- if relation is none %}
where 1 = 0
{%- else %}
from {{ declared }} as loaded
where 1 = 1
{%- if buckets and 'total_type' in present %}
    and loaded.total_type is null
{%- endif %}
{%- if has_log %}
    {#- A range that was read again later, without the row, means that the row has vanished. #}
    and not exists (
        select 1
        from arrived as later
        where later.read_at > loaded.read_at
            and {{ eight_by_eight.is_covered('later', 'loaded', buckets, 'tenant_id' in present) }}
    )
{%- endif %}
{%- endif %}
{%- endmacro %}

{#- Whether the range of an extraction holds a row: its bucket, or the day whose report listed it. -#}
{% macro is_covered(extraction, row, buckets, with_tenant) -%}
{{ row }}.timezone = {{ extraction }}.timezone
{%- if with_tenant %}
and coalesce({{ row }}.tenant_id, '') = coalesce({{ extraction }}.tenant_id, '')
{%- endif %}
{%- if buckets %}
and {{ row }}.granularity = {{ extraction }}.granularity
and {{ row }}.start_time >= {{ extraction }}.start_time
and {{ row }}.start_time < {{ extraction }}.end_time
{%- else %}
and cast({{ row }}.report_date as date) >= cast({{ extraction }}.local_date as date)
and cast({{ row }}.report_date as date) < cast({{ extraction }}.local_end_date as date)
{%- endif %}
{%- endmacro %}

{% macro typed(name, kind, present) -%}
{%- set types = {'text': 'varchar', 'date': 'date', 'timestamp': 'timestamp', 'count': 'bigint',
                 'seconds': 'double precision', 'number': 'double precision',
                 'boolean': 'boolean'} -%}
{%- set value = 'loaded.' ~ adapter.quote(name.upper() if target.type == 'snowflake' else name)
                if name in present else 'null' -%}
cast({{ value }} as {{ types[kind] }}){{ ' / 1000' if kind == 'seconds' }}
{%- endmacro %}

{#- Queues by media and channel, of days or of shorter intervals: the same columns either way. -#}
{% macro staged_queues(stream, granularities) -%}
with loaded as (
{{ eight_by_eight.current_rows(stream, [
    ('local_time', 'text'),
    ('media', 'text'), ('channel', 'text'), ('queue', 'text'), ('queue_id', 'text'),
    ('entered', 'count'), ('new_in_queue', 'count'), ('accepted', 'count'),
    ('accepted_in_sla', 'count', 'accepted_in_time'), ('total_abandoned', 'count', 'abandoned'),
    ('diverted', 'count'), ('handling_time', 'seconds', 'handling_seconds'),
    ('wrap_up_time', 'seconds', 'wrap_up_seconds'),
    ('avg_wait_before_accepted_time', 'seconds', 'average_answer_wait_seconds'),
    ('longest_wait_time', 'seconds', 'longest_wait_seconds'),
    ('sla_percentage', 'number')
]) }}
)

select
    loaded.*,
    coalesce(new_in_queue, entered) as offered,
    new_in_queue is null as offered_is_entered,
    entered - new_in_queue as carried_over,
    {{ eight_by_eight.service_level_base() }} as service_level_base,
    {{ eight_by_eight.local_hour() }} as local_hour,
    coalesce(average_answer_wait_seconds, 0) * accepted as answer_wait_seconds
from loaded
where granularity in ({{ granularities }})
{%- endmacro %}

{#- The newest name of what an id stands for: a renamed queue or agent is one, not two. -#}
{% macro newest_name(name, id) -%}
case
    when {{ id }} is null then {{ name }}
    else first_value({{ name }}) over (
        partition by tenant_id, {{ id }} order by local_date desc, read_at desc
        rows between unbounded preceding and unbounded following
    )
end
{%- endmacro %}

{#- The hour that the clock of the report's zone showed at the start of a bucket; worked out for
    rows that were loaded without `local_time`. -#}
{% macro local_hour() -%}
coalesce(
    cast(substr(cast(local_time as varchar), 1, 2) as integer),
    cast(extract(hour from {{ eight_by_eight.local_start() }}) as integer)
)
{%- endmacro %}

{% macro local_start() -%}
{%- if target.type == 'snowflake' -%}
convert_timezone('UTC', timezone, start_time)
{%- else -%}
(start_time at time zone 'UTC') at time zone timezone
{%- endif -%}
{%- endmacro %}

{#- A key that is null-safe: one text of several columns. -#}
{% macro key_of(columns) -%}
{%- for column in columns -%}
coalesce(cast({{ column }} as varchar), '~'){{ " || '|' || " if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#- The first local date of what was read since an incremental model was last built, as a literal.
    It is asked before anything is deleted, so that a model and its hook have the same date. -#}
{% macro read_again_from(stream) -%}
{%- set declared = source('eight_by_eight', stream) -%}
{%- set log_table = source('eight_by_eight', 'extractions') -%}
{%- if load_relation(log_table) is none -%}
    {{ return('1900-01-01') }}
{%- endif -%}
{%- set found = run_query(
    "select min(cast(extraction.local_date as date)) from " ~ log_table ~ " as extraction"
    ~ " where extraction.stream = '" ~ declared.identifier ~ "'"
    ~ " and cast(extraction.read_at as timestamp) > (select coalesce(max(read_at),"
    ~ " cast('1900-01-01' as timestamp)) from " ~ this ~ ")"
) -%}
{{ return(found.columns[0].values()[0] or '9999-12-31') }}
{%- endmacro %}

{% macro forget_read_again(stream) -%}
{%- if is_incremental() -%}
delete from {{ this }} where local_date >= '{{ eight_by_eight.read_again_from(stream) }}'
{%- endif -%}
{%- endmacro %}

{#- Agents by team, of days or of shorter intervals. -#}
{% macro staged_agents(stream, granularities) -%}
with loaded as (
{{ eight_by_eight.current_rows(stream, [
    ('group', 'text', 'team'), ('group_id', 'text', 'team_id'),
    ('agent', 'text'), ('agent_id', 'text'),
    ('presented', 'count'), ('accepted', 'count'), ('rejected', 'count'),
    ('transfers_initiated', 'count', 'transfers'),
    ('handling_time', 'seconds', 'handling_seconds'),
    ('wrap_up_time', 'seconds', 'wrap_up_seconds'), ('hold_time', 'seconds', 'hold_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('agent', 'agent_id') }} as agent_name,
    {{ eight_by_eight.newest_name('team', 'team_id') }} as team_name
from loaded
where granularity in ({{ granularities }})
{%- endmacro %}
