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

{#- Those that one officer can meet with some allegations of the year and not with others. -#}
{% macro foi_questions_of_the_allegation() -%}
    {{ return(['proceedings', 'formal', 'informal', 'left_before_outcome', 'live']) }}
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

{#- Allegations of each question that an officer can meet with some and not with others, from rows of one officer. -#}
{% macro question_matches(columns='count') -%}
    {% for question in foi_questions_of_the_allegation() -%}
    {% if columns == 'count' -%}
    count(*) filter (where {{ foi_questions()[question] }}) as n_{{ question }}
    {%- else -%}
    cast(sum(n_{{ question }}) as bigint) as n_{{ question }}
    {%- endif %}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Allegations of each question. -#}
{% macro question_allegations() -%}
    {% for question, condition in foi_questions().items() -%}
    {{ count_where_known(condition, known_for(question)) }} as n_{{ question }}_allegations{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Officers with an allegation of each question, from rows of one officer and year each. -#}
{% macro question_officers() -%}
    {% for question, condition in foi_questions().items() -%}
    {% set met = 'n_' ~ question ~ ' > 0' if question in foi_questions_of_the_allegation() else condition -%}
    count(*) filter (where {{ met }}) as n_{{ question }}_officers{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Both units of each question: officers are empty unless `condition` holds, or where the allegations are. -#}
{% macro question_columns(condition) -%}
    {% for question in foi_questions() -%}
    n_{{ question }}_allegations,
    case when {{ condition }} and n_{{ question }}_allegations is not null then coalesce(n_{{ question }}_officers, 0) end
        as n_{{ question }}_officers{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
