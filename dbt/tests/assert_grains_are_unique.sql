-- one row at the grain that each mart and code list states beside its description
{%- set relations = {
    'model.misconduct': [
        ref('fct_allegations'), ref('fct_officer_years'), ref('mart_allegations_by_year'),
        ref('mart_case_type_by_year'), ref('mart_data_quality'), ref('mart_findings'), ref('mart_foi_questions'),
        ref('mart_live_by_age'), ref('mart_officers_by_year'), ref('mart_outcomes_by_finalised_year'),
        ref('mart_outcomes_by_year'), ref('mart_oversight_questions'), ref('mart_proceedings_by_year'),
        ref('mart_reconciliation'), ref('mart_repeat_officers'), ref('mart_sanctions_by_year'),
        ref('mart_sanctions_in_detail'), ref('mart_vintage_changes'), ref('mart_would_have_been_dismissed_by_year')
    ],
    'seed.misconduct': [
        ref('seed_allegation_types'), ref('seed_breaks'), ref('seed_codes'), ref('seed_outcome_labels'),
        ref('seed_periods'), ref('seed_regimes'), ref('seed_value_labels')
    ]
} %}
{%- if execute %}
{%- set queries = [] %}
{%- for kind, members in relations.items() %}
{%- for relation in members %}
{%- set grain = graph.nodes[kind ~ '.' ~ relation.identifier].config.meta.grain | map('tojson') | join(', ') %}
{%- do queries.append(
    "select '" ~ relation.identifier ~ "' as relation from " ~ relation ~ " group by " ~ grain ~ " having count(*) > 1"
) %}
{%- endfor %}
{%- endfor %}
{{ queries | join('\nunion all\n') }}
{%- endif %}
