-- One row per date, from 2015 on: the calendar that every other model's local_date joins.
{%- set digits = "(select 0 as d union all select 1 union all select 2 union all select 3"
    ~ " union all select 4 union all select 5 union all select 6 union all select 7"
    ~ " union all select 8 union all select 9)" %}
with numbers as (
    select ones.d + 10 * tens.d + 100 * hundreds.d + 1000 * thousands.d as n
    from {{ digits }} as ones
    cross join {{ digits }} as tens
    cross join {{ digits }} as hundreds
    cross join {{ digits }} as thousands
),

dates as (
    select
        cast({{ dbt.dateadd('day', 'n', "cast('2015-01-01' as date)") }} as date) as local_date,
        -- 1 January 2015 was a Thursday.
        cast((n + 3) % 7 + 1 as integer) as iso_weekday
    from numbers
)

select
    local_date,
    cast(extract(year from local_date) as integer) as year,
    cast(extract(quarter from local_date) as integer) as quarter,
    cast(extract(month from local_date) as integer) as month,
    cast(date_trunc('month', local_date) as date) as month_start,
    cast({{ dbt.dateadd('day', '1 - iso_weekday', 'local_date') }} as date) as week_start,
    iso_weekday,
    case iso_weekday
        when 1 then 'Monday' when 2 then 'Tuesday' when 3 then 'Wednesday' when 4 then 'Thursday'
        when 5 then 'Friday' when 6 then 'Saturday' else 'Sunday'
    end as weekday_name,
    iso_weekday > 5 as is_weekend
from dates
