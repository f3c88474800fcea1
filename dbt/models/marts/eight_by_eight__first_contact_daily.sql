-- One row per tenant, local date and queue: first contacts, and how many were the last, too.
with summed as (
    select
        local_date, tenant_id, queue_id, queue_name,
        count(*) as first_contacts,
        cast(sum(case when is_resolved_at_first_contact then 1 else 0 end) as bigint) as resolved
    from {{ ref('eight_by_eight__interactions') }}
    where is_resolved_at_first_contact is not null
    group by local_date, tenant_id, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'queue_id', 'queue_name']) }} as first_contact_key,
    summed.*,
    {{ eight_by_eight.ratio('resolved', 'first_contacts') }} as first_contact_resolution
from summed
