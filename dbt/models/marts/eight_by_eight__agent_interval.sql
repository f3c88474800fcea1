-- One row per tenant, interval and agent, as long as the intervals that are loaded.
with summed as (
    select
        start_time, end_time, local_date, granularity, timezone, tenant_id, agent_id, agent_name,
        {{ eight_by_eight.in_one_bucket('presented') }},
        {{ eight_by_eight.work_sums() }},
        max(read_at) as read_at
    from {{ ref('stg_eight_by_eight__agent_interactions_hourly') }}
    group by
        start_time, end_time, local_date, granularity, timezone, tenant_id, agent_id, agent_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'start_time', 'granularity', 'agent_id', 'agent_name']) }} as agent_interval_key,
    summed.*,
    {{ eight_by_eight.average_handle_time() }} as average_handle_time_seconds,
    {{ eight_by_eight.transfer_rate() }} as transfer_rate
from summed
