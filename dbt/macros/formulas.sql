{#- What each measure is, in one place. Arguments are columns or sums; all times are seconds. -#}

{% macro ratio(part, whole) -%}
cast({{ part }} as double precision) / nullif({{ whole }}, 0)
{%- endmacro %}

{#- What 8x8 divides by, of a row that has its percentage: entered - short abandoned - those who may
    still be in time. A row in which nobody was answered in time doesn't give it away: entered. -#}
{% macro service_level_base() -%}
cast(case
    when accepted_in_time > 0 and sla_percentage > 0
        then round(100.0 * accepted_in_time / sla_percentage)
    else entered
end as bigint)
{%- endmacro %}

{% macro service_level() -%}
{{ eight_by_eight.ratio('accepted_in_time', 'service_level_base') }}
{%- endmacro %}

{% macro industry_base() -%}
(accepted + abandoned - coalesce(short_abandoned, 0))
{%- endmacro %}

{% macro service_level_industry() -%}
{{ eight_by_eight.ratio('accepted_in_time', eight_by_eight.industry_base()) }}
{%- endmacro %}

{% macro answered_in_sla() -%}
{{ eight_by_eight.ratio('accepted_in_time', 'accepted') }}
{%- endmacro %}

{% macro headline_name() -%}
{%- set name = var('eight_by_eight__headline', 'service_level') -%}
{%- if name not in ('service_level', 'service_level_industry', 'answered_in_sla') -%}
    {{ exceptions.raise_compiler_error(
        "eight_by_eight__headline is " ~ name
        ~ "; it can be service_level, service_level_industry or answered_in_sla") }}
{%- endif -%}
{{ name }}
{%- endmacro %}

{% macro headline_base() -%}
{{ {'service_level': 'service_level_base',
    'service_level_industry': eight_by_eight.industry_base(),
    'answered_in_sla': 'accepted'}[eight_by_eight.headline_name()] }}
{%- endmacro %}

{% macro abandonment_rate() -%}
{{ eight_by_eight.ratio('abandoned', '(accepted + abandoned + diverted)') }}
{%- endmacro %}

{% macro abandonment_rate_without_short() -%}
{{ eight_by_eight.ratio('(abandoned - short_abandoned)',
                        '(accepted + abandoned + diverted - short_abandoned)') }}
{%- endmacro %}

{% macro average_speed_of_answer() -%}
{{ eight_by_eight.ratio('answer_wait_seconds', 'accepted') }}
{%- endmacro %}

{% macro average_handle_time() -%}
{{ eight_by_eight.ratio('(handling_seconds + wrap_up_seconds)', 'accepted') }}
{%- endmacro %}

{% macro occupancy() -%}
{{ eight_by_eight.ratio('busy_seconds', '(busy_seconds + available_seconds)') }}
{%- endmacro %}

{% macro occupancy_without_ringing() -%}
{{ eight_by_eight.ratio('(busy_seconds - ringing_seconds)', '(busy_seconds + available_seconds)') }}
{%- endmacro %}

{% macro shrinkage() -%}
{{ eight_by_eight.ratio('(break_seconds + offline_seconds)', 'logged_in_seconds') }}
{%- endmacro %}

{% macro transfer_rate() -%}
{{ eight_by_eight.ratio('transfers', 'accepted') }}
{%- endmacro %}

{#- Sums that have the same type in every warehouse. -#}
{% macro total(column) -%}
cast(sum({{ column }}) as bigint) as {{ column }}
{%- endmacro %}

{% macro seconds(column) -%}
cast(sum({{ column }}) as double precision) as {{ column }}
{%- endmacro %}

{#- What can be added up over groups but not over time: null unless all rows are of one bucket. -#}
{% macro in_one_bucket(column) -%}
cast(case when min(start_time) = max(start_time) then sum({{ column }}) end as bigint) as {{ column }}
{%- endmacro %}

{#- The measures of a queue that can be added up over time. -#}
{% macro queue_sums() -%}
    {{ eight_by_eight.total('offered') }},
    {{ eight_by_eight.total('accepted') }},
    {{ eight_by_eight.total('accepted_in_time') }},
    {{ eight_by_eight.total('abandoned') }},
    {{ eight_by_eight.total('diverted') }},
    {{ eight_by_eight.seconds('answer_wait_seconds') }},
    {{ eight_by_eight.seconds('handling_seconds') }},
    {{ eight_by_eight.seconds('wrap_up_seconds') }},
    cast(max(longest_wait_seconds) as double precision) as longest_wait_seconds,
    max(case when offered_is_entered then 1 else 0 end) = 1 as offered_is_entered
{%- endmacro %}

{#- Those of one bucket only. -#}
{% macro queue_states() -%}
    {{ eight_by_eight.in_one_bucket('entered') }},
    {{ eight_by_eight.in_one_bucket('carried_over') }},
    {{ eight_by_eight.in_one_bucket('service_level_base') }}
{%- endmacro %}

{% macro queue_ratios() -%}
    {{ eight_by_eight.service_level() }} as service_level,
    {{ eight_by_eight.service_level_industry() }} as service_level_industry,
    {{ eight_by_eight.answered_in_sla() }} as answered_in_sla,
    {{ eight_by_eight.ratio('accepted_in_time', eight_by_eight.headline_base()) }} as headline_service_level,
    cast({{ eight_by_eight.headline_base() }} as bigint) as headline_service_level_base,
    cast('{{ eight_by_eight.headline_name() }}' as varchar) as headline_service_level_name,
    {{ eight_by_eight.abandonment_rate() }} as abandonment_rate,
    {{ eight_by_eight.abandonment_rate_without_short() }} as abandonment_rate_without_short,
    {{ eight_by_eight.average_speed_of_answer() }} as average_speed_of_answer_seconds,
    {{ eight_by_eight.average_handle_time() }} as average_handle_time_seconds
{%- endmacro %}

{% macro work_sums() -%}
    {{ eight_by_eight.total('accepted') }},
    {{ eight_by_eight.total('rejected') }},
    {{ eight_by_eight.total('transfers') }},
    {{ eight_by_eight.seconds('handling_seconds') }},
    {{ eight_by_eight.seconds('wrap_up_seconds') }},
    {{ eight_by_eight.seconds('hold_seconds') }}
{%- endmacro %}

{% macro presence_sums() -%}
    {{ eight_by_eight.seconds('logged_in_seconds') }},
    {{ eight_by_eight.seconds('busy_seconds') }},
    {{ eight_by_eight.seconds('ringing_seconds') }},
    {{ eight_by_eight.seconds('available_seconds') }},
    {{ eight_by_eight.seconds('break_seconds') }},
    {{ eight_by_eight.seconds('offline_seconds') }}
{%- endmacro %}

{% macro agent_ratios() -%}
    {{ eight_by_eight.average_handle_time() }} as average_handle_time_seconds,
    {{ eight_by_eight.transfer_rate() }} as transfer_rate,
    {{ eight_by_eight.occupancy() }} as occupancy,
    {{ eight_by_eight.occupancy_without_ringing() }} as occupancy_without_ringing,
    {{ eight_by_eight.shrinkage() }} as shrinkage
{%- endmacro %}
