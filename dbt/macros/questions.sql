{#- The questions of the freedom of information requests, a to g, each as a condition on an allegation. -#}
{% macro foi_questions() -%}
    {{ return({
        'alleged': 'true',
        'proceedings': "has_proceedings = 'yes'",
        'formal': "action_path = 'formal'",
        'informal': "action_path = 'informal'",
        'left_before_outcome': "action_path = 'left_before_outcome'",
        'live': 'is_live',
        'men': "officer_sex = 'male'",
        'women': "officer_sex = 'female'",
        'sex_unknown': "officer_sex = 'unknown'",
    }) }}
{%- endmacro %}

{#- Rows that meet a condition; empty where `known` is false on all that it applies to, so that no zero answers for what is not recorded. -#}
{% macro count_where_known(condition, known) -%}
    case when coalesce(bool_or({{ known }}), true) then count(*) filter (where {{ condition }}) end
{%- endmacro %}

{#- What must be so on some row before a question has an answer; the others have one always. -#}
{% macro known_for(question) -%}
    {{ return({
        'proceedings': "has_proceedings <> 'not_known'",
        'sanctions': "sanction <> 'not_known'",
        'case_types': "case_type <> 'unknown'",
        'case_to_answer': "case_to_answer <> 'not_known'",
    }.get(question, 'true')) }}
{%- endmacro %}

{#- Kinds of proceedings, the two fast-track hearings together, each as a condition on an allegation. -#}
{% macro proceedings_kinds() -%}
    {{ return({
        'misconduct_meetings': "proceedings_type = 'misconduct_meeting'",
        'misconduct_hearings': "proceedings_type = 'misconduct_hearing'",
        'fast_track_hearings': "proceedings_type in ('special_case_hearing', 'accelerated_hearing')",
    }) }}
{%- endmacro %}

{#- Allegations of each question in a group of rows. -#}
{% macro question_matches() -%}
    {% for question, condition in foi_questions().items() -%}
    {{ count_where_known(condition, known_for(question)) }} as n_{{ question }}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Each question in both units, from rows of one officer each; rows without an officer id count as allegations only. -#}
{% macro question_counts() -%}
    {% for question in foi_questions() -%}
    cast(sum(n_{{ question }}) as bigint) as n_{{ question }}_allegations,
    case
        when count(n_{{ question }}) > 0 then count(officer_key) filter (where n_{{ question }} > 0)
    end as n_{{ question }}_officers{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The same columns, officers empty unless `condition` holds. -#}
{% macro question_columns(condition) -%}
    {% for question in foi_questions() -%}
    n_{{ question }}_allegations,
    case when {{ condition }} then n_{{ question }}_officers end as n_{{ question }}_officers
    {{- ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Whether officers are more than allegations under any question, which cannot be. -#}
{% macro more_officers_than_allegations() -%}
    {% for question in foi_questions() -%}
    n_{{ question }}_officers > n_{{ question }}_allegations{{ ' or ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
