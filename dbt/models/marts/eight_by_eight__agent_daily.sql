-- One row per tenant, local date and agent. An agent who was logged in and had no interaction has a
-- row too. What an agent did in several teams is added up; the team is the one with most of it.
with work as (
    select
        local_date, tenant_id, agent_id, agent_name,
        sum(presented) as presented, sum(accepted) as accepted, sum(rejected) as rejected,
        sum(transfers) as transfers, sum(handling_seconds) as handling_seconds,
        sum(wrap_up_seconds) as wrap_up_seconds, sum(hold_seconds) as hold_seconds
    from {{ ref('stg_eight_by_eight__agent_interactions') }}
    group by local_date, tenant_id, agent_id, agent_name
),

presence as (
    select
        local_date, tenant_id, agent_id, agent_name,
        sum(logged_in_seconds) as logged_in_seconds, sum(busy_seconds) as busy_seconds,
        sum(available_seconds) as available_seconds, sum(break_seconds) as break_seconds,
        sum(offline_seconds) as offline_seconds
    from {{ ref('stg_eight_by_eight__agent_status') }}
    group by local_date, tenant_id, agent_id, agent_name
),

ranked as (
    select
        tenant_id, agent_id, team_id, team_name,
        row_number() over (
            partition by tenant_id, agent_id
            order by max(local_date) desc, sum(presented) desc, team_id
        ) as place
    from {{ ref('stg_eight_by_eight__agent_interactions') }}
    group by tenant_id, agent_id, team_id, team_name
),

joined as (
    select
        coalesce(work.local_date, presence.local_date) as local_date,
        coalesce(work.tenant_id, presence.tenant_id) as tenant_id,
        coalesce(work.agent_id, presence.agent_id) as agent_id,
        coalesce(work.agent_name, presence.agent_name) as agent_name,
        coalesce(presented, 0) as presented, coalesce(accepted, 0) as accepted,
        coalesce(rejected, 0) as rejected, coalesce(transfers, 0) as transfers,
        coalesce(handling_seconds, 0) as handling_seconds,
        coalesce(wrap_up_seconds, 0) as wrap_up_seconds,
        coalesce(hold_seconds, 0) as hold_seconds,
        logged_in_seconds, busy_seconds, available_seconds, break_seconds, offline_seconds
    from work
    full outer join presence
        on {{ eight_by_eight.key_of(['work.tenant_id', 'work.local_date', 'work.agent_id']) }}
        = {{ eight_by_eight.key_of(['presence.tenant_id', 'presence.local_date', 'presence.agent_id']) }}
)

select
    {{ eight_by_eight.key_of(['joined.tenant_id', 'joined.local_date', 'joined.agent_id', 'joined.agent_name']) }} as agent_day_key,
    joined.*,
    ranked.team_id,
    ranked.team_name,
    {{ eight_by_eight.agent_ratios() }}
from joined
left join ranked
    on ranked.place = 1
    and {{ eight_by_eight.key_of(['ranked.tenant_id', 'ranked.agent_id']) }}
    = {{ eight_by_eight.key_of(['joined.tenant_id', 'joined.agent_id']) }}
