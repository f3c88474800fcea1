with staged as (
{{ eight_by_eight.staged_queues('queue_interactions', "'15m', '30m', 'hour', 'day'") }}
)

select staged.*, {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name
from staged
