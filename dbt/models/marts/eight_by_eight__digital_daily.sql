-- One row per tenant, local date, media, channel and queue: chat, e-mail and the like.
with summed as (
    select
        local_date, tenant_id, media, channel, queue_id, queue_name,
        {{ eight_by_eight.total('interactions') }},
        {{ eight_by_eight.total('replied_emails') }},
        {{ eight_by_eight.seconds('answer_wait_seconds') }},
        {{ eight_by_eight.seconds('handling_seconds') }},
        {{ eight_by_eight.seconds('wrap_up_seconds') }}
    from {{ ref('stg_eight_by_eight__digital_channels') }}
    group by local_date, tenant_id, media, channel, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'media', 'channel', 'queue_id', 'queue_name']) }} as digital_day_key,
    summed.*,
    {{ eight_by_eight.ratio('answer_wait_seconds', 'interactions') }} as average_speed_of_answer_seconds,
    {{ eight_by_eight.ratio('(handling_seconds + wrap_up_seconds)', 'interactions') }} as average_handle_time_seconds
from summed
