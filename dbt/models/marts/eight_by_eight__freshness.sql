-- One row per tenant and stream: how far it has been read, and when.
{%- set log = source('eight_by_eight', 'extractions') %}
{%- set is_loaded = execute and load_relation(log) is not none %}
{%- set has_tenants = is_loaded and 'tenant_id' in (adapter.get_columns_in_relation(log) | map(attribute='name') | map('lower') | list) %}
{%- if is_loaded %}
select
    cast(stream as varchar) as stream,
    cast({{ 'tenant_id' if has_tenants else 'null' }} as varchar) as tenant_id,
    cast(max(timezone) as varchar) as timezone,
    cast(max(read_at) as timestamp) as last_read_at,
    cast(max(end_time) as timestamp) as read_until, count(*) as ranges_read,
    cast(sum(row_count) as bigint) as rows_read
from {{ log }}
group by stream{{ ', tenant_id' if has_tenants }}
{%- else %}
select
    cast(null as varchar) as stream, cast(null as varchar) as tenant_id,
    cast(null as varchar) as timezone,
    cast(null as timestamp) as last_read_at, cast(null as timestamp) as read_until,
    cast(null as bigint) as ranges_read, cast(null as bigint) as rows_read
where 1 = 0
{%- endif %}
