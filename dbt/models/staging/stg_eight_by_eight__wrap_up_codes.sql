with loaded as (
{{ eight_by_eight.current_rows('wrap_up_codes', [
    ('queue', 'text'), ('queue_id', 'text'),
    ('wrap_up_code', 'text'), ('wrap_up_code_id', 'text'), ('wrap_up_code_list', 'text'),
    ('transaction_code_count', 'count', 'interactions'),
    ('transaction_code_time', 'seconds', 'processing_seconds')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name,
    {{ eight_by_eight.newest_name('wrap_up_code', 'wrap_up_code_id') }} as wrap_up_code_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
