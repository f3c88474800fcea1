-- Queues by interval, kept: a later build works out only what was read since, by local date.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{{ eight_by_eight.forget_read_again('queue_interactions_hourly') }}"
) }}
select *
from {{ ref('stg_eight_by_eight__queue_interactions_hourly') }}
{%- if is_incremental() %}
where local_date >= '{{ eight_by_eight.read_again_from("queue_interactions_hourly") }}'
{%- endif %}
