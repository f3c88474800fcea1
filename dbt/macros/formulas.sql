{#- What each measure is, in one place. Arguments are columns or sums; all times are seconds. -#}

{% macro ratio(part, whole) -%}
cast({{ part }} as double precision) / nullif({{ whole }}, 0)
{%- endmacro %}

{% macro service_level_offered() -%}
{{ eight_by_eight.ratio('accepted_in_time', 'offered') }}
{%- endmacro %}

{% macro service_level_answered() -%}
{{ eight_by_eight.ratio('accepted_in_time', 'accepted') }}
{%- endmacro %}

{% macro abandonment_rate() -%}
{{ eight_by_eight.ratio('abandoned', 'offered') }}
{%- endmacro %}

{% macro abandonment_rate_without_short() -%}
{{ eight_by_eight.ratio('(abandoned - short_abandoned)', '(offered - short_abandoned)') }}
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

{% macro transfer_rate() -%}
{{ eight_by_eight.ratio('transfers', 'accepted') }}
{%- endmacro %}

{#- The measures of a queue that can be added, and those that follow from them. -#}
{% macro queue_sums() -%}
    sum(offered) as offered,
    sum(accepted) as accepted,
    sum(accepted_in_time) as accepted_in_time,
    sum(abandoned) as abandoned,
    sum(diverted) as diverted,
    sum(answer_wait_seconds) as answer_wait_seconds,
    sum(handling_seconds) as handling_seconds,
    sum(wrap_up_seconds) as wrap_up_seconds,
    max(longest_wait_seconds) as longest_wait_seconds
{%- endmacro %}

{% macro queue_ratios() -%}
    {{ eight_by_eight.service_level_offered() }} as service_level_offered,
    {{ eight_by_eight.service_level_answered() }} as service_level_answered,
    {{ eight_by_eight.abandonment_rate() }} as abandonment_rate,
    {{ eight_by_eight.abandonment_rate_without_short() }} as abandonment_rate_without_short,
    {{ eight_by_eight.average_speed_of_answer() }} as average_speed_of_answer_seconds,
    {{ eight_by_eight.average_handle_time() }} as average_handle_time_seconds
{%- endmacro %}

{% macro agent_sums() -%}
    sum(presented) as presented,
    sum(accepted) as accepted,
    sum(rejected) as rejected,
    sum(transfers) as transfers,
    sum(handling_seconds) as handling_seconds,
    sum(wrap_up_seconds) as wrap_up_seconds,
    sum(hold_seconds) as hold_seconds,
    sum(logged_in_seconds) as logged_in_seconds,
    sum(busy_seconds) as busy_seconds,
    sum(available_seconds) as available_seconds,
    sum(break_seconds) as break_seconds,
    sum(offline_seconds) as offline_seconds
{%- endmacro %}

{% macro agent_ratios() -%}
    {{ eight_by_eight.average_handle_time() }} as average_handle_time_seconds,
    {{ eight_by_eight.transfer_rate() }} as transfer_rate,
    {{ eight_by_eight.occupancy() }} as occupancy
{%- endmacro %}
