-- One row per tenant, local date, queue and wrap-up code: why customers were in touch.
with summed as (
    select
        local_date, tenant_id, queue_id, queue_name, wrap_up_code_id, wrap_up_code_name,
        wrap_up_code_list,
        {{ eight_by_eight.total('interactions') }},
        {{ eight_by_eight.seconds('processing_seconds') }}
    from {{ ref('stg_eight_by_eight__wrap_up_codes') }}
    group by
        local_date, tenant_id, queue_id, queue_name, wrap_up_code_id, wrap_up_code_name,
        wrap_up_code_list
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'queue_id', 'queue_name', 'wrap_up_code_id', 'wrap_up_code_name', 'wrap_up_code_list']) }} as wrap_up_key,
    summed.*,
    {{ eight_by_eight.ratio('processing_seconds', 'interactions') }} as average_processing_seconds
from summed
