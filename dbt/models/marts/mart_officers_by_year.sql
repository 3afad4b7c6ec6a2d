with

officer_years as (
    select * from {{ ref('fct_officer_years') }}
),

counted as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        officer_sex,
        count(*) as n_officers,
        list(officer_number) as officer_keys
    from officer_years
    group by force, scope, population, as_at, recorded_year, officer_sex
),

-- a force without ids has officers too: how many cannot be known
not_countable as (
    select force, scope, population, as_at, recorded_year, officer_sex, null as n_officers, officer_keys
    from {{ ref('mart_allegations_by_year') }}
    where officer_keys is null
),

all_forces as (
    select * from counted
    union all
    select * from not_countable
)

select * from all_forces
