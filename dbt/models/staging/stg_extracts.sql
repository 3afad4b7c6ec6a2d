with

files as (
    select
        force, scope, population, recorded_year, as_at, source_file, source_sheet,
        any_value(missing_columns) as missing_columns
    from {{ ref('stg_rows') }}
    where exclusion is null
    group by force, scope, population, recorded_year, as_at, source_file, source_sheet
),

-- of several files of a year, a column is missing where none of them has it
sent as (
    select
        force, scope, population, recorded_year, as_at,
        list_reduce(list(missing_columns), (one, other) -> list_intersect(one, other)) as missing_columns,
        count(*) as n_files
    from files
    group by force, scope, population, recorded_year, as_at
),

extracts as (
    select
        *,
        lag(as_at) over same_year as as_at_earlier,
        lead(as_at) over same_year as as_at_later
    from sent
    window same_year as (partition by force, scope, population, recorded_year order by as_at)
)

select * from extracts
