-- One row per tenant and stream: how far it has been read, and when.
{%- set log = source('eight_by_eight', 'extractions') %}
{%- if execute and load_relation(log) is not none %}
select
    stream, tenant_id, max(timezone) as timezone,
    max(cast(read_at as timestamp)) as last_read_at,
    max(cast(end_time as timestamp)) as read_until, count(*) as ranges_read,
    sum(cast(row_count as bigint)) as rows_read
from {{ log }}
group by stream, tenant_id
{%- else %}
select
    cast(null as varchar) as stream, cast(null as varchar) as tenant_id,
    cast(null as varchar) as timezone,
    cast(null as timestamp) as last_read_at, cast(null as timestamp) as read_until,
    cast(null as bigint) as ranges_read, cast(null as bigint) as rows_read
where 1 = 0
{%- endif %}
