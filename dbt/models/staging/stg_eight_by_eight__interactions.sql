{{ eight_by_eight.current_rows('interactions', [
    ('interaction_id', 'text'), ('creation_time', 'timestamp', 'created_at'),
    ('media_type', 'text', 'media'), ('direction', 'text'), ('channel_name', 'text', 'channel'),
    ('queue_name', 'text', 'queue'), ('queue_id', 'text'), ('outcome', 'text'),
    ('customer_phone', 'text'), ('customer_email', 'text'),
    ('interaction_duration', 'seconds', 'duration_seconds'),
    ('queue_wait_duration', 'seconds', 'queue_wait_seconds')
], buckets=false) }}
