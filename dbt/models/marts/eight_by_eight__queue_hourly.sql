-- One row per tenant, local date, hour of the clock and queue.
with summed as (
    select
        local_date, local_hour, tenant_id, queue_id, queue_name,
        max(media) as media,
        {{ eight_by_eight.queue_sums() }},
        {{ eight_by_eight.queue_states() }},
        cast(null as bigint) as short_abandoned,
        max(read_at) as read_at
    from {{ ref('eight_by_eight__queue_interval') }}
    group by local_date, local_hour, tenant_id, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'local_hour', 'queue_id', 'queue_name']) }} as queue_hour_key,
    summed.*,
    {{ eight_by_eight.queue_ratios() }}
from summed
