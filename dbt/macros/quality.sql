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

{#-
What the dimensions of the marts are read from: the columns of an extract, when an allegation tells, and which could. A
case to answer and the age of a live case follow from the outcome.
-#}
{% macro recorded_facts() -%}
    {{ return({
        'officer_key': (['officer_key'], 'officer_key is not null', 'true'),
        'officer_sex': (['sex'], "officer_sex <> 'unknown'", 'true'),
        'action_path': (outcome_chain(), "action_path <> 'not_known'", 'true'),
        'sanction': (outcome_chain(), "sanction <> 'not_known'", "action_path = 'formal'"),
        'case_to_answer': (outcome_chain(), "case_to_answer <> 'not_known'", 'true'),
        'live_age': (outcome_chain(), "live_age <> 'not_known'", 'is_live'),
        'has_proceedings': (['proceedings_type'], "has_proceedings <> 'not_known'", 'true'),
        'proceedings_type': (['proceedings_type'], 'proceedings_type is not null', "has_proceedings = 'yes'"),
        'case_type': (['case_type'], "case_type <> 'unknown'", 'true'),
        'exit_route': (['exit_route'], "exit_route <> 'unknown'", 'true'),
    }) }}
{%- endmacro %}
