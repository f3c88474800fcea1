with loaded as (
{{ eight_by_eight.current_rows('agent_status_codes', [
    ('agent', 'text'), ('agent_id', 'text'),
    ('status_code', 'text'), ('status_code_id', 'text'),
    ('status_code_count', 'count', 'times_chosen'),
    ('status_code_time', 'seconds', 'status_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('agent', 'agent_id') }} as agent_name,
    {{ eight_by_eight.newest_name('status_code', 'status_code_id') }} as status_code_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
