-- One row per interaction; empty if detailed interactions are not loaded. A repeat is an inbound
-- interaction of a customer (by phone number, else e-mail address) who was in touch in the days before.
{%- set days = "interval '" ~ var("eight_by_eight__repeat_days", 7) ~ " days'" %}
with known as (
    select
        stg.*,
        coalesce(customer_phone, customer_email) as customer,
        is_inbound and coalesce(customer_phone, customer_email) is not null as can_repeat,
        max(created_at) over (partition by tenant_id) as known_until
    from {{ ref('stg_eight_by_eight__interactions') }} as stg
),

sequenced as (
    select
        known.*,
        case when can_repeat then
            lag(created_at) over (
                partition by tenant_id, customer, is_inbound order by created_at, row_id
            )
        end as previous_contact_at,
        case when can_repeat then
            lead(created_at) over (
                partition by tenant_id, customer, is_inbound order by created_at, row_id
            )
        end as next_contact_at
    from known
),

judged as (
    select
        sequenced.*,
        case when can_repeat then
            previous_contact_at is not null and created_at < previous_contact_at + {{ days }}
        end as is_repeat_contact
    from sequenced
)

select
    row_id, tenant_id, interaction_id, created_at, local_date, media, direction, channel, queue_id,
    queue_name, outcome, duration_seconds, queue_wait_seconds, previous_contact_at,
    next_contact_at, is_repeat_contact,
    case
        when not can_repeat or is_repeat_contact then null
        when next_contact_at < created_at + {{ days }} then false
        when known_until >= created_at + {{ days }} then true
    end as is_resolved_at_first_contact
from judged
