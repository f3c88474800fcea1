-- One row per queue, under its newest name.
with seen as (
    select tenant_id, queue_id, queue_name, media, local_date
    from {{ ref('eight_by_eight__queue_daily') }}
    union all
    select tenant_id, queue_id, queue_name, media, local_date
    from {{ ref('eight_by_eight__queue_interval') }}
),

ranked as (
    select
        seen.*,
        row_number() over (
            partition by tenant_id, queue_id, case when queue_id is null then queue_name end
            order by local_date desc, queue_name
        ) as place,
        min(local_date) over (
            partition by tenant_id, queue_id, case when queue_id is null then queue_name end
        ) as first_seen
    from seen
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'queue_id', 'case when queue_id is null then queue_name end']) }} as queue_key,
    tenant_id, queue_id, queue_name, media, first_seen, local_date as last_seen
from ranked
where place = 1
