-- One row per tenant, local date and agent. An agent who was logged in and had no interaction has a
-- row too. What an agent did in several teams is added up; the team is that of the day.
with work as (
    select
        local_date, tenant_id, agent_id, agent_name,
        {{ eight_by_eight.in_one_bucket('presented') }},
        {{ eight_by_eight.work_sums() }}
    from {{ ref('stg_eight_by_eight__agent_interactions') }}
    group by local_date, tenant_id, agent_id, agent_name
),

presence as (
    select local_date, tenant_id, agent_id, agent_name, {{ eight_by_eight.presence_sums() }}
    from {{ ref('stg_eight_by_eight__agent_status') }}
    group by local_date, tenant_id, agent_id, agent_name
),

joined as (
    select
        coalesce(work.local_date, presence.local_date) as local_date,
        coalesce(work.tenant_id, presence.tenant_id) as tenant_id,
        coalesce(work.agent_id, presence.agent_id) as agent_id,
        coalesce(work.agent_name, presence.agent_name) as agent_name,
        case when work.local_date is null then 0 else presented end as presented,
        coalesce(accepted, 0) as accepted, coalesce(rejected, 0) as rejected,
        coalesce(transfers, 0) as transfers, coalesce(handling_seconds, 0) as handling_seconds,
        coalesce(wrap_up_seconds, 0) as wrap_up_seconds,
        coalesce(hold_seconds, 0) as hold_seconds,
        logged_in_seconds, busy_seconds, ringing_seconds, available_seconds, break_seconds,
        offline_seconds
    from work
    full outer join presence
        on {{ eight_by_eight.key_of(['work.tenant_id', 'work.local_date', 'work.agent_id']) }}
        = {{ eight_by_eight.key_of(['presence.tenant_id', 'presence.local_date', 'presence.agent_id']) }}
)

select
    {{ eight_by_eight.key_of(['joined.tenant_id', 'joined.local_date', 'joined.agent_id', 'joined.agent_name']) }} as agent_day_key,
    joined.*,
    team.team_id,
    team.team_name,
    {{ eight_by_eight.agent_ratios() }}
from joined
left join {{ ref('eight_by_eight__dim_agent') }} as team
    on {{ eight_by_eight.key_of(['team.tenant_id', 'team.agent_id', 'team.agent_name']) }}
    = {{ eight_by_eight.key_of(['joined.tenant_id', 'joined.agent_id', 'joined.agent_name']) }}
    and (team.is_first or team.valid_from <= joined.local_date)
    and (team.valid_to is null or team.valid_to > joined.local_date)
