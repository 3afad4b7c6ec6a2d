{{ config(materialized='view') }}
{%- set coded = ['case_type', 'staff_type', 'rank_band', 'sex', 'da_flag', 'severity', 'exit_route'] -%}

with

staged_rows as not materialized (
    select * from {{ ref('stg_vintages') }}
),

value_labels as (
    {{ value_labels_in_use() }}
),

allegation_types as (
    {{ allegation_types_by_label() }}
),

dated_vocabularies as (
    select distinct vocabulary from {{ ref('seed_outcome_labels') }}
    where regime <> 'none'
),

regime_of_day as (
    select days.regime_on, regimes.regime
    from (select distinct regime_on from {{ ref('stg_rows') }}) as days
    inner join {{ ref('seed_regimes') }} as regimes
        on days.regime_on between regimes.valid_from and coalesce(regimes.valid_to, date '9999-12-31')
),

with_type_of_day as (
    select
        staged_rows.* exclude ({{ coded | join(', ') }}, proceedings_type, allegation_type),
        case
            when dated_vocabularies.vocabulary is null then 'none'
            else coalesce(regime_of_day.regime, 'not_known')
        end as regime,
        {% for column in coded %}
        coalesce({{ column }}_value.code, staged_rows.{{ column }}, 'unknown') as {{ column }},
        {% endfor %}
        nullif(coalesce(proceedings_value.code, staged_rows.proceedings_type), 'none') as proceedings_type,
        {{ has_proceedings() }} as has_proceedings,
        {{ allegation_type_on('staged_rows.recorded_on') }} as type_of_day,
        coalesce(type_of_day['code'], staged_rows.allegation_type) as allegation_type,
        coalesce(
            staged_rows.recorded_on not between type_of_day['valid_from'] and type_of_day['valid_to']
            {% for column in coded + ['proceedings'] -%}
            or staged_rows.regime_on not between {{ column }}_value.valid_from and {{ column }}_value.valid_to
            {% endfor -%},
            false
        ) as is_label_out_of_date
    from staged_rows
    left join dated_vocabularies on staged_rows.vocabulary = dated_vocabularies.vocabulary
    left join regime_of_day on staged_rows.regime_on = regime_of_day.regime_on
    {% for column in coded %}
    left join value_labels as {{ column }}_value
        on staged_rows.vocabulary = {{ column }}_value.vocabulary
        and {{ column }}_value.column_name = '{{ column }}'
        and {{ label_key('staged_rows.' ~ column) }} = {{ column }}_value.label
    {% endfor %}
    left join value_labels as proceedings_value
        on staged_rows.vocabulary = proceedings_value.vocabulary
        and proceedings_value.column_name = 'proceedings_type'
        and {{ label_key('staged_rows.proceedings_type') }} = proceedings_value.label
    left join allegation_types
        on staged_rows.vocabulary = allegation_types.vocabulary
        and {{ label_key('staged_rows.allegation_type') }} = allegation_types.label
),

with_codes as (
    select * exclude (type_of_day) from with_type_of_day
)

select * from with_codes
