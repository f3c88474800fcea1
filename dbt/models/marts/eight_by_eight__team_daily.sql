-- One row per tenant, local date and team: its agents' days added up.
with summed as (
    select
        local_date, tenant_id, team_id, team_name,
        count(*) as agents,
        {{ eight_by_eight.total('presented') }},
        {{ eight_by_eight.work_sums() }},
        {{ eight_by_eight.presence_sums() }}
    from {{ ref('eight_by_eight__agent_daily') }}
    group by local_date, tenant_id, team_id, team_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'team_id', 'team_name']) }} as team_day_key,
    summed.*,
    {{ eight_by_eight.agent_ratios() }}
from summed
