-- One row per tenant and local date: all queues, and all agents, added up.
with queues as (
    select
        local_date, tenant_id,
        {{ eight_by_eight.queue_sums() }}
    from {{ ref('eight_by_eight__queue_daily') }}
    group by local_date, tenant_id
),

agents as (
    select
        local_date, tenant_id, count(*) as agents,
        sum(busy_seconds) as busy_seconds, sum(available_seconds) as available_seconds,
        sum(logged_in_seconds) as logged_in_seconds
    from {{ ref('eight_by_eight__agent_daily') }}
    group by local_date, tenant_id
),

joined as (
    select
        queues.*, agents.agents, agents.busy_seconds, agents.available_seconds,
        agents.logged_in_seconds
    from queues
    left join agents
        on agents.local_date = queues.local_date
        and coalesce(agents.tenant_id, '') = coalesce(queues.tenant_id, '')
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date']) }} as overview_day_key,
    joined.*,
    {{ eight_by_eight.queue_ratios() }},
    {{ eight_by_eight.occupancy() }} as occupancy
from joined
