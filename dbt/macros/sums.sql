{#-
The sums of rule R6: the parts that a relation holds against the whole that a question gives; `told_by` names what must be
known of a force before its parts are there. The reconciliation names its years by `year_from`.
-#}
{% macro sums_of_parts() -%}
    {% set n, all = 'sum(n_allegations)', 'true' -%}
    {{ return([
        ('paths', 'mart_outcomes_by_year', n, all, 'n_alleged_allegations', none),
        ('formal_path', 'mart_outcomes_by_year', n, "action_path = 'formal'", 'n_formal_allegations', none),
        ('live_path', 'mart_outcomes_by_year', n, "action_path = 'live'", 'n_live_allegations', none),
        ('sexes', 'mart_allegations_by_year', n, all, 'n_alleged_allegations', none),
        ('sanctions', 'mart_sanctions_by_year', n, all, 'n_formal_allegations', 'sanctions'),
        ('proceedings', 'mart_proceedings_by_year', n, all, 'n_alleged_allegations', 'proceedings'),
        (
            'proceedings_held', 'mart_proceedings_by_year', n, "has_proceedings = 'yes'",
            'n_proceedings_allegations', 'proceedings',
        ),
        ('case_types', 'mart_case_type_by_year', n, all, 'n_alleged_allegations', 'case_types'),
        ('officers_by_sex', 'mart_officers_by_year', 'sum(n_officers)', all, 'n_alleged_officers', none),
        ('officers_by_path', 'fct_officer_years', 'count(*)', all, 'n_alleged_officers', none),
        (
            'reconciled_officers', 'mart_reconciliation', 'sum(n)',
            "unit = 'officers' and time_basis = 'recorded' and year_from = year_to", 'n_alleged_officers', none,
        ),
    ]) }}
{%- endmacro %}

{#- Whether the officers of any question are more than its allegations, which cannot be. -#}
{% macro more_officers_than_allegations() -%}
    {% for question in foi_questions() -%}
    n_{{ question }}_officers > n_{{ question }}_allegations{{ ' or ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
