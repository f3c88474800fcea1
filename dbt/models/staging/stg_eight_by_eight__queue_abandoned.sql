with loaded as (
{{ eight_by_eight.current_rows('queue_abandoned', [
    ('queue', 'text'), ('queue_id', 'text'),
    ('short_abandoned', 'count')
]) }}
)

select * from loaded
where granularity in ('15m', '30m', 'hour', 'day')
