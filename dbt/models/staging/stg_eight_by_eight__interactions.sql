with loaded as (
{{ eight_by_eight.current_rows('interactions', [
    ('interaction_id', 'text'), ('creation_time', 'timestamp', 'created_at'),
    ('media_type', 'text', 'media'), ('direction', 'text'), ('channel_name', 'text', 'channel'),
    ('queue_name', 'text', 'queue'), ('queue_id', 'text'), ('outcome', 'text'),
    ('customer_phone', 'text'), ('customer_email', 'text'),
    ('interaction_duration', 'seconds', 'duration_seconds'),
    ('queue_wait_duration', 'seconds', 'queue_wait_seconds')
], buckets=false) }}
),

-- Without `include_participants` an interaction has a row for each who took part.
numbered as (
    select
        loaded.*,
        {{ eight_by_eight.newest_name('queue', 'queue_id') }} as queue_name,
        -- Searches say `inbound`, some data `InboundDir`.
        coalesce(lower(direction) like 'inbound%', false) as is_inbound,
        row_number() over (
            partition by tenant_id, coalesce(interaction_id, row_id), created_at order by row_id
        ) as place
    from loaded
)

select * from numbered where place = 1
