-- One row per tenant, local date and queue.
with summed as (
    select
        local_date, tenant_id, queue_id, queue_name,
        max(media) as media,
        {{ eight_by_eight.queue_sums() }},
        max(read_at) as read_at
    from {{ ref('stg_eight_by_eight__queue_interactions') }}
    group by local_date, tenant_id, queue_id, queue_name
),

short as (
    select local_date, tenant_id, queue_id, sum(short_abandoned) as short_abandoned
    from {{ ref('stg_eight_by_eight__queue_abandoned') }}
    group by local_date, tenant_id, queue_id
),

joined as (
    select summed.*, short.short_abandoned
    from summed
    left join short
        on short.local_date = summed.local_date
        and coalesce(short.tenant_id, '') = coalesce(summed.tenant_id, '')
        and coalesce(short.queue_id, '~') = coalesce(summed.queue_id, '~')
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'queue_id', 'queue_name']) }} as queue_day_key,
    joined.*,
    {{ eight_by_eight.queue_ratios() }}
from joined
