{{ config(materialized='view') }}

with

source_rows as (
    select * from {{ source('raw', 'allegations') }}
),

typed as (
    select
        source_file,
        source_sheet,
        source_row,
        source_part,
        source_column,
        source_sha256,
        source_reference,
        loaded_at,
        vocabulary,
        force,
        scope,
        population,
        exclusion,
        missing_columns,
        year as recorded_year,
        case_ref,
        case_type,
        allegation_ref,
        officer_key,
        staff_type,
        rank_band,
        sex,
        allegation_type,
        da_flag,
        severity,
        result,
        action,
        sanction,
        proceedings_type,
        exit_route,
        investigating_force,
        try_cast(known_date as date) as known_on,
        try_cast(recorded_date as date) as recorded_on,
        try_cast(outcome_date as date) as outcome_on,
        try_cast(left_date as date) as left_on,
        try_cast(as_at_date as date) as as_at,
        coalesce(try_cast(known_date as date), try_cast(recorded_date as date)) as regime_on
    from source_rows
)

select * from typed
