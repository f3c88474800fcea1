-- One row per interaction; empty where detailed interactions are not loaded. A repeat is an inbound
-- interaction of a customer (by phone number, else e-mail address) who was in touch in the days before.
with known as (
    select
        stg.*,
        coalesce(customer_phone, customer_email) as customer,
        is_inbound and coalesce(customer_phone, customer_email) is not null as can_repeat
    from {{ ref('stg_eight_by_eight__interactions') }} as stg
),

sequenced as (
    select
        known.*,
        case when can_repeat then
            lag(created_at) over (
                partition by tenant_id, customer, is_inbound order by created_at, row_id
            )
        end as previous_contact_at
    from known
)

select
    row_id, tenant_id, interaction_id, created_at, local_date, media, direction, channel, queue_id,
    queue_name, outcome, duration_seconds, queue_wait_seconds, previous_contact_at,
    case when can_repeat then
        previous_contact_at is not null
        and created_at < previous_contact_at
            + interval '{{ var("eight_by_eight__repeat_days", 7) }} days'
    end as is_repeat_contact
from sequenced
