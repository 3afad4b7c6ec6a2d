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
        {{ officer_keys() }} as officer_keys
    from officer_years
    group by force, scope, population, as_at, recorded_year, officer_sex
)

select * from counted
