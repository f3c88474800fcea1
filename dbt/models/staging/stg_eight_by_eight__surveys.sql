with loaded as (
{{ eight_by_eight.current_rows('surveys', [
    ('survey', 'text'), ('survey_id', 'text'), ('queue', 'text'), ('queue_id', 'text'),
    ('offered', 'count'), ('started', 'count'), ('completed', 'count'),
    ('achievable_score', 'number'), ('actual_score', 'number')
]) }}
)

select
    loaded.*,
    {{ eight_by_eight.newest_name('survey', 'survey_id') }} as survey_name,
    {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name
from loaded
where granularity in ('15m', '30m', 'hour', 'day')
