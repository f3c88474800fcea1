-- One row per agent and stretch of days in one team: whoever changes teams has several.
with days as (
    select
        tenant_id, agent_id, agent_name, local_date, team_id, team_name,
        row_number() over (
            partition by tenant_id, agent_id, agent_name, local_date
            order by sum(accepted) desc, team_id
        ) as place
    from {{ ref('stg_eight_by_eight__agent_interactions') }}
    group by tenant_id, agent_id, agent_name, local_date, team_id, team_name
),

compared as (
    select
        days.*,
        lag(coalesce(team_id, '~')) over (
            partition by tenant_id, agent_id, agent_name order by local_date
        ) as team_before
    from days
    where place = 1
),

starts as (
    select
        tenant_id, agent_id, agent_name, team_id, team_name, local_date as valid_from,
        lead(local_date) over (
            partition by tenant_id, agent_id, agent_name order by local_date
        ) as valid_to,
        team_before is null as is_first
    from compared
    where team_before is null or team_before <> coalesce(team_id, '~')
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'agent_id', 'agent_name', 'valid_from']) }} as agent_team_key,
    starts.*,
    valid_to is null as is_current
from starts
