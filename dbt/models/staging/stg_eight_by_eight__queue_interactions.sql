with loaded as (
{{ eight_by_eight.current_rows('queue_interactions', [
    ('media', 'text'), ('channel', 'text'), ('queue', 'text'), ('queue_id', 'text'),
    ('entered', 'count', 'offered'), ('accepted', 'count'),
    ('accepted_in_sla', 'count', 'accepted_in_time'), ('total_abandoned', 'count', 'abandoned'),
    ('diverted', 'count'), ('handling_time', 'seconds', 'handling_seconds'),
    ('wrap_up_time', 'seconds', 'wrap_up_seconds'),
    ('avg_wait_before_accepted_time', 'seconds', 'average_answer_wait_seconds'),
    ('longest_wait_time', 'seconds', 'longest_wait_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name,
    coalesce(average_answer_wait_seconds, 0) * accepted as answer_wait_seconds
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
