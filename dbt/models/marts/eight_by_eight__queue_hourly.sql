-- One row per tenant, local date, local hour and queue; empty where no hourly report is loaded.
with summed as (
    select
        local_date, local_hour, tenant_id, queue_id, queue_name,
        max(media) as media,
        {{ eight_by_eight.queue_sums() }},
        cast(null as bigint) as short_abandoned,
        max(read_at) as read_at
    from {{ ref('stg_eight_by_eight__queue_interactions_hourly') }}
    group by local_date, local_hour, tenant_id, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'local_hour', 'queue_id', 'queue_name']) }} as queue_hour_key,
    summed.*,
    {{ eight_by_eight.queue_ratios() }}
from summed
