{{ eight_by_eight.staged_queues('queue_interactions_hourly', "'15m', '30m', 'hour'") }}
