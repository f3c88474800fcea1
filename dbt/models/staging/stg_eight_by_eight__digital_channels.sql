with loaded as (
{{ eight_by_eight.current_rows('digital_channels', [
    ('media', 'text'), ('channel', 'text'), ('queue', 'text'), ('queue_id', 'text'),
    ('count_of_interactions', 'count', 'interactions'),
    ('number_of_replied_emails', 'count', 'replied_emails'),
    ('queue_wait_duration', 'seconds', 'answer_wait_seconds'),
    ('handling_duration', 'seconds', 'handling_seconds'),
    ('wrap_up_duration', 'seconds', 'wrap_up_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
