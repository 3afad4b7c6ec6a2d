{{ config(materialized='view') }}

with

staged_rows as (
    select * from {{ ref('stg_rows') }}
),

with_vintage as (
    select
        staged_rows.*,
        coalesce(superseded.superseded_on, extracts.as_at_later) as superseded_on,
        staged_rows.exclusion is null
        and coalesce(superseded.superseded_on, extracts.as_at_later) is null as is_current_vintage
    from staged_rows
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
