-- one row at the grain: the columns that name a row of each mart and code list
{%- set year = ['force', 'scope', 'population', 'as_at', 'recorded_year'] %}
{%- set row = ['source_file', 'source_sheet', 'source_row', 'source_part', 'source_column', 'as_at', 'recorded_year'] %}
{%- set grains = [
    (ref('fct_allegations'), row),
    (ref('fct_officer_years'), ['force', 'scope', 'population', 'recorded_year', 'officer_key']),
    (ref('mart_allegations_by_year'), year + ['officer_sex']),
    (ref('mart_case_to_answer_by_year'), year + ['case_to_answer']),
    (ref('mart_case_type_by_year'), year + ['case_type']),
    (ref('mart_data_quality'), year),
    (ref('mart_data_quality_by_year'), year + ['action_path']),
    (ref('mart_exit_routes_by_year'), year + ['exit_route', 'left_when']),
    (ref('mart_findings'), row + ['rule']),
    (ref('mart_foi_questions'), year),
    (ref('mart_live_by_age'), year + ['live_age']),
    (ref('mart_officers_by_year'), year + ['officer_sex']),
    (
        ref('mart_outcomes_as_at'),
        ['force', 'scope', 'population', 'seen_on', 'recorded_year', 'action_path']
    ),
    (
        ref('mart_outcomes_by_finalised_year'),
        ['force', 'scope', 'population', 'finalised_year', 'action_path']
    ),
    (ref('mart_outcomes_by_regime'), year + ['regime', 'action_path']),
    (ref('mart_outcomes_by_year'), year + ['action_path']),
    (ref('mart_oversight_questions'), year),
    (ref('mart_proceedings_by_type'), year + ['proceedings_type']),
    (ref('mart_proceedings_by_year'), year + ['has_proceedings']),
    (ref('mart_reconciliation'), ['time_basis', 'force', 'scope', 'population', 'year_from', 'year_to', 'step_order']),
    (ref('mart_recorded_facts'), year + ['fact']),
    (ref('mart_repeat_officers'), ['force', 'scope', 'population', 'year_from', 'year_to', 'how_often']),
    (ref('mart_sanctions_by_year'), year + ['sanction']),
    (ref('mart_sanctions_in_detail'), year + ['sanction']),
    (
        ref('mart_vintage_changes'),
        ['force', 'scope', 'population', 'allegation_ref', 'officer_key', 'as_at', 'change']
    ),
    (ref('mart_sum_checks'), year + ['sum_of']),
    (
        ref('mart_unit_pairs'),
        ['time_basis', 'force', 'scope', 'population', 'year_from', 'year_to', 'unit_from', 'unit_to']
    ),
    (ref('mart_would_have_been_dismissed_by_year'), year),
    (ref('seed_allegation_types'), ['vocabulary', 'label', 'valid_from']),
    (ref('seed_breaks'), ['vocabulary', 'on']),
    (ref('seed_codes'), ['list', 'code']),
    (ref('seed_outcome_labels'), ['vocabulary', 'label', 'regime']),
    (ref('seed_periods'), ['year_from', 'year_to']),
    (ref('seed_regimes'), ['regime']),
    (ref('seed_value_labels'), ['vocabulary', 'column_name', 'label'])
] %}

{% for relation, grain in grains -%}
select '{{ relation.identifier }}' as relation
from {{ relation }}
group by
    "{{ grain | join('",\n    "') }}"
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
