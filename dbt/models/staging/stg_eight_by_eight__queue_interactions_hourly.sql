{{ eight_by_eight.staged_queues('queue_interactions_hourly', hourly=true) }}
