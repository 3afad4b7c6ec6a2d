with

current_allegations as (
    select force, scope, population, as_at, recorded_year, case_ref, officer_key from {{ ref('fct_allegations') }}
    where is_current_vintage
),

years as (
    select force, scope, population, recorded_year, max(as_at) as as_at, count(*) as n
    from current_allegations
    group by force, scope, population, recorded_year
),

spans as (
    select force, scope, population, min(recorded_year) as first_year, max(recorded_year) as last_year
    from years
    group by force, scope, population
),

periods as (
    select force, scope, population, recorded_year as year_from, recorded_year as year_to from years
    union
    select force, scope, population, first_year, last_year from spans
    union
    select force, scope, population, greatest(year_from, first_year) as year_from, least(year_to, last_year) as year_to
    from spans
    inner join {{ ref('seed_periods') }} on year_from <= last_year and year_to >= first_year
),

spread as (
    select 'allegations' as unit, force, scope, population, [recorded_year] as years, n from years
    union all
    {{ spread_over_years('cases', ['case_ref']) }}
    union all
    {{ spread_over_years('officers_in_case', ['case_ref', 'officer_key']) }}
    union all
    {{ spread_over_years('officers_in_year', ['recorded_year', 'officer_key']) }}
    union all
    {{ spread_over_years('officers', ['officer_key']) }}
),

steps (step_order, unit, step) as (
    values
    (1, 'allegations', 'allegations against an officer'),
    (2, 'cases', 'less further allegations in the same case'),
    (3, 'officers_in_case', 'plus further officers in the same case'),
    (4, 'officers_in_year', 'less further cases of the same officer in the same year'),
    (5, 'officers', 'less further years of the same officer in the period')
),

counted as (
    select
        periods.*,
        (
            select max(years.as_at) from years
            where
                (years.force, years.scope, years.population) = (periods.force, periods.scope, periods.population)
                and years.recorded_year between periods.year_from and periods.year_to
        ) as as_at,
        steps.*,
        cast(sum(spread.n) as bigint) as n
    from periods
    cross join steps
    left join spread
        on steps.unit = spread.unit
        and periods.force = spread.force
        and periods.scope = spread.scope
        and periods.population = spread.population
        and list_has_any(spread.years, range(periods.year_from, periods.year_to + 1))
    group by all
),

reconciled as (
    select
        *,
        n - lag(n) over (partition by force, scope, population, year_from, year_to order by step_order) as difference
    from counted
)

select * from reconciled
