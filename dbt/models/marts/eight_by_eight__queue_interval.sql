-- One row per tenant, interval and queue, as long as the intervals that are loaded.
with named as (
    select kept.*, {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name
    from {{ ref('int_eight_by_eight__queue_intervals') }} as kept
),

summed as (
    select
        start_time, end_time, local_date, local_hour, granularity, timezone, tenant_id, queue_id,
        queue_name,
        max(media) as media,
        {{ eight_by_eight.queue_sums() }},
        {{ eight_by_eight.queue_states() }},
        cast(null as bigint) as short_abandoned,
        max(read_at) as read_at
    from named
    group by
        start_time, end_time, local_date, local_hour, granularity, timezone, tenant_id, queue_id,
        queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'start_time', 'granularity', 'queue_id', 'queue_name']) }} as queue_interval_key,
    summed.*,
    {{ eight_by_eight.queue_ratios() }}
from summed
