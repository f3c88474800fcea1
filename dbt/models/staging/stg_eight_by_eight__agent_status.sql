with loaded as (
{{ eight_by_eight.current_rows('agent_status', [
    ('agent', 'text'), ('agent_id', 'text'),
    ('logged_in_time', 'seconds', 'logged_in_seconds'), ('busy_time', 'seconds', 'busy_seconds'),
    ('offering_time', 'seconds', 'ringing_seconds'),
    ('available_time', 'seconds', 'available_seconds'),
    ('on_break_time', 'seconds', 'break_seconds'),
    ('working_offline_time', 'seconds', 'offline_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('agent', 'agent_id') }} as agent_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
