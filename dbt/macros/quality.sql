{#- Shares that tell how far the records can be trusted: the rows that know, and the rows that could. -#}
{% macro quality_shares() -%}
    {{ return({
        'path_known': ("action_path <> 'not_known'", 'true'),
        'outcome_mapped': ("is_outcome_stated and action_path <> 'not_known'", 'is_outcome_stated'),
        'sanction_known': ("sanction <> 'not_known'", "action_path = 'formal'"),
        'sex_known': ("officer_sex <> 'unknown'", 'true'),
        'case_type_known': ("case_type <> 'unknown'", 'true'),
        'exit_route_known': ("exit_route <> 'unknown'", 'true'),
        'proceedings_known': ("has_proceedings <> 'not_known'", 'true'),
        'duration_known': (
            "days_to_outcome is not null and action_path not in ('live', 'not_known')",
            "action_path not in ('live', 'not_known')",
        ),
    }) }}
{%- endmacro %}
