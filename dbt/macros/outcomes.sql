{#- The extract columns that can hold an outcome label, the one that decides first. -#}
{% macro outcome_chain() -%}
    {{ return(['sanction', 'action', 'result']) }}
{%- endmacro %}

{#- The first label of the chain that says something; a leaver's label gives way to a finding beside it. -#}
{% macro deciding_outcome() -%}
    case
        when coalesce({{ outcome_chain() | join('_outcome, ') }}_outcome).path = 'left_before_outcome'
            then coalesce(
                {% for column in outcome_chain() -%}
                case when {{ column }}_outcome.path in ('formal', 'informal', 'no_action') then {{ column }}_outcome end,
                {% endfor -%}
                {{ outcome_chain() | join('_outcome, ') }}_outcome
            )
        else coalesce({{ outcome_chain() | join('_outcome, ') }}_outcome)
    end
{%- endmacro %}

{#- The spelling that says how an officer left, where a label of the chain does. -#}
{% macro leaver_label() -%}
    coalesce(
        {% for column in outcome_chain() -%}
        case when {{ column }}_outcome.path = 'left_before_outcome' then {{ column }}_label end,
        {% endfor -%}
        null
    )
{%- endmacro %}

{#- The paths of an officer's year, the most serious first; formal is a route, so it stands above all results. -#}
{% macro paths_by_weight() -%}
    {{ return([
        'formal', 'left_before_outcome', 'informal', 'live', 'no_action', 'not_investigated', 'not_known'
    ]) }}
{%- endmacro %}

{% macro path_rank(column) -%}
    list_position({{ paths_by_weight() }}, {{ column }})
{%- endmacro %}

{% macro path_of_rank(rank) -%}
    {{ paths_by_weight() }}[{{ rank }}]
{%- endmacro %}

{#- For each column of the chain, its label as listed, its outcome, how far the matter had got by it, and the rule that it breaks. -#}
{% macro label_columns() -%}
    {% for column in outcome_chain() -%}
    {{ column }}_label.label as {{ column }}_label,
    {{ column }}_label.outcome as {{ column }}_outcome,
    {{ column }}_label.stage_reached as {{ column }}_stage,
    {{ column }}_label.rule as {{ column }}_rule{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What only the steps of the classification need. -#}
{% macro working_columns() -%}
    {% for column in outcome_chain() -%}
    {{ column }},
    {{ column }}_label,
    {{ column }}_outcome,
    {{ column }}_stage,
    {{ column }}_rule,
    {% endfor -%}
    outcome,
    leaver_label,
    mapped_path,
    mapped_sanction,
    stages,
    is_referred,
    is_leaver,
    missing_columns,
    is_label_out_of_date
{%- endmacro %}

{#- How far the matter had got, as the labels that decide nothing tell it. -#}
{% macro stages_told() -%}
    list_filter([{{ outcome_chain() | join('_stage, ') }}_stage], stage -> stage is not null)
{%- endmacro %}

{#-
The route. A leaver who had been referred, or stood under a finding, stays formal; words that tell of formal action or of
a finding are formal where no label decides.
-#}
{% macro route() -%}
    case
        when is_leaver and is_referred then 'formal'
        when outcome is null and list_has_any(stages, ['formal', 'found']) then 'formal'
        else coalesce(outcome.path, 'not_known')
    end
{%- endmacro %}

{#- Where leaving stands among referral and finding; empty where the officer had not left or the dates do not tell. -#}
{% macro left_when() -%}
    case
        when staged.action_path = 'left_before_outcome' then 'before_referral'
        when staged.sanction = 'left_before_finding' then 'before_finding'
        when staged.action_path = 'live' then null
        when staged.left_on < staged.outcome_on then 'before_finding'
        when staged.left_on >= staged.outcome_on then 'after_finding'
    end
{%- endmacro %}

{#-
Whether the investigation found a case to answer: in words, or because proceedings need one and no action means none.
Open while nothing is decided; other law does not know the question.
-#}
{% macro case_to_answer() -%}
    case
        when regime = 'none' then 'not_known'
        when len(stages) > 0 then 'yes'
        when 'no case to answer' in ({{ outcome_chain() | join('_label, ') }}_label) then 'no'
        when action_path = 'formal' then 'yes'
        when action_path = 'no_action' then 'no'
        when action_path in ('live', 'left_before_outcome', 'not_investigated') then 'undecided'
        else 'not_known'
    end
{%- endmacro %}

{#- A day, empty where it had not come on the day of the extract: a slip, or a plan. -#}
{% macro come_by_then(column) -%}
    case when staged.{{ column }} <= staged.as_at then staged.{{ column }} end
{%- endmacro %}

{#- The ages of live allegations, each with its first and last day: those of the publish block of mart_live_by_age. -#}
{% macro live_ages() -%}
    {{ return({'to_1_year': (0, 365), '1_to_2_years': (366, 730), 'over_2_years': (731, none)}) }}
{%- endmacro %}

{#-
How long a live allegation has been open on the as-at day; empty where it is not live. Readers know which ages the year of a
record allows: what was recorded outside the year that it is counted in has none.
-#}
{% macro live_age() -%}
    case
        when staged.action_path <> 'live' then null
        when not coalesce(year(staged.recorded_on) = staged.recorded_year, false) then 'not_known'
        {% for age, (first, last) in live_ages().items() -%}
        when staged.as_at - staged.recorded_on >= {{ first }}
            {%- if last is not none %} and staged.as_at - staged.recorded_on <= {{ last }}{% endif %} then '{{ age }}'
        {% endfor -%}
        else 'not_known'
    end
{%- endmacro %}
