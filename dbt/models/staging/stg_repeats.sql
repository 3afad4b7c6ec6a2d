{%- set recorded = [
    'force', 'scope', 'population', 'recorded_year', 'as_at', 'case_ref', 'case_type', 'allegation_ref', 'officer_key',
    'staff_type', 'rank_band', 'sex', 'known_on', 'recorded_on', 'allegation_type', 'da_flag', 'severity', 'result',
    'action', 'sanction', 'proceedings_type', 'outcome_on', 'left_on', 'exit_route', 'investigating_force',
] -%}

with

extracts as (
    select force, scope, population, recorded_year, as_at from {{ ref('stg_extracts') }}
    where n_files > 1
),

-- only where several files tell of one year and day can a row stand in two of them
told_by_several_files as (
    select staged_rows.* from {{ ref('stg_rows') }} as staged_rows
    inner join extracts using (force, scope, population, recorded_year, as_at)
    where staged_rows.exclusion is null and staged_rows.allegation_ref is not null
),

placed as (
    select
        source_file,
        coalesce(source_sheet, '') as source_sheet,
        source_row,
        coalesce(source_part, 0) as source_part,
        coalesce(source_column, '') as source_column,
        dense_rank() over (
            partition by {{ recorded | join(', ') }} order by source_file, source_sheet
        ) as place
    from told_by_several_files
),

repeats as (
    select * exclude (place) from placed
    where place > 1
)

select * from repeats
