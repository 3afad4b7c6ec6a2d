{{ config(materialized='view') }}

with

staged_rows as (
    select * from {{ ref('stg_rows') }}
),

-- a row that another file of the same extract has cell by cell is as much a repeat as one within a file
without_repeats as (
    select
        staged_rows.* exclude (exclusion),
        coalesce(staged_rows.exclusion, if(repeats.source_row is null, null, 'exact_duplicate')) as exclusion
    from staged_rows
    left join {{ ref('stg_repeats') }} as repeats
        on staged_rows.source_file = repeats.source_file
        and coalesce(staged_rows.source_sheet, '') = repeats.source_sheet
        and staged_rows.source_row = repeats.source_row
        and coalesce(staged_rows.source_part, 0) = repeats.source_part
        and coalesce(staged_rows.source_column, '') = repeats.source_column
),

with_vintage as (
    select
        staged_rows.*,
        coalesce(superseded.superseded_on, extracts.as_at_later) as superseded_on,
        staged_rows.exclusion is null
        and coalesce(superseded.superseded_on, extracts.as_at_later) is null as is_current_vintage
    from without_repeats as staged_rows
    left join {{ ref('stg_extracts') }} as extracts
        on staged_rows.force = extracts.force
        and staged_rows.scope = extracts.scope
        and staged_rows.population = extracts.population
        and staged_rows.recorded_year = extracts.recorded_year
        and staged_rows.as_at = extracts.as_at
    left join {{ ref('stg_superseded') }} as superseded
        on staged_rows.force = superseded.force
        and staged_rows.scope = superseded.scope
        and staged_rows.population = superseded.population
        and staged_rows.allegation_ref = superseded.allegation_ref
        and staged_rows.officer_key is not distinct from superseded.officer_key
        and staged_rows.recorded_year = superseded.recorded_year
        and staged_rows.as_at = superseded.as_at
)

select * from with_vintage
