-- One row per tenant, local date, agent and status code: where the time away from work went.
with summed as (
    select
        local_date, tenant_id, agent_id, agent_name, status_code_id, status_code_name,
        {{ eight_by_eight.total('times_chosen') }},
        {{ eight_by_eight.seconds('status_seconds') }}
    from {{ ref('stg_eight_by_eight__agent_status_codes') }}
    group by local_date, tenant_id, agent_id, agent_name, status_code_id, status_code_name
)

select
    {{ eight_by_eight.key_of(['summed.tenant_id', 'summed.local_date', 'summed.agent_id', 'summed.agent_name', 'summed.status_code_id', 'summed.status_code_name']) }} as agent_status_key,
    summed.*,
    {{ eight_by_eight.ratio('summed.status_seconds', 'days.logged_in_seconds') }} as share_of_logged_in
from summed
left join {{ ref('eight_by_eight__agent_daily') }} as days
    on days.agent_day_key
    = {{ eight_by_eight.key_of(['summed.tenant_id', 'summed.local_date', 'summed.agent_id', 'summed.agent_name']) }}
