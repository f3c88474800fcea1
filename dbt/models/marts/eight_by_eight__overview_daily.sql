-- One row per tenant and local date: all queues, and all agents, added up.
{%- set queue_counts = ['entered', 'carried_over', 'service_level_base', 'still_in_time',
                        'short_abandoned'] %}
with queues as (
    select
        local_date, tenant_id,
        {{ eight_by_eight.queue_sums() }}
        {%- for count in queue_counts %},
        {{ eight_by_eight.total(count) }}
        {%- endfor %}
    from {{ ref('eight_by_eight__queue_daily') }}
    group by local_date, tenant_id
),

agents as (
    select local_date, tenant_id, count(*) as agents, {{ eight_by_eight.presence_sums() }}
    from {{ ref('eight_by_eight__agent_daily') }}
    group by local_date, tenant_id
),

-- A day on which nothing came has a row too, if anybody waited for it.
joined as (
    select
        coalesce(queues.local_date, agents.local_date) as local_date,
        coalesce(queues.tenant_id, agents.tenant_id) as tenant_id,
        {%- for count in ['offered', 'accepted', 'accepted_in_time', 'abandoned', 'diverted'] %}
        coalesce(queues.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(queues.offered_is_entered, false) as offered_is_entered,
        {%- for count in queue_counts %}
        queues.{{ count }},
        {%- endfor %}
        queues.answer_wait_seconds, queues.handling_seconds, queues.wrap_up_seconds,
        queues.longest_wait_seconds, agents.agents, agents.busy_seconds, agents.ringing_seconds,
        agents.available_seconds, agents.logged_in_seconds
    from queues
    full outer join agents
        on {{ eight_by_eight.key_of(['queues.tenant_id', 'queues.local_date']) }}
        = {{ eight_by_eight.key_of(['agents.tenant_id', 'agents.local_date']) }}
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date']) }} as overview_day_key,
    joined.*,
    {{ eight_by_eight.queue_ratios() }},
    {{ eight_by_eight.occupancy() }} as occupancy,
    {{ eight_by_eight.occupancy_without_ringing() }} as occupancy_without_ringing
from joined
