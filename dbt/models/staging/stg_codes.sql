{{ config(materialized='view') }}
{%- set coded = ['case_type', 'staff_type', 'rank_band', 'sex', 'da_flag', 'severity', 'exit_route'] -%}

with

staged_rows as (
    select * from {{ ref('stg_rows') }}
),

value_labels as (
    {{ value_labels_in_use() }}
),

allegation_types as (
    {{ allegation_types_by_date() }}
),

-- a file that never names or denies proceedings lacks the column: its blanks do not mean that there were none
files_with_proceedings as (
    select distinct source_file, source_sheet, as_at
    from staged_rows
    where proceedings_type is not null
),

with_codes as (
    select
        staged_rows.* exclude ({{ coded | join(', ') }}, proceedings_type, allegation_type),
        {% for column in coded %}
        coalesce({{ column }}_value.code, staged_rows.{{ column }}, 'unknown') as {{ column }},
        {% endfor %}
        nullif(coalesce(proceedings_value.code, staged_rows.proceedings_type), 'none') as proceedings_type,
        case
            when nullif(coalesce(proceedings_value.code, staged_rows.proceedings_type), 'none') is not null then 'yes'
            when files_with_proceedings.source_file is not null then 'no'
            else 'not_known'
        end as has_proceedings,
        coalesce(
            staged_rows.recorded_on not between allegation_types.valid_from and allegation_types.valid_to
            {% for column in coded + ['proceedings'] -%}
            or staged_rows.regime_on not between {{ column }}_value.valid_from and {{ column }}_value.valid_to
            {% endfor -%},
            false
        ) as is_label_out_of_date,
        coalesce(allegation_types.code, staged_rows.allegation_type) as allegation_type
    from staged_rows
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
    left join files_with_proceedings
        on staged_rows.source_file = files_with_proceedings.source_file
        and staged_rows.source_sheet is not distinct from files_with_proceedings.source_sheet
        and staged_rows.as_at = files_with_proceedings.as_at
    left join allegation_types
        on staged_rows.vocabulary = allegation_types.vocabulary
        and {{ label_key('staged_rows.allegation_type') }} = allegation_types.label
        and (
            not allegation_types.is_shared
            or staged_rows.recorded_on between allegation_types.valid_from and allegation_types.valid_to
        )
)

select * from with_codes
