with loaded as (
{{ eight_by_eight.current_rows('agent_interactions', [
    ('group', 'text', 'team'), ('group_id', 'text', 'team_id'),
    ('agent', 'text'), ('agent_id', 'text'),
    ('presented', 'count'), ('accepted', 'count'), ('rejected', 'count'),
    ('transfers_initiated', 'count', 'transfers'),
    ('handling_time', 'seconds', 'handling_seconds'),
    ('wrap_up_time', 'seconds', 'wrap_up_seconds'), ('hold_time', 'seconds', 'hold_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('agent', 'agent_id') }} as agent_name,
    {{ eight_by_eight.newest_name('team', 'team_id') }} as team_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
