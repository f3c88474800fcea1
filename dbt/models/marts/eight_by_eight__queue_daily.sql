-- One row per tenant, local date and queue.
with summed as (
    select
        local_date, tenant_id, queue_id, queue_name,
        max(media) as media,
        {{ eight_by_eight.queue_sums() }},
        {{ eight_by_eight.queue_states() }},
        max(read_at) as read_at
    from {{ ref('stg_eight_by_eight__queue_interactions') }}
    group by local_date, tenant_id, queue_id, queue_name
),

short as (
    select local_date, tenant_id, queue_id, {{ eight_by_eight.total('short_abandoned') }}
    from {{ ref('stg_eight_by_eight__queue_abandoned') }}
    group by local_date, tenant_id, queue_id
),

joined as (
    select
        summed.local_date, summed.tenant_id, summed.queue_id, summed.queue_name, summed.media,
        summed.offered, summed.offered_is_entered, summed.accepted, summed.accepted_in_time,
        summed.abandoned, short.short_abandoned, summed.diverted, summed.entered,
        summed.carried_over,
        -- Where 8x8's percentage doesn't give the base away, short abandons are left out here.
        least(
            summed.service_level_base, summed.entered - coalesce(short.short_abandoned, 0)
        ) as service_level_base,
        summed.answer_wait_seconds, summed.handling_seconds, summed.wrap_up_seconds,
        summed.longest_wait_seconds, summed.read_at
    from summed
    left join short
        on short.local_date = summed.local_date
        and coalesce(short.tenant_id, '') = coalesce(summed.tenant_id, '')
        and coalesce(short.queue_id, '~') = coalesce(summed.queue_id, '~')
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'queue_id', 'queue_name']) }} as queue_day_key,
    joined.*,
    entered - short_abandoned - service_level_base as still_in_time,
    {{ eight_by_eight.queue_ratios() }}
from joined
