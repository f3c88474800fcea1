-- One row per tenant, local date, local hour and queue; empty where no hourly report is loaded.
with summed as (
    select
        local_date, local_hour, tenant_id, queue_id, queue_name,
        max(media) as media,
        sum(offered) as offered, sum(accepted) as accepted,
        sum(accepted_in_time) as accepted_in_time, sum(abandoned) as abandoned,
        cast(null as bigint) as short_abandoned, sum(diverted) as diverted,
        sum(answer_wait_seconds) as answer_wait_seconds,
        sum(handling_seconds) as handling_seconds, sum(wrap_up_seconds) as wrap_up_seconds,
        max(longest_wait_seconds) as longest_wait_seconds, max(read_at) as read_at
    from {{ ref('stg_eight_by_eight__queue_interactions_hourly') }}
    group by local_date, local_hour, tenant_id, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'local_hour', 'queue_id', 'queue_name']) }} as queue_hour_key,
    summed.*,
    {{ eight_by_eight.queue_ratios() }}
from summed
