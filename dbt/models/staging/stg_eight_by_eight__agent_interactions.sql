{{ eight_by_eight.staged_agents('agent_interactions', "'15m', '30m', 'hour', 'day'") }}
