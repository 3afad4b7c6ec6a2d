{#-
The data-quality rules on one coded row, as a list of the codes that it breaks. `mapped_sanction` is the sanction that the
label stands for; the label rules (R2, R3, R8) come from the code list, and so do the dates of a label (R9). R6, the sums, is tested on the marts.
-#}
{% macro broken_rules() -%}
    list_distinct(list_filter(
        [
            case when {{ breaks_wbd_dates() }} then 'R1' end,
            sanction_rule,
            action_rule,
            result_rule,
            case when {{ breaks_meeting_powers() }} then 'R4' end,
            case when {{ breaks_leaving_consent() }} then 'R5' end,
            case when {{ breaks_order_of_dates() }} then 'R7' end,
            case when is_label_out_of_date then 'R9' end,
            case when {{ breaks_day_of_extract() }} then 'R10' end
        ],
        rule -> rule in ('R1', 'R2', 'R3', 'R4', 'R5', 'R7', 'R8', 'R9', 'R10')
    ))
{%- endmacro %}

{#- Conduct regulations as amended in 2017: former officers. A missing date or severity does not meet the condition. -#}
{% macro breaks_wbd_dates() -%}
    mapped_sanction = 'would_have_been_dismissed' and not coalesce(
        outcome_on >= date '2017-12-15'
        and left_on >= date '2017-12-15'
        and regime_on > date '2012-11-21'
        and severity = 'gross_misconduct',
        false
    )
{%- endmacro %}

{% macro breaks_meeting_powers() -%}
    proceedings_type = 'misconduct_meeting' and mapped_sanction in (
        'dismissal_with_notice', 'dismissal_without_notice', 'would_have_been_dismissed', 'reduction_in_rank'
    )
{%- endmacro %}

{#- Between these days an officer could not leave without consent where dismissal was possible. -#}
{% macro breaks_leaving_consent() -%}
    severity = 'gross_misconduct'
    and exit_route <> 'dismissed'
    and left_on between date '2015-01-12' and date '2017-12-14'
    and left_on >= regime_on
    and left_on <= coalesce(outcome_on, left_on)
{%- endmacro %}

{% macro breaks_order_of_dates() -%}
    outcome_on < recorded_on or (outcome_on is not null and mapped_path = 'live')
{%- endmacro %}

{#- Of what had not come on its day an extract can tell no more than that it is planned; greatest() passes over missing days. -#}
{% macro breaks_day_of_extract() -%}
    greatest(known_on, recorded_on, outcome_on, left_on) > as_at
{%- endmacro %}
