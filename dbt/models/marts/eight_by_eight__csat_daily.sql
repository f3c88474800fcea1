-- One row per tenant, local date, survey and queue: what customers said after the call.
with summed as (
    select
        local_date, tenant_id, survey_id, survey_name, queue_id, queue_name,
        {{ eight_by_eight.total('offered') }},
        {{ eight_by_eight.total('started') }},
        {{ eight_by_eight.total('completed') }},
        cast(sum(achievable_score) as double precision) as achievable_score,
        cast(sum(actual_score) as double precision) as actual_score
    from {{ ref('stg_eight_by_eight__surveys') }}
    group by local_date, tenant_id, survey_id, survey_name, queue_id, queue_name
)

select
    {{ eight_by_eight.key_of(['tenant_id', 'local_date', 'survey_id', 'survey_name', 'queue_id', 'queue_name']) }} as csat_day_key,
    summed.*,
    {{ eight_by_eight.ratio('actual_score', 'achievable_score') }} as csat,
    {{ eight_by_eight.ratio('started', 'offered') }} as response_rate
from summed
