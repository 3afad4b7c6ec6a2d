with

officer_years as (
    select * from {{ ref('fct_officer_years') }}
),

spans as (
    select force, scope, population, min(recorded_year) as first_year, max(recorded_year) as last_year
    from officer_years
    group by force, scope, population
),

periods as (
    select force, scope, population, first_year as year_from, last_year as year_to from spans
    union
    select force, scope, population, greatest(year_from, first_year) as year_from, least(year_to, last_year) as year_to
    from spans
    inner join {{ ref('seed_periods') }} on year_from <= last_year and year_to >= first_year
),

officers as (
    select
        periods.*,
        officer_years.officer_key,
        max(officer_years.as_at) as as_at,
        case least(sum(officer_years.n_allegations), 3) when 1 then 'one' when 2 then 'two' else 'three_or_more' end
            as how_often
    from periods
    inner join officer_years
        on periods.force = officer_years.force
        and periods.scope = officer_years.scope
        and periods.population = officer_years.population
        and officer_years.recorded_year between periods.year_from and periods.year_to
    group by all
),

counted as (
    select force, scope, population, max(as_at) as as_at, year_from, year_to, how_often, count(*) as n_officers
    from officers
    group by force, scope, population, year_from, year_to, how_often
)

select * from counted
