{{ eight_by_eight.staged_agents('agent_interactions_hourly', "'15m', '30m', 'hour'") }}
